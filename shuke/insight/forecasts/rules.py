"""Which series there are, how far they are forecast, at which past days that is judged, and which days belong to an event. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

NET, GROSS, ORDERS, NEW, REFUNDS, VISITORS, CONVERSION = MEASURES = (
    "net", "gross", "orders", "new", "refunds", "visitors", "conversion",
)  # fmt: skip
MONEY = frozenset({NET, GROSS, REFUNDS})
SHARES = frozenset({CONVERSION})
# What may fall below zero: a day can bring back more than it sold.
SIGNED = frozenset({NET})
COMPANY, SHOP, CATEGORY = SCOPES = ("company", "shop", "category")
BY_CATEGORY = (NET, GROSS, ORDERS, REFUNDS)
MOST_CATEGORIES = 12
MOST_DAYS = 1_461
# A series that has been nothing for so long has ended.
ENDED_DAYS = 28


class Step(StrEnum):
    """The length of one step of a series."""

    DAY = "day"
    WEEK = "week"

    @property
    def days(self) -> int:
        """Return its length."""
        return 1 if self is Step.DAY else 7

    @property
    def season(self) -> int:
        """Return after how many steps the season comes round: the week, or the year."""
        return 7 if self is Step.DAY else 52


# How far ahead forecasts may go, longest first: as far as history lets them be judged.
LADDER = {Step.DAY: (56, 28, 14, 7), Step.WEEK: (26, 13, 8, 4)}
LEAST_STEPS = {Step.DAY: 42, Step.WEEK: 16}
# Two months ahead by day need the season of more than a year.
_LONG_AHEAD, _LONG_HISTORY = 56, 550
_TRIAL_EVERY = {Step.DAY: 7, Step.WEEK: 1}
LEAST_JUDGED, MOST_JUDGED, LEAST_LESSONS = 3, 4, 3
# What happened on fewer of the last steps than this share is not carried on step by step.
LEAST_BUSY, LATELY = 0.3, {Step.DAY: 182, Step.WEEK: 52}
# How many trials lie before the oldest judged moment, where history allows, and how many there are at most by week.
_LESSONS, _MOST_WEEKLY = 12, 40


@dataclass(frozen=True, slots=True, order=True)
class SeriesKey:
    """What a series is of: a measure, of the company, a shop (its id) or a category (its name)."""

    measure: str
    scope: str = COMPANY
    scope_key: str = ""

    @property
    def is_money(self) -> bool:
        """Whether values are minor units of the company's currency."""
        return self.measure in MONEY

    @property
    def is_share(self) -> bool:
        """Whether values are per cent."""
        return self.measure in SHARES


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a series is not forecast: a code with facts, for people to read in their language."""

    code: str
    facts: dict[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judging:
    """How far a series is forecast, and the past moments (numbers of steps known) at which it is tried and judged."""

    ahead: int
    trials: tuple[int, ...]
    judged: tuple[int, ...]


def least_history(step: Step, ahead: int) -> int:
    """Return how many steps of history a forecast of ``ahead`` steps needs to be judged.

    >>> least_history(Step.DAY, 7), least_history(Step.DAY, 28), least_history(Step.WEEK, 13)
    (84, 168, 70)
    """
    lessons = (LEAST_LESSONS - 1) * _TRIAL_EVERY[step]
    needed = LEAST_STEPS[step] + (LEAST_JUDGED + 1) * ahead + lessons
    return max(needed, _LONG_HISTORY) if step is Step.DAY and ahead >= _LONG_AHEAD else needed


def rung(length: int, step: Step) -> int | None:
    """Return how far a series of ``length`` steps can be forecast and judged; None if it is too short for anything."""
    return next((ahead for ahead in LADDER[step] if length >= least_history(step, ahead)), None)


def judging(length: int, step: Step, ahead: int) -> Judging:
    """Return the moments of a history of ``length`` steps, oldest first; the judged ones do not overlap.

    >>> judging(168, Step.DAY, 28)
    Judging(ahead=28, trials=(42, 49, 56, 63, 70, 77, 84, 91, 98, 105, 112, 119, 126, 133, 140), judged=(84, 112, 140))
    """
    every = _TRIAL_EVERY[step]
    last = length - ahead
    earliest = LEAST_STEPS[step] + ahead + (LEAST_LESSONS - 1) * every
    judged = [last - ahead * number for number in range(MOST_JUDGED) if last - ahead * number >= earliest]
    reach = min(MOST_JUDGED * ahead + _LESSONS * every, last - LEAST_STEPS[step])
    if step is Step.WEEK:
        every = max(every, -(-reach // _MOST_WEEKLY))
    trials = {last - every * number for number in range(reach // every + 1)} | set(judged)
    return Judging(ahead, tuple(sorted(trials)), tuple(sorted(judged)))


def gate(values: Sequence[float], step: Step) -> Refusal | None:
    """Return why a series, from its first value on, is not forecast; None if it is."""
    shortest = LADDER[step][-1]
    if not any(values):
        return Refusal("empty")
    if len(values) < least_history(step, shortest):
        return Refusal(
            "short", {"has": len(values), "needs": least_history(step, shortest), "step": step.value}
        )  # fmt: skip
    quiet = ENDED_DAYS // step.days
    if not any(values[-quiet:]):
        last = max(place for place, value in enumerate(values) if value)
        return Refusal("ended", {"ago": (len(values) - 1 - last) * step.days})
    lately = values[-LATELY[step] :]
    share = sum(1 for value in lately if value) / len(lately)
    return Refusal("rare", {"percent": round(100 * share), "step": step.value}) if share < LEAST_BUSY else None


def monday(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


# -- events


@dataclass(frozen=True, slots=True)
class Window:
    """The days of one occurrence of an event. ``anchor`` is the day that it is counted from; ``rank`` decides who owns a day."""

    key: str
    first: date
    anchor: date
    last: date
    rank: int = 0
    shop_id: int | None = None

    @property
    def days(self) -> int:
        """Return how many days it covers."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Cells:
    """The cell of every step (-1: an ordinary one), the event that owns each cell, and what the cells are."""

    of_steps: tuple[int, ...]
    owners: tuple[int, ...]
    names: tuple[tuple[str, int], ...]


def cells(first: date, length: int, step: Step, windows: Iterable[Window]) -> Cells:
    """Lay events over a calendar of ``length`` steps from ``first``.

    A day in several events belongs to the one of the highest rank, then to the nearest. Days far from the anchor share cells, since
    a single day of a long season says little.
    """
    owned: dict[int, tuple[tuple[int, int], Window, int]] = {}
    for window in windows:
        for number in range(window.days):
            day = window.first + timedelta(days=number)
            place = (day - first).days // step.days
            if not 0 <= place < length:
                continue
            off = (day - window.anchor).days if step is Step.DAY else (monday(day) - monday(window.anchor)).days // 7
            claim = (-window.rank, abs(off))
            if place not in owned or claim < owned[place][0]:
                owned[place] = claim, window, off
    numbers: dict[tuple[str, int], int] = {}
    keys: dict[str, int] = {}
    owners: list[int] = []
    found = [-1] * length
    for place in sorted(owned):
        _claim, window, off = owned[place]
        name = window.key, off if step is Step.WEEK else binned(off)
        if name not in numbers:
            numbers[name] = len(numbers)
            owners.append(keys.setdefault(window.key, len(keys)))
        found[place] = numbers[name]
    return Cells(tuple(found), tuple(owners), tuple(numbers))


def binned(off: int) -> int:
    """Return the cell of a day counted from the anchor: single days near it, groups of four farther away.

    >>> [binned(off) for off in (-12, -9, -8, -4, -3, 0, 3, 4, 7, 8)]
    [-12, -8, -8, -4, -3, 0, 3, 4, 4, 8]
    """
    return off if abs(off) <= 3 else (off // 4) * 4 if off > 0 else -(-off // 4) * 4
