"""Exchange rates as people paste them: a line each with currency, day and rate."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

_CUT = re.compile(r"[\t;,]| {1,}")
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
MOST_LINES = 20_000
_LARGEST, _DIGITS = Decimal(10) ** 9, Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency is worth in the company's, from a day on."""

    currency: str
    day: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Wrong:
    """A pasted line that is no rate: where, what, and why as a code."""

    line: int
    text: str
    code: str


def read(text: str, *, own: str) -> tuple[list[Rate], list[Wrong]]:
    r"""Return the rates of a pasted text and the lines that are none; a heading is passed over.

    >>> read("currency,day,rate\nUSD,2024-01-31,0.79\nEUR 2024/2/1 0.85", own="GBP")[0][1].rate
    Decimal('0.85000000')
    >>> [wrong.code for wrong in read("USD,31.1.2024,0.79\nGBP,2024-01-01,1\nUSD,2024-01-01,-1", own="GBP")[1]]
    ['day', 'own_currency', 'rate']
    """
    rates: dict[tuple[str, date], Rate] = {}
    wrong: list[Wrong] = []
    for number, line in enumerate(text.splitlines()[:MOST_LINES], 1):
        cells = [cell.strip().strip('"') for cell in _CUT.split(line.strip()) if cell.strip()]
        if not cells or (number == 1 and not any(character.isdigit() for character in line)):
            continue
        found = _read(cells, own)
        if isinstance(found, Rate):
            rates[found.currency, found.day] = found
        else:
            wrong.append(Wrong(number, line.strip()[:80], found))
    return list(rates.values()), wrong


def _read(cells: list[str], own: str) -> Rate | str:
    if len(cells) != 3:
        return "cells"
    currency = cells[0].upper()
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha()):
        return "currency"
    if currency == own:
        return "own_currency"
    day = _day(cells[1])
    if day is None:
        return "day"
    rate = _rate(cells[2])
    return Rate(currency, day, rate) if rate is not None else "rate"


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def _rate(text: str) -> Decimal | None:
    try:
        rate = Decimal(text)
    except InvalidOperation:
        return None
    if not rate.is_finite() or not 0 < rate < _LARGEST:
        return None
    rounded = rate.quantize(_DIGITS)
    return rounded or None


def currencies(rates: Iterable[Rate]) -> list[str]:
    """Return the currencies of rates, sorted."""
    return sorted({rate.currency for rate in rates})
