"""Countries as people write them, and the codes behind them (ISO 3166)."""

from functools import lru_cache
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global

_ALSO_CALLED = {
    "uk": "GB", "u.k.": "GB", "great britain": "GB", "eire": "IE", "rsa": "ZA", "usa": "US", "u.s.a.": "US",
    "korea": "KR", "prc": "CN", "中国大陆": "CN", "大陆": "CN", "中华人民共和国": "CN", "香港": "HK", "澳门": "MO",
    "台湾省": "TW", "hong kong": "HK", "macau": "MO", "czech republic": "CZ", "holland": "NL",
}  # fmt: skip
# They are dialled like the country, but are not the whole of it.
_PARTS = {"england": "GB", "scotland": "GB", "wales": "GB", "channel islands": "GB"}


@lru_cache(maxsize=1024)
def territory_of(country: str) -> str:
    """Return the code of a country written as a code or as a name in English or Chinese; "" if it is none we know.

    >>> territory_of("United Kingdom"), territory_of("中国"), territory_of("de"), territory_of("EIRE")
    ('GB', 'CN', 'DE', 'IE')
    >>> territory_of("Scotland"), territory_of("Atlantis")
    ('', '')
    """
    written = " ".join(country.split()).casefold()
    if written in _ALSO_CALLED:
        return _ALSO_CALLED[written]
    return written.upper() if written.upper() in _codes() else _codes_by_name().get(written, "")


def dialled_as(country: str) -> str:
    """Return the code of the country whose telephone numbers a place uses, or "".

    >>> dialled_as("Scotland"), dialled_as("中国"), dialled_as("Atlantis")
    ('GB', 'CN', '')
    """
    return territory_of(country) or _PARTS.get(" ".join(country.split()).casefold(), "")


def territory_of_zone(time_zone: str) -> str:
    """Return the country in which an IANA time zone lies, or "".

    >>> territory_of_zone("Asia/Shanghai"), territory_of_zone("UTC")
    ('CN', '')
    """
    code = str(get_global("zone_territories").get(time_zone, ""))
    return code if code in _codes() else ""


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    # What CLDR calls ZZ is a place that nobody knows.
    return frozenset(code for code in Locale("en").territories if len(code) == 2 and code.isalpha()) - {"ZZ"}


@lru_cache(maxsize=1)
def _codes_by_name() -> dict[str, str]:
    return {
        text.casefold(): code
        for locale in ("zh", "en")
        for code, text in Locale(locale).territories.items()
        if code in _codes()
    }


# One zone by law, whatever the tables of places say.
_ONE_ZONE = {"CN": "Asia/Shanghai"}


@lru_cache(maxsize=512)
def zones_of(territory: str) -> tuple[str, ...]:
    """Return the IANA time zones of a country by its code, () where none is known.

    >>> zones_of("CN"), zones_of("GB"), len(zones_of("US")) > 4, zones_of("")
    (('Asia/Shanghai',), ('Europe/London',), True, ())
    """
    if territory in _ONE_ZONE:
        return (_ONE_ZONE[territory],)
    known = available_timezones()
    return tuple(
        sorted(zone for zone, code in get_global("zone_territories").items() if code == territory and zone in known)
    )
