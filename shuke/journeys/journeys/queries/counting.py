"""How a journey goes: how many stand where, how many passed by which exit, and what it earned against those held out."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Case, Count, F, FloatField, IntegerField, Q, Sum, Value, When
from django.db.models.functions import Cast

from shuke.journeys.journeys.models import Journey, JourneyVersion, Refusal, Run, RunState, Tally, Trouble

_LEAST_OF_AN_ARM, _LEAST_BUYERS = 50, 10
_QUANTILE = 1.96


@dataclass(slots=True)
class AtStep:
    """One step in numbers: who stands there, who is stuck there, and who passed by each exit."""

    standing: int = 0
    stuck: int = 0
    passed: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Return how many passed in all."""
        return sum(self.passed.values())


def steps_of(version: JourneyVersion) -> dict[str, AtStep]:
    """Return the numbers of each step of a version, in two queries."""
    found: dict[str, AtStep] = defaultdict(AtStep)
    standing = Run.objects.filter(version=version, state__in=(RunState.ACTIVE, RunState.STUCK)).order_by()
    for step, state, number in standing.values_list("step", "state").annotate(n=Count("pk")):
        if state == RunState.STUCK:
            found[step].stuck = number
        else:
            found[step].standing = number
    for step, exit_, note, number in Tally.objects.filter(version=version).values_list("step", "exit", "note", "count"):
        here = found[step]
        here.passed[exit_] = here.passed.get(exit_, 0) + number
        if note:
            here.notes[note] = here.notes.get(note, 0) + number
    return dict(found)


@dataclass(frozen=True, slots=True)
class Line:
    """A journey in a list: how many entered lately, are on their way, and reached the goal."""

    entered: int = 0
    active: int = 0
    goals: int = 0
    troubles: int = 0


def lines_of(journeys: Sequence[Journey], *, since: datetime) -> dict[int, Line]:
    """Return the line of each journey, in two queries."""
    ids = [one.pk for one in journeys]
    counts = Run.objects.filter(journey_id__in=ids).order_by().values("journey_id").annotate(
        entered=Count("pk", filter=Q(entered_at__gte=since) & ~Q(state=RunState.HELD)),
        active=Count("pk", filter=Q(state__in=(RunState.ACTIVE, RunState.STUCK))),
        goals=Count("pk", filter=Q(goal_at__gte=since) & ~Q(state=RunState.HELD)),
    )  # fmt: skip
    troubles = Trouble.objects.filter(journey_id__in=ids, closed_at=None).order_by().values_list("journey_id")
    stuck = dict(troubles.annotate(n=Count("pk")))
    lines = {
        row["journey_id"]: Line(row["entered"], row["active"], row["goals"], stuck.get(row["journey_id"], 0))
        for row in counts
    }
    return {pk: lines.get(pk, Line(troubles=stuck.get(pk, 0))) for pk in ids}


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of the comparison: people, those who reached the goal, and what they brought, net of refunds."""

    people: int = 0
    goals: int = 0
    buyers: int = 0
    total_minor: int = 0
    squares: float = 0.0

    @property
    def mean(self) -> float:
        """Return the revenue per person."""
        return self.total_minor / self.people if self.people else 0.0

    @property
    def share(self) -> float | None:
        """Return how many of them reached the goal."""
        return self.goals / self.people if self.people else None

    @property
    def variance_of_mean(self) -> float:
        """Return the squared standard error of the mean."""
        if self.people < 2:
            return math.inf
        return max(self.squares / self.people - self.mean**2, 0.0) / (self.people - 1)


@dataclass(frozen=True, slots=True)
class Result:
    """What a journey earned: both arms, and the difference per person with its 95 % interval, where there is enough to say."""

    treated: Arm
    held: Arm
    each: float | None = None
    low: float | None = None
    high: float | None = None
    # Whether the arms are as large as chance makes them; if not, something sorted people, and the difference says nothing.
    is_balanced: bool = True

    @property
    def total_minor(self) -> int | None:
        """Return what it earned over all who entered."""
        return None if self.each is None else round(self.each * self.treated.people)

    @property
    def total_low(self) -> int | None:
        """Return the lower end of that."""
        return None if self.low is None else round(self.low * self.treated.people)

    @property
    def total_high(self) -> int | None:
        """Return the upper end of that."""
        return None if self.high is None else round(self.high * self.treated.people)


def result_of(journey: Journey, *, holdout: int) -> Result:
    """Compare those who entered with those held out, over the days in which the goal counts. One query.

    Everybody counts from the moment of entering, whatever became of them: only so are both arms the same kind of people.
    """
    is_held = Case(When(state=RunState.HELD, then=Value(1)), default=Value(0), output_field=IntegerField())
    revenue = Cast(F("revenue_minor"), FloatField())
    rows = (
        Run.objects.filter(journey=journey, revenue_minor__isnull=False)
        .annotate(held=is_held)
        .order_by()
        .values("held")
        .annotate(
            people=Count("pk"), goals=Count("goal_at"), buyers=Count("pk", filter=Q(revenue_minor__gt=0)),
            total=Sum("revenue_minor"), squares=Sum(revenue * revenue),
        )
    )  # fmt: skip
    arms = {row["held"]: Arm(row["people"], row["goals"], row["buyers"], row["total"], row["squares"]) for row in rows}
    return compared(arms.get(0, Arm()), arms.get(1, Arm()), holdout=holdout)


def compared(treated: Arm, held: Arm, *, holdout: int) -> Result:
    """Return the difference between two arms (Welch's interval), or only the arms where there is not enough to say.

    >>> few = Arm(10, 5, 5, 100, 1000.0)
    >>> compared(few, few, holdout=50).each is None
    True
    """
    people = treated.people + held.people
    expected = people * holdout / 100
    spread = math.sqrt(max(expected * (1 - holdout / 100), 1e-9))
    is_balanced = not holdout or people < _LEAST_OF_AN_ARM or abs(held.people - expected) <= 3.3 * spread
    if min(treated.people, held.people) < _LEAST_OF_AN_ARM or min(treated.buyers, held.buyers) < _LEAST_BUYERS:
        return Result(treated, held, is_balanced=is_balanced)
    each = treated.mean - held.mean
    wide = _QUANTILE * math.sqrt(treated.variance_of_mean + held.variance_of_mean)
    return Result(treated, held, each, each - wide, each + wide, is_balanced)


@dataclass(frozen=True, slots=True)
class ArmOf:
    """One group of an experiment: how many were put into it, and how many of them reached the goal."""

    name: str
    people: int
    goals: int
    revenue_minor: int


def experiment_of(version: JourneyVersion, step: str) -> list[ArmOf]:
    """Return the groups of an experiment or a random split, by name. One query."""
    rows = (
        Run.objects.filter(version=version, visits__step=step)
        .order_by()
        .values("visits__exit")
        .annotate(people=Count("pk", distinct=True), goals=Count("goal_at"), revenue=Sum("revenue_minor"))
    )
    return sorted(
        (ArmOf(row["visits__exit"], row["people"], row["goals"], row["revenue"] or 0) for row in rows),
        key=lambda one: one.name,
    )


def refusals_of(journey: Journey, *, now: datetime, days: int = 30) -> Mapping[str, int]:
    """Return why people were not let in lately, counted."""
    found = Refusal.objects.filter(journey=journey, at__gte=now - timedelta(days=days)).order_by()
    return dict(found.values_list("reason").annotate(n=Count("pk")).order_by("-n"))
