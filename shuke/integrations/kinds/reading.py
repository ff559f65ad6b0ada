"""Reading what platforms write: amounts as strings, ids as numbers beyond what a float holds, times with and without zone."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from shuke.integrations.errors import Unusable
from shuke.integrations.rules import wording
from shuke.kernel.money import to_minor

# Years outside are slips: zeros of a database, placeholders.
_SINCE, _UNTIL = 1970, 2200


def text(said: Any, limit: int = 300) -> str:
    """Return a value as text, "" for nothing.

    >>> text(None), text(3737550999277696000), text("  Tea ")
    ('', '3737550999277696000', 'Tea')
    """
    if said is None or isinstance(said, dict | list):
        return ""
    return str(said).strip()[:limit]


def need(said: Any, name: str) -> Any:
    """Return a field that has to be there; raise ``Unusable``."""
    value = said.get(name) if isinstance(said, dict) else None
    if value in (None, ""):
        raise Unusable(f"{name} is missing", reason=wording.MISSING, field=name)
    return value


def rows(said: Any) -> list[dict[str, Any]]:
    """Return the objects of a list, nothing for anything else: plugins put odd things into odd places."""
    return [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []


def part(said: Any, name: str) -> dict[str, Any]:
    """Return an object within an object, empty if it is not one."""
    value = said.get(name) if isinstance(said, dict) else None
    return value if isinstance(value, dict) else {}


def number(said: Any) -> Decimal:
    """Return an amount or a quantity exactly; nothing is 0. Raises ``Unusable`` for what is no finite number."""
    if said in (None, ""):
        return Decimal(0)
    try:
        value = Decimal(str(said).replace(",", ""))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) >= Decimal(10) ** 13:
        raise Unusable("not an amount", reason=wording.REFUSED)
    return value


def minor(said: Any, currency: str) -> int:
    """Return an amount in the smallest unit of its currency."""
    return to_minor(number(said), currency)


def moment(said: Any, *, zone: str = "UTC") -> datetime | None:
    """Return a time; one without offset is of ``zone``. None for nothing and for what is no time.

    >>> moment("2026-01-31T10:00:00", zone="Asia/Shanghai").isoformat()
    '2026-01-31T02:00:00+00:00'
    """
    if not isinstance(said, str) or not said or said.startswith("0000"):
        return None
    try:
        found = datetime.fromisoformat(said.strip())
        there = (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return there if _SINCE <= there.year <= _UNTIL else None


def currency(said: Any, default: str) -> str:
    """Return a currency's code; raise ``Unusable`` where there is none."""
    code = text(said).upper() or default
    if len(code) != 3 or not code.isalpha() or not code.isascii():
        raise Unusable("unknown currency", reason=wording.CURRENCY)
    return code
