"""When people shop: feasts and sales of the Chinese and the English year, weekdays and hours. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate

# First day of the Chinese year.
_NEW_YEAR = {
    2020: (1, 25), 2021: (2, 12), 2022: (2, 1), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6),
    2028: (1, 26), 2029: (2, 13), 2030: (2, 3), 2031: (1, 23), 2032: (2, 11), 2033: (1, 31), 2034: (2, 19), 2035: (2, 8),
}  # fmt: skip
# Orders of a weekday, Monday first.
_WEEKDAYS_ZH = (1.0, 0.98, 0.97, 1.0, 1.06, 1.14, 1.16)
_WEEKDAYS_EN = (1.08, 1.05, 1.02, 1.02, 0.94, 0.88, 1.12)
# Orders of an hour: Chinese evenings are long, English lunches are busy.
_HOURS_ZH = (4, 2, 1, 1, 1, 1, 2, 3, 5, 8, 11, 10, 9, 8, 8, 8, 7, 7, 8, 10, 14, 16, 14, 9)
_HOURS_EN = (2, 1, 1, 1, 1, 1, 2, 4, 6, 8, 9, 10, 13, 11, 8, 7, 7, 8, 9, 11, 12, 10, 6, 3)


@dataclass(frozen=True, slots=True)
class Sale:
    """Days on which a shop is cheaper and busier: ``pull`` multiplies visits, ``discount`` is the largest rebate."""

    name: str
    first: date
    last: date
    pull: float
    discount: float


@lru_cache(maxsize=64)
def sales_of(year: int, *, chinese: bool) -> tuple[Sale, ...]:
    """Return the sales and feasts of a year that move a Chinese or an English shop."""
    black_friday = _nth_weekday(year, 11, weekday=3, n=4) + timedelta(days=1)
    mothers_day = _nth_weekday(year, 5, weekday=6, n=2)
    shared = (
        Sale("Valentine", date(year, 2, 8), date(year, 2, 13), 1.4, 0.05),
        Sale("Mother's Day", mothers_day - timedelta(days=8), mothers_day - timedelta(days=1), 1.4, 0.10),
    )
    if chinese:
        return (
            *shared,
            Sale("38", date(year, 3, 4), date(year, 3, 8), 1.8, 0.20),
            Sale("520", date(year, 5, 17), date(year, 5, 20), 1.5, 0.10),
            Sale("618 opening", date(year, 6, 1), date(year, 6, 15), 1.5, 0.18),
            Sale("618", date(year, 6, 16), date(year, 6, 18), 3.2, 0.28),
            Sale("99", date(year, 9, 7), date(year, 9, 9), 1.4, 0.12),
            Sale("双11 opening", date(year, 11, 1), date(year, 11, 9), 1.7, 0.22),
            Sale("双11", date(year, 11, 10), date(year, 11, 11), 5.5, 0.33),
            Sale("双12", date(year, 12, 10), date(year, 12, 12), 2.0, 0.20),
            *_chinese_new_year(year),
        )
    return (
        *shared,
        Sale("Black Friday", black_friday - timedelta(days=3), black_friday + timedelta(days=3), 3.0, 0.30),
        Sale("Christmas", date(year, 12, 1), date(year, 12, 18), 2.1, 0.10),
        Sale("Between the years", date(year, 12, 22), date(year, 12, 26), 0.5, 0.0),
        Sale("January sale", date(year, 1, 2), date(year, 1, 14), 1.2, 0.20),
        Sale("Summer", date(year, 8, 1), date(year, 8, 21), 0.85, 0.0),
    )


def sale_on(day: date, *, chinese: bool) -> Sale | None:
    """Return the strongest sale or feast running on a day."""
    running = [sale for sale in sales_of(day.year, chinese=chinese) if sale.first <= day <= sale.last]
    return max(running, key=lambda sale: abs(sale.pull - 1), default=None)


@lru_cache(maxsize=4096)
def busyness(day: date, *, chinese: bool) -> float:
    """Return how busy a day is, 1 for an ordinary one."""
    sale = sale_on(day, chinese=chinese)
    weekday = (_WEEKDAYS_ZH if chinese else _WEEKDAYS_EN)[day.weekday()]
    return weekday * (sale.pull if sale else 1.0)


def cumulative_days(first: date, days: int, *, chinese: bool, growth: float) -> list[float]:
    """Return running weights of ``days`` days, busier on busy days and by ``growth`` more at the end than the start."""
    return list(
        accumulate(
            busyness(first + timedelta(days=n), chinese=chinese) * (1 + growth * n / max(days - 1, 1))
            for n in range(days)
        )
    )


def cumulative_hours(*, chinese: bool) -> list[int]:
    """Return running weights of the hours of a day."""
    return list(accumulate(_HOURS_ZH if chinese else _HOURS_EN))


def gift_days(first: date, last: date, *, chinese: bool) -> Sequence[date]:
    """Return days a week or so before feasts on which presents are bought."""
    days: list[date] = []
    for year in range(first.year, last.year + 1):
        feasts = [date(year, 2, 11), _nth_weekday(year, 5, weekday=6, n=2) - timedelta(days=5), date(year, 12, 12)]
        if chinese:
            feasts += [date(year, 5, 18), date(year, 9, 5), _new_year(year) - timedelta(days=16)]
        else:
            feasts += [date(year, 6, 12), date(year, 11, 28)]
        days += feasts
    return sorted(day for day in days if first <= day <= last)


def _chinese_new_year(year: int) -> tuple[Sale, ...]:
    begins = _new_year(year)
    return (
        Sale("年货节", begins - timedelta(days=24), begins - timedelta(days=8), 1.7, 0.15),
        Sale("春节", begins - timedelta(days=5), begins + timedelta(days=9), 0.3, 0.0),
    )


def _new_year(year: int) -> date:
    month, day = _NEW_YEAR.get(year, (2, 5))
    return date(year, month, day)


def _nth_weekday(year: int, month: int, *, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))
