"""What the selects of the web application offer, in the reader's language."""

import zoneinfo
from functools import lru_cache

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from shuke.platform.ui import formats

_CURRENCIES = [
    "CNY",
    "USD",
    "EUR",
    "GBP",
    "JPY",
    "HKD",
    "TWD",
    "SGD",
    "KRW",
    "MYR",
    "THB",
    "VND",
    "PHP",
    "IDR",
    "INR",
    "AUD",
    "NZD",
    "CAD",
    "CHF",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CZK",
    "HUF",
    "RON",
    "BGN",
    "TRY",
    "ILS",
    "AED",
    "SAR",
    "KWD",
    "ZAR",
    "BRL",
    "MXN",
    "CLP",
    "COP",
    "PEN",
    "ARS",
    "UAH",
    "KZT",
]
_REGIONS = frozenset(
    {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)
Choice = tuple[str, str]


def currencies(empty: str = "") -> list[Choice]:
    """Return the currencies by name; ``empty`` labels a first choice that means none."""
    names = formats.locale().currencies
    known = sorted(((code, f"{names.get(code, code)} ({code})") for code in _CURRENCIES), key=lambda choice: choice[1])
    first = [(code, label) for code, label in known if code in _CURRENCIES[:4]]
    rest = [(code, label) for code, label in known if code not in _CURRENCIES[:4]]
    return [*([("", empty)] if empty else []), *first, *rest]


def time_zones(empty: str = "") -> list[Choice | tuple[str, list[Choice]]]:
    """Return the IANA time zones grouped by part of the world; ``empty`` labels a first choice that means none."""
    start: list[Choice | tuple[str, list[Choice]]] = [("", empty)] if empty else []
    return [*start, ("UTC", "UTC"), *((region, list(zones)) for region, zones in _zones())]


@lru_cache(maxsize=1)
def _zones() -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    grouped: dict[str, list[Choice]] = {}
    for name in sorted(zoneinfo.available_timezones()):
        region, _slash, place = name.partition("/")
        if region in _REGIONS and place:
            grouped.setdefault(region, []).append((name, place.replace("_", " ")))
    return tuple((region, tuple(zones)) for region, zones in sorted(grouped.items()))


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
