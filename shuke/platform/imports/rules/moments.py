"""Reading dates and times in the many ways exports write them.

Year-first dates mean the same everywhere. Whether ``03/04/2024`` is March or April is decided once per file, shown to
the person, and never guessed row by row.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from shuke.platform.imports.rules.refusals import Refused
from shuke.platform.imports.rules.values import clean, is_formula

DMY, MDY = "dmy", "mdy"
_TIME = r"(?:[T\s]*(上午|下午|AM|PM|am|pm)?\s*(\d{1,2})[:时点](\d{1,2})(?:[:分](\d{1,2})(?:[.,]\d+)?秒?)?分?\s*(AM|PM|am|pm)?)?"
_OFFSET = r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})\s*[-/.年]\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*日?{_TIME}{_OFFSET}")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}|\d{{2}}),?{_TIME}{_OFFSET}")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})[T\s]?(?:(\d{2}):?(\d{2}):?(\d{2})?)?")
_DAY_NAMED = re.compile(
    rf"(?:[A-Za-z]{{3,9}},?\s+)?(\d{{1,2}})[\s-]([A-Za-z]{{3,9}})[.,]?[\s-](\d{{4}}),?{_TIME}{_OFFSET}"
)
_MONTH_NAMED = re.compile(
    rf"(?:[A-Za-z]{{3,9}},?\s+)?([A-Za-z]{{3,9}})\.?\s+(\d{{1,2}}),?\s+(\d{{4}}),?{_TIME}{_OFFSET}"
)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")
_MONTHS = {
    name: n
    for n, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
_SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  naive on purpose: the zone is the shop's
_EARLIEST, _LATEST = 1980, 2100


def moment(raw: str, *, zone: ZoneInfo, order: str = DMY, earliest: int = _EARLIEST) -> datetime | None:
    """Return the moment a cell names, in UTC; None for an empty cell. Times without an offset are the shop's.

    >>> moment("2010/12/1 8:26", zone=ZoneInfo("Europe/London")).isoformat()
    '2010-12-01T08:26:00+00:00'
    >>> moment("下午", zone=ZoneInfo("UTC"))
    Traceback (most recent call last):
    shuke.platform.imports.rules.refusals.Refused: not_a_date
    """
    text = clean(raw)
    if not text:
        return None
    if is_formula(text):
        raise Refused("formula")
    text = unicodedata.normalize("NFKC", text)
    try:
        found = _read(text, order)
    except (ValueError, OverflowError) as impossible:
        raise Refused("impossible_date") from impossible
    if found is None:
        raise Refused("not_a_date")
    if not earliest <= found.year <= _LATEST:
        raise Refused("implausible_date")
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def day(raw: str, *, order: str = DMY, earliest: int = 1900) -> date | None:
    """Return the day a cell names, whatever its time; None for an empty cell.

    >>> day("1961年5月4日"), day("04/05/61")
    (datetime.date(1961, 5, 4), datetime.date(2061, 5, 4))
    """
    found = moment(raw, zone=ZoneInfo("UTC"), order=order, earliest=earliest)
    return found.date() if found else None


def written(at: datetime | None) -> str:
    """Return the text of a moment by which moments are compared and kept: ISO, in UTC; "" for none."""
    return at.astimezone(UTC).isoformat() if at else ""


def _read(text: str, order: str) -> datetime | None:
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day, *rest = found.groups()
        return _at(year, month, day, rest)
    if found := _YEAR_LAST.fullmatch(text):
        first, second, year, *rest = found.groups()
        day, month = (first, second) if order == DMY else (second, first)
        return _at(year, month, day, rest)
    if found := _DAY_NAMED.fullmatch(text):
        day, month, year, *rest = found.groups()
        return _at(year, _month(month), day, rest)
    if found := _MONTH_NAMED.fullmatch(text):
        month, day, year, *rest = found.groups()
        return _at(year, _month(month), day, rest)
    return _digits(text)


def _digits(text: str) -> datetime | None:
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC)
    if _SERIAL.fullmatch(text):
        whole = timedelta(seconds=round(float(text) * 86_400))
        return _SERIAL_ZERO + whole
    if found := _COMPACT.fullmatch(text):
        return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    return None


def _month(name: str) -> str:
    found = _MONTHS.get(name[:3].lower())
    if found is None:
        raise ValueError(name)
    return str(found)


def _at(year: str, month: str, day: str, rest: list[str | None]) -> datetime:
    before, hour, minute, second, after, offset = rest
    full_year = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < 70 else 1900)
    half = (before or after or "").lower()
    hours = int(hour or 0)
    if half in {"pm", "下午"} and hours < 12:
        hours += 12
    if half in {"am", "上午"} and hours == 12:
        hours = 0
    return datetime(full_year, int(month), int(day), hours, int(minute or 0), int(second or 0), tzinfo=_zone(offset))


def _zone(offset: str | None) -> timezone | None:
    if not offset:
        return None
    if offset in {"Z", "UTC", "GMT"}:
        return UTC
    digits = offset[1:].replace(":", "").ljust(4, "0")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(span if offset[0] == "+" else -span)


def date_order(samples: Iterable[str]) -> tuple[str, bool]:
    """Guess day-first or month-first from year-last dates; the second value says whether the samples prove it.

    >>> date_order(["25/12/2024"]), date_order(["12/25/2024"]), date_order(["03/04/2024"])
    (('dmy', True), ('mdy', True), ('dmy', False))
    """
    proven = True
    for sample in samples:
        if found := _YEAR_LAST.fullmatch(unicodedata.normalize("NFKC", sample.strip())):
            first, second = int(found[1]), int(found[2])
            if first > 12:
                return DMY, True
            if second > 12:
                return MDY, True
            proven = False
    return DMY, proven
