"""Kinds of attributes, what their values may be, and how values are read, kept and written."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeAlias

from shuke.cdp.attributes.errors import Misfit

MOST_TEXT = 500
MOST_ITEM = 200
MOST_ITEMS = 50
# Whole numbers beyond this are not exact in a column of floating-point numbers; as traits they are ids anyway.
MOST_NUMBER = 2**53


class Kind(StrEnum):
    """What an attribute's values are. Amounts of money are whole minor units of the company's currency."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    CHOICE = "choice"
    LIST = "list"
    YES_NO = "yes_no"


Value: TypeAlias = str | float | int | date | bool | tuple[str, ...]
# The order of ``Columns``: where a value is kept, one of the four.
Columns: TypeAlias = tuple[str | None, float | None, date | None, list[str] | None]
NOWHERE: Columns = (None, None, None, None)

# Expressions are ours and linear: a pattern typed by a person could be made to take for ever.
PATTERNS: Mapping[str, re.Pattern[str]] = {
    "letters": re.compile(r"[^\W\d_]+"),
    "digits": re.compile(r"[0-9]+"),
    "letters_digits": re.compile(r"[^\W_]+"),
    "code": re.compile(r"[A-Z0-9.\-]+"),
    "tax_id": re.compile(r"[A-Za-z0-9 ./\-]+"),
    "web_address": re.compile(r"https?://[^\s<>\"']+"),
    "color": re.compile(r"#[0-9a-fA-F]{6}"),
}
_YES = frozenset({"yes", "true", "1", "y", "是", "on"})
_NO = frozenset({"no", "false", "0", "n", "否", "off"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What a definition allows. Ends are included; no choices means that any text may be chosen."""

    least: float | None = None
    most: float | None = None
    shortest: int | None = None
    longest: int | None = None
    pattern: str = ""
    choices: tuple[str, ...] = ()


def read(kind: Kind, limits: Limits, said: Any) -> Value:
    """Read what somebody said as a value of ``kind``; raise ``Misfit``.

    >>> read(Kind.NUMBER, Limits(), " 42.5 ")
    42.5
    >>> read(Kind.LIST, Limits(), "red")
    ('red',)
    >>> read(Kind.YES_NO, Limits(), "no")
    False
    """
    return _READERS[kind](limits, said)


def _text(limits: Limits, said: Any) -> str:
    text = _clean(said)
    if limits.shortest is not None and len(text) < limits.shortest:
        raise Misfit("too_short", limit=limits.shortest)
    if len(text) > (longest := min(limits.longest or MOST_TEXT, MOST_TEXT)):
        raise Misfit("too_long", limit=longest)
    if limits.pattern and not PATTERNS[limits.pattern].fullmatch(text):
        raise Misfit("pattern", name=limits.pattern)
    return text


def _is_huge(said: Any) -> bool:
    """Whether a whole number is so long that merely writing it down is refused."""
    return isinstance(said, int) and said.bit_length() > 200


def _clean(said: Any) -> str:
    if isinstance(said, bool) or not isinstance(said, str | int | float | Decimal | date) or _is_huge(said):
        raise Misfit("text")
    text = said.isoformat() if isinstance(said, date) else str(said)
    # A lone surrogate cannot be stored, nor can NUL on PostgreSQL.
    text = text.encode("utf-8", "ignore").decode().replace("\x00", "").strip()
    if not text:
        raise Misfit("text")
    return text


def _number(limits: Limits, said: Any) -> float:
    if (
        not isinstance(said, str | int | float | Decimal)
        or isinstance(said, bool)
        or _is_huge(said)
        or len(str(said)) > 40
    ):
        raise Misfit("number")
    try:
        found = float(said)
    except (ValueError, OverflowError):
        raise Misfit("number") from None
    if not math.isfinite(found) or abs(found) > MOST_NUMBER:
        raise Misfit("number")
    return _within(limits, found)


def _within(limits: Limits, found: float) -> float:
    if limits.least is not None and found < limits.least:
        raise Misfit("too_small", limit=plain_number(limits.least))
    if limits.most is not None and found > limits.most:
        raise Misfit("too_large", limit=plain_number(limits.most))
    return found


def _money(limits: Limits, said: Any) -> int:
    """Amounts are whole minor units; edges that take major units convert before."""
    try:
        is_number = isinstance(said, str | int | float | Decimal) and not isinstance(said, bool) and not _is_huge(said)
        found = Decimal(str(said)[:40]) if is_number else Decimal("NaN")
    except InvalidOperation:
        raise Misfit("money") from None
    if not found.is_finite() or found != found.to_integral_value() or abs(found) > MOST_NUMBER:
        raise Misfit("money")
    return int(_within(limits, int(found)))


def _date(_limits: Limits, said: Any) -> date:
    if isinstance(said, date):
        return date(said.year, said.month, said.day)
    try:
        return date.fromisoformat(said[:10]) if isinstance(said, str) else _never()
    except ValueError:
        raise Misfit("date") from None


def _never() -> date:
    raise ValueError


def _yes_no(_limits: Limits, said: Any) -> bool:
    if isinstance(said, bool):
        return said
    word = str(said).strip().lower() if isinstance(said, str) or said in (0, 1) else ""
    if word not in _YES | _NO:
        raise Misfit("yes_no")
    return word in _YES


def _chosen(limits: Limits, said: Any) -> str:
    code = _clean(said)
    if limits.choices and code not in limits.choices:
        raise Misfit("choice", name=code[:40])
    if len(code) > MOST_ITEM:
        raise Misfit("too_long", limit=MOST_ITEM)
    return code


def _list(limits: Limits, said: Any) -> tuple[str, ...]:
    if isinstance(said, str | int | float):
        said = [said]
    if not isinstance(said, list | tuple | set | frozenset):
        raise Misfit("text")
    if len(said) > MOST_ITEMS:
        raise Misfit("too_many", limit=MOST_ITEMS)
    # Sorted: a list says which, not in what order, and the same ones must compare equal.
    return tuple(sorted({_chosen(limits, one) for one in said}))


_READERS: Mapping[Kind, Callable[[Limits, Any], Value]] = {
    Kind.TEXT: _text, Kind.NUMBER: _number, Kind.MONEY: _money, Kind.DATE: _date, Kind.CHOICE: _chosen, Kind.LIST: _list,
    Kind.YES_NO: _yes_no,
}  # fmt: skip


# -- keeping and writing


def columns_of(value: Value) -> Columns:
    """Return where a value is kept: text, number, day or items.

    >>> columns_of(True)
    (None, 1.0, None, None)
    """
    match value:
        case tuple():
            return None, None, None, list(value)
        case str():
            return value, None, None, None
        case date():
            return None, None, value, None
        case _:
            return None, float(value), None, None


def of_columns(kind: Kind, columns: Columns) -> Value | None:
    """Return the value that columns keep, None for none."""
    text, number, day, items = columns
    if items is not None:
        return tuple(items)
    if number is None:
        return text if text is not None else day
    if kind is Kind.YES_NO:
        return bool(number)
    return int(number) if kind is Kind.MONEY else plain_number(number)


def plain_number(number: float) -> float | int:
    """Return a number as people write it: whole ones without a point.

    >>> plain_number(3.0), plain_number(2.5)
    (3, 2.5)
    """
    return int(number) if float(number).is_integer() else number


def plain(value: Value | None) -> Any:
    """Return a value as plain JSON."""
    match value:
        case tuple():
            return list(value)
        case date():
            return value.isoformat()
        case float():
            return plain_number(value)
        case _:
            return value


# -- what was not declared


def guess(said: Any) -> Kind:
    """Return the kind that a value nobody declared seems to be.

    >>> guess(True), guess(3), guess("2024-03-31"), guess("blue"), guess(["a"])
    (<Kind.YES_NO: 'yes_no'>, <Kind.NUMBER: 'number'>, <Kind.DATE: 'date'>, <Kind.TEXT: 'text'>, <Kind.LIST: 'list'>)
    """
    for kind, types in (
        (Kind.YES_NO, bool),
        (Kind.NUMBER, (int, float)),
        (Kind.DATE, (date, str)),
        (Kind.LIST, (list, tuple)),
    ):
        if isinstance(said, types) and (kind is not Kind.DATE or len(str(said)) >= 10) and fits(kind, said):
            return kind
    return Kind.TEXT


def fits(kind: Kind, said: Any) -> bool:
    """Whether a value could be one of ``kind``."""
    try:
        read(kind, Limits(), said)
    except Misfit:
        return False
    return True


def flattened(values: Mapping[str, Any], *, depth: int = 2) -> Iterable[tuple[str, Any]]:
    """Yield names and values, with the members of objects under names of their own.

    >>> list(flattened({"size": 42, "pet": {"name": "Tom"}}))
    [('size', 42), ('pet.name', 'Tom')]
    """
    for name, value in values.items():
        if isinstance(value, Mapping) and depth:
            yield from ((f"{name}.{inner}", one) for inner, one in flattened(value, depth=depth - 1))
        else:
            yield name, value


_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_APART = re.compile(r"[^\w]+")


def code_of(name: str) -> str:
    """Return the code under which a name is kept, "" if there is none.

    >>> code_of("favoriteColor"), code_of("Shoe size"), code_of("会员等级"), code_of("!!")
    ('favorite_color', 'shoe_size', '会员等级', '')
    """
    code = _APART.sub("_", _CAMEL.sub("_", str(name).encode("utf-8", "ignore").decode())).strip("_").lower()
    return code if len(code) <= 64 else ""
