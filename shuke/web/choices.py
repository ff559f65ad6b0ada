"""What the selects of the web application offer, in the reader's language."""

import zoneinfo
from functools import lru_cache

from babel import Locale, dates
from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.kernel.money import CURRENCIES
from shuke.platform.ui import formats

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


def currencies(empty: str = "") -> list[Choice]:
    """Return the currencies by name; ``empty`` labels a first choice that means none."""
    names = formats.locale().currencies
    known = sorted(((code, f"{names.get(code, code)} ({code})") for code in CURRENCIES), key=lambda choice: choice[1])
    first = [(code, label) for code, label in known if code in CURRENCIES[:4]]
    rest = [(code, label) for code, label in known if code not in CURRENCIES[:4]]
    return [*([("", empty)] if empty else []), *first, *rest]


def time_zones(empty: str = "") -> list[Choice | tuple[str, list[Choice]]]:
    """Return the IANA time zones grouped by part of the world; ``empty`` labels a first choice that means none."""
    start: list[Choice | tuple[str, list[Choice]]] = [("", empty)] if empty else []
    return [
        *start,
        ("UTC", "UTC"),
        *((str(_REGIONS[region]), list(zones)) for region, zones in _zones(formats.locale())),
    ]


@lru_cache(maxsize=4)
def _zones(locale: Locale) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    grouped: dict[str, list[Choice]] = {}
    for name in sorted(zoneinfo.available_timezones()):
        region, _slash, place = name.partition("/")
        if region in _REGIONS and place:
            grouped.setdefault(region, []).append((name, _city(name, place, locale)))
    return tuple((region, tuple(zones)) for region, zones in sorted(grouped.items()))


def _city(name: str, place: str, locale: Locale) -> str:
    # The names of the database are English already, and finding others takes a moment.
    written = place.replace("_", " ")
    return written if locale.language == "en" else dates.get_timezone_location(name, locale=locale, return_city=True)


def is_time_zone(name: str) -> bool:
    """Whether the IANA database knows ``name``."""
    return name in zoneinfo.available_timezones()


def languages(empty: str = "") -> list[Choice]:
    """Return the languages of the application, each named in itself."""
    offered = [(code, str(translation.get_language_info(code)["name_local"])) for code, _name in settings.LANGUAGES]
    return [*([("", empty)] if empty else []), *offered]


def as_browser() -> str:
    """Return the label of "no choice of one's own" for a language."""
    return _("Same as my browser")


def as_company() -> str:
    """Return the label of "no choice of one's own" for a time zone."""
    return _("Same as the company")
