"""Periods, what they are compared with, and how a run of days is cut into steps. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

DEFAULT_DAYS = 30
ONE_DAY = timedelta(days=1)
MOST_DAYS_BY_DAY = 45
MOST_DAYS_BY_WEEK = 200
# A change in a key figure that a summary mentions.
NOTABLE_CHANGE = 0.15
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the company's calendar, half open: ``ends_on`` is the first day that no longer belongs."""

    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        """Return how many days it covers."""
        return (self.ends_on - self.starts_on).days

    @property
    def last_day(self) -> date:
        """Return the last day that belongs; what people write as "to"."""
        return self.ends_on - timedelta(days=1)

    def __contains__(self, day: date) -> bool:
        return self.starts_on <= day < self.ends_on


@dataclass(frozen=True, slots=True)
class Scope:
    """Which facts a figure is about: a period, and perhaps one shop, one country of sale, the members of one segment."""

    period: Period
    shop_id: int | None = None
    country: str = ""
    # By number, and by the public id that addresses say.
    segment_id: int | None = None
    segment: str = ""
    # The sources of events that belong to the shop; without any, events are those of all shops.
    sources: tuple[str, ...] = ()

    def during(self, period: Period) -> "Scope":
        """Return the same for other days."""
        return replace(self, period=period)


class Step(StrEnum):
    """The length into which a period is cut."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Preset(StrEnum):
    """Periods people ask for by name, counted back from the last day of data."""

    DAYS_7 = "7d"
    DAYS_30 = "30d"
    DAYS_90 = "90d"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ALL = "all"


class Against(StrEnum):
    """What a period is compared with."""

    PREVIOUS = "previous"
    YEAR = "year"
    NOTHING = "none"


@dataclass(frozen=True, slots=True)
class Written:
    """A letter in one language: subject, text, HTML, a PDF, and a workbook of its tables; files that are not wanted are empty."""

    subject: str
    text: str
    html: str
    workbook: bytes
    pdf: bytes = b""


def preset(name: Preset, *, today: date, first_day: date) -> Period:
    """Return the period called ``name``, ending with ``today``; never longer than the data goes back.

    >>> preset(Preset.QUARTER, today=date(2024, 5, 20), first_day=date(2020, 1, 1))
    Period(starts_on=datetime.date(2024, 4, 1), ends_on=datetime.date(2024, 5, 21))
    """
    begins = {
        Preset.DAYS_7: today - timedelta(days=6),
        Preset.DAYS_30: today - timedelta(days=29),
        Preset.DAYS_90: today - timedelta(days=89),
        Preset.MONTH: today.replace(day=1),
        Preset.QUARTER: date(today.year, today.month - (today.month - 1) % 3, 1),
        Preset.YEAR: date(today.year, 1, 1),
        Preset.ALL: first_day,
    }[name]
    return Period(max(begins, min(first_day, today)), today + timedelta(days=1))


def between(first: date, last: date) -> Period:
    """Return the period from ``first`` to ``last``, both included, whichever way round they are given."""
    return Period(min(first, last), max(first, last) + timedelta(days=1))


def compared(period: Period, against: Against) -> Period | None:
    """Return the period to compare with, or None for no comparison."""
    if against is Against.NOTHING:
        return None
    if against is Against.YEAR:
        return Period(add_months(period.starts_on, -12), _end_a_year_before(period.ends_on))
    return before(period)


def before(period: Period) -> Period:
    """Return the period of the same length just before; whole months are preceded by whole months.

    >>> before(Period(date(2024, 3, 1), date(2024, 4, 1)))
    Period(starts_on=datetime.date(2024, 2, 1), ends_on=datetime.date(2024, 3, 1))
    """
    if period.starts_on.day == 1 and period.ends_on.day == 1:
        months = months_between(period.starts_on, period.ends_on)
        return Period(add_months(period.starts_on, -months), period.starts_on)
    return Period(period.starts_on - timedelta(days=period.days), period.starts_on)


def week_of(day: date) -> Period:
    """Return the week, Monday to Sunday, in which ``day`` lies."""
    monday = day - timedelta(days=day.weekday())
    return Period(monday, monday + timedelta(days=7))


def step_for(period: Period) -> Step:
    """Return the step at which a period reads well as a line."""
    if period.days <= MOST_DAYS_BY_DAY:
        return Step.DAY
    return Step.WEEK if period.days <= MOST_DAYS_BY_WEEK else Step.MONTH


def start_of(step: Step, day: date) -> date:
    """Return the first day of the step in which ``day`` lies."""
    if step is Step.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step is Step.MONTH else day


def next_start(step: Step, start: date) -> date:
    """Return the first day of the step after the one that begins at ``start``."""
    if step is Step.MONTH:
        return add_months(start, 1)
    return start + timedelta(days=7 if step is Step.WEEK else 1)


def last_due(step: Step, at: datetime, *, hour: int) -> date:
    """Return the first day of the latest step that has begun: at ``hour`` of that day, by the clock of ``at``.

    >>> last_due(Step.WEEK, datetime(2024, 6, 10, 6), hour=7), last_due(Step.MONTH, datetime(2024, 6, 10, 6), hour=7)
    (datetime.date(2024, 6, 3), datetime.date(2024, 6, 1))
    """
    return start_of(step, (at - timedelta(hours=hour)).date())


def steps(period: Period, step: Step) -> Iterator[Period]:
    """Yield the steps of a period without gaps, the first and last cut to its edges."""
    start = start_of(step, period.starts_on)
    while start < period.ends_on:
        following = next_start(step, start)
        yield Period(max(start, period.starts_on), min(following, period.ends_on))
        start = following


def add_months(day: date, months: int) -> date:
    """Return the same day ``months`` later, or the month's last day where there is no such day.

    >>> add_months(date(2024, 1, 31), 1), add_months(date(2024, 3, 1), -3)
    (datetime.date(2024, 2, 29), datetime.date(2023, 12, 1))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    length = ((first + timedelta(days=31)).replace(day=1) - first).days
    return first.replace(day=min(day.day, length))


def months_between(earlier: date, later: date) -> int:
    """Return how many month boundaries lie between two days."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def ratio(part: float | None, whole: float | None) -> float | None:
    """Return ``part / whole``; None where that says nothing."""
    return None if part is None or not whole else part / whole


def change(now: float | None, then: float | None) -> float | None:
    """Return the relative change from ``then`` to ``now``; None where there is nothing to compare with.

    >>> change(110, 100), change(5, 0)
    (0.1, None)
    """
    if now is None or then is None or then <= 0:
        return None
    return (now - then) / then


def spreadsheet_safe(text: str) -> str:
    """Return text that no spreadsheet takes for a formula.

    >>> spreadsheet_safe("=1+1"), spreadsheet_safe("Tea")
    ("'=1+1", 'Tea')
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _end_a_year_before(ends_on: date) -> date:
    """A period that stops before 29 February keeps its 28th: its end falls on 1 March of the other year."""
    if (ends_on.month, ends_on.day) == (2, 29):
        return date(ends_on.year - 1, 3, 1)
    return add_months(ends_on, -12)
