"""Time zones as people know them: by their distance from UTC and the city that names them."""

import zoneinfo
from collections import defaultdict
from datetime import datetime, timedelta
from functools import lru_cache

from babel import Locale
from babel.core import get_global
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.platform.ui import formats

COMMON = (
    "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo", "Europe/London", "Europe/Berlin",
    "America/New_York", "America/Los_Angeles", "Australia/Sydney", "UTC",
)  # fmt: skip
_REGIONS: dict[str, Promise] = {
    "Africa": gettext_lazy("Africa"),
    "America": gettext_lazy("America"),
    "Antarctica": gettext_lazy("Antarctica"),
    "Asia": gettext_lazy("Asia"),
    "Atlantic": gettext_lazy("Atlantic"),
    "Australia": gettext_lazy("Australia"),
    "Europe": gettext_lazy("Europe"),
    "Indian": gettext_lazy("Indian Ocean"),
    "Pacific": gettext_lazy("Pacific"),
}
Choice = tuple[str, str]
Choices = list[Choice | tuple[str, list[Choice]]]
# Asked about days far ahead, the database answers with the rules that are in force.
_FAR_AHEAD = (datetime(2099, 1, 1), datetime(2099, 7, 1))  # noqa: DTZ001  by the clocks of each zone


def choices(*, empty: str = "", chosen: str | None = None) -> Choices:
    """Return the zones to choose from, common ones first, then by part of the world and distance from UTC.

    ``empty`` labels a first choice that means none. A ``chosen`` zone that is known by another name now is kept.
    """
    start: Choices = [("", empty)] if empty else []
    if chosen in zoneinfo.available_timezones() - _offered().union(COMMON):
        start.append((str(chosen), label(str(chosen))))
    return [
        *start,
        (_("Common"), [(name, label(name)) for name in COMMON]),
        *((str(_REGIONS[region]), list(zones)) for region, zones in _by_region(formats.locale())),
    ]


def label(name: str) -> str:
    """Return what a zone is called, with its distance from UTC outside summer time.

    >>> from django.utils import translation
    >>> with translation.override("zh-hans"): label("Asia/Shanghai"), label("Asia/Kolkata"), label("UTC")
    ('(UTC+08:00) 上海', '(UTC+05:30) 加尔各答', 'UTC')
    >>> with translation.override("en"): label("America/New_York"), label("Mars/Olympus")
    ('(UTC-05:00) New York', 'Mars/Olympus')
    """
    return _label(name, formats.locale())


@lru_cache(maxsize=2048)
def _label(name: str, locale: Locale) -> str:
    if name == "UTC" or name not in zoneinfo.available_timezones():
        return name
    minutes = round(_offset(name).total_seconds() / 60)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    return f"(UTC{sign}{hours:02}:{rest:02}) {_city(name, locale)}"


@lru_cache(maxsize=1024)
def _offset(name: str) -> timedelta:
    zone = zoneinfo.ZoneInfo(name)
    return min(day.replace(tzinfo=zone).utcoffset() or timedelta() for day in _FAR_AHEAD)


def _city(name: str, locale: Locale) -> str:
    aliases = get_global("zone_aliases")
    today = str(aliases.get(name, name))
    for known in (name, today, *_former_names().get(today, ())):
        if city := locale.time_zones.get(known, {}).get("city"):
            return str(city)
    return name.partition("/")[2].replace("_", " ") or name


@lru_cache(maxsize=1)
def _former_names() -> dict[str, list[str]]:
    former: dict[str, list[str]] = defaultdict(list)
    for old, today in get_global("zone_aliases").items():
        former[today].append(old)
    return former


@lru_cache(maxsize=1)
def _offered() -> frozenset[str]:
    """Every zone under the one name it has today."""
    old = get_global("zone_aliases")
    return frozenset(
        name for name in zoneinfo.available_timezones() if name.partition("/")[0] in _REGIONS and name not in old
    )


@lru_cache(maxsize=4)
def _by_region(locale: Locale) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    grouped: dict[str, list[str]] = defaultdict(list)
    for name in _offered() - set(COMMON):
        grouped[name.partition("/")[0]].append(name)
    return tuple(
        (
            region,
            tuple(
                (name, _label(name, locale))
                for name in sorted(names, key=lambda name: (_offset(name), formats.collated(_city(name, locale))))
            ),
        )
        for region, names in sorted(grouped.items())
    )
