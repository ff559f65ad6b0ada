"""Which predictions there are, what they need, and at which past days they are judged. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

LTV, CHURN, NEXT_ORDER, REPLENISHMENT, PROPENSITY, TIMING, PRICE = KINDS = (
    "ltv", "churn", "next_order", "replenishment", "propensity", "timing", "price",
)  # fmt: skip

CHURN_DAYS = 90
PROPENSITY_DAYS = 30
LTV_DAYS = 365
# Over which spans worth can be learned and judged when there is no year to spare, longest first.
SPANS = (365, 180, 90)
# Who has not bought for longer counts as gone: nothing is left to warn of.
GONE_DAYS = 365
# From here on a risk is called high.
HIGH_RISK = 0.7

STEP_DAYS = 30
LEAST_CUTOFFS = 3
MOST_CUTOFFS = 4
LEARNING_SNAPSHOTS = 3
# How much must lie before a day for what was known on it to say anything.
LEAST_PAST_DAYS = 60

LEAST_CUSTOMERS = 200
LEAST_ORDERS = 500
LEAST_REPEATING = 50
LEAST_OF_A_CLASS = 30
# Learning and judging look at so many customers at most; scores are for everybody.
MOST_LEARNED_FROM = 60_000


@dataclass(frozen=True, slots=True)
class Extent:
    """What there is: from when to when, how many orders of how many customers."""

    first_on: date
    until: date
    orders: int
    customers: int

    @property
    def days(self) -> int:
        """Return the length of history.

        >>> Extent(date(2024, 1, 1), date(2024, 1, 31), 1, 1).days
        30
        """
        return (self.until - self.first_on).days

    @property
    def one_in(self) -> int:
        """Return of how many customers one is learned from."""
        return max(1, -(-self.customers // MOST_LEARNED_FROM))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a prediction is not made: a code with facts, for people to read in their language."""

    code: str
    facts: dict[str, float | int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trial:
    """A day at which a prediction is judged, and the earlier days it may learn from for that."""

    cutoff: date
    learns_from: tuple[date, ...]


def gate(found: Extent | None) -> Refusal | None:
    """Return why there is too little for any prediction; None if there is enough to try."""
    if found is None:
        return Refusal("no_sales")
    if found.customers < LEAST_CUSTOMERS:
        return Refusal("few_customers", {"has": found.customers, "needs": LEAST_CUSTOMERS})
    if found.orders < LEAST_ORDERS:
        return Refusal("few_orders", {"has": found.orders, "needs": LEAST_ORDERS})
    return None


def trials(found: Extent, ahead: int, *, learned_ahead: int | None = None) -> list[Trial]:
    """Return the days to judge a prediction over ``ahead`` days at, newest first; empty when history is too short.

    Whatever a trial learns from was over by its own day: nothing is known that was not known then.

    >>> [str(trial.cutoff) for trial in trials(Extent(date(2024, 1, 1), date(2024, 12, 31), 1, 1), 30)]
    ['2024-12-01', '2024-11-01', '2024-10-02', '2024-09-02']
    >>> trials(Extent(date(2024, 1, 1), date(2024, 5, 1), 1, 1), 90)
    []
    """
    lag = learned_ahead or ahead
    made = []
    for number in range(MOST_CUTOFFS):
        cutoff = found.until - timedelta(days=ahead + STEP_DAYS * number)
        learns_from = lessons(found, cutoff, lag)
        if not learns_from:
            break
        made.append(Trial(cutoff, learns_from))
    return made if len(made) >= LEAST_CUTOFFS else []


def lessons(found: Extent, cutoff: date, ahead: int) -> tuple[date, ...]:
    """Return the days to learn from on ``cutoff``, whose outcome over ``ahead`` days was known by then, newest first."""
    days = [cutoff - timedelta(days=ahead + STEP_DAYS * number) for number in range(LEARNING_SNAPSHOTS)]
    return tuple(day for day in days if (day - found.first_on).days >= LEAST_PAST_DAYS)


def days_needed(ahead: int) -> int:
    """Return how much history a prediction over ``ahead`` days needs.

    >>> days_needed(90)
    300
    """
    return 2 * ahead + (LEAST_CUTOFFS - 1) * STEP_DAYS + LEAST_PAST_DAYS


def spans(found: Extent) -> tuple[int, int] | None:
    """Return over how many days worth is judged, and over how many it is learned; None if history is too short.

    A year where there is one to spare; learned over the longest span that fits before the oldest trial.
    """
    for judged in SPANS:
        for learned in SPANS:
            if learned <= judged and trials(found, judged, learned_ahead=learned):
                return judged, learned
    return None


def snapshot_days(found: Extent) -> dict[date, set[int]]:
    """Return every past day to look at, with the horizons whose outcome is asked for there."""
    wanted: dict[date, set[int]] = {}

    def ask(days: Sequence[date], *horizons: int) -> None:
        for day in days:
            wanted.setdefault(day, set()).update(horizons)

    for ahead in (CHURN_DAYS, PROPENSITY_DAYS):
        for trial in trials(found, ahead):
            ask([trial.cutoff, *trial.learns_from], ahead)
        ask(lessons(found, found.until, ahead), ahead)
    if (chosen := spans(found)) is not None:
        judged, learned = chosen
        for trial in trials(found, judged, learned_ahead=learned):
            ask([trial.cutoff], judged)
            ask(trial.learns_from, learned)
        ask(lessons(found, found.until, learned), learned)
        # How purchases fade is read off those known one and two spans before.
        for day in (found.until, *(trial.cutoff for trial in trials(found, judged, learned_ahead=learned))):
            far = day - timedelta(days=2 * learned)
            if (far - found.first_on).days >= LEAST_PAST_DAYS:
                ask([far], learned, 2 * learned)
    return wanted
