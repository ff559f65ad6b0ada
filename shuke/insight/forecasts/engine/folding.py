"""From alarms of single steps to anomalies that people are told of: one per cause, not one per series."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from shuke.insight.forecasts import rules
from shuke.insight.forecasts.engine.alarms import UP, Alarm
from shuke.insight.forecasts.rules import CATEGORY, COMPANY, SHOP, SeriesKey, Step

REFUNDS, CONVERSION, DEMAND_UP, DEMAND_DOWN, OTHER_UP, OTHER_DOWN = (
    "refunds", "conversion", "demand_up", "demand_down", "other_up", "other_down",
)  # fmt: skip
_DEMAND = frozenset({rules.ORDERS, rules.GROSS, rules.NEW})
# A part that makes up so much of the whole's difference is told of instead of the whole.
_EXPLAINS = 0.6
# Days that lie no farther apart belong together.
GAP_DAYS = 3


@dataclass(slots=True)
class Cause:
    """What happened to one scope over some days, with the series that shows it best and the others that show it too."""

    kind: str
    key: SeriesKey
    step: Step
    first: date
    last: date
    seen: float
    expected: float
    low: float
    high: float
    chance: float
    others: list[str] = field(default_factory=list)

    @property
    def off(self) -> float:
        """Return how far it lies from the expected."""
        return abs(self.seen - self.expected)


def kind_of(alarm: Alarm) -> str:
    """Return what sort of anomaly an alarm belongs to."""
    if alarm.key.measure == rules.REFUNDS:
        return REFUNDS
    if alarm.key.measure == rules.CONVERSION:
        return CONVERSION
    up = alarm.direction == UP
    if alarm.key.measure in _DEMAND:
        return DEMAND_UP if up else DEMAND_DOWN
    return OTHER_UP if up else OTHER_DOWN


def causes(alarms: Iterable[tuple[Alarm, date]]) -> list[Cause]:
    """Return what there is to tell, oldest first. Alarms come with the first day of their step."""
    grouped: dict[tuple[str, str, str, Step, date], list[Alarm]] = {}
    for alarm, day in alarms:
        kind = kind_of(alarm)
        name = f"{kind}:{alarm.key.measure}" if kind in {OTHER_UP, OTHER_DOWN} else kind
        grouped.setdefault((name, alarm.key.scope, alarm.key.scope_key, alarm.step, day), []).append(alarm)
    single = [_single(group, day) for (_name, _scope, _key, _step, day), group in grouped.items()]
    return joined(_without_echoes(single))


def _single(group: Sequence[Alarm], day: date) -> Cause:
    lead = min(group, key=lambda one: (one.chance, one.key.measure))
    last = date.fromordinal(day.toordinal() + lead.step.days - 1)
    others = sorted({one.key.measure for one in group} - {lead.key.measure})
    return Cause(
        kind_of(lead), lead.key, lead.step, day, last, lead.seen, lead.expected, lead.low, lead.high, lead.chance, others
    )  # fmt: skip


def _without_echoes(found: Sequence[Cause]) -> list[Cause]:
    """Leave out what only repeats another: the whole where a part explains it, parts of a whole where none does."""
    kept = []
    for one in found:
        same = [other for other in found if other.kind == one.kind and other.first == one.first and other is not one]
        if one.key.scope == COMPANY and any(_explains(part, one, found) for part in same if part.key.scope != COMPANY):
            continue
        if one.key.scope != COMPANY and any(other.key.scope == COMPANY for other in same):
            whole = next(other for other in same if other.key.scope == COMPANY)
            if not _explains(one, whole, found):
                continue
        if one.key.scope == CATEGORY and any(other.key.scope == SHOP and not _is_most_of(one, other) for other in same):
            continue
        if one.key.scope == SHOP and any(other.key.scope == CATEGORY and _is_most_of(other, one) for other in same):
            continue
        kept.append(one)
    return kept


def _is_most_of(part: Cause, whole: Cause) -> bool:
    return part.key.measure == whole.key.measure and part.off >= _EXPLAINS * whole.off


def _explains(part: Cause, whole: Cause, found: Sequence[Cause]) -> bool:
    """Whether a part is why the whole is off: most of the same measure's difference, and the largest such part."""
    if not _is_most_of(part, whole):
        return False
    rivals = [
        one for one in found
        if one.kind == part.kind and one.first == part.first and one.key.scope == part.key.scope and one is not part
    ]  # fmt: skip
    return all(part.off >= one.off for one in rivals)


def joined(found: Iterable[Cause]) -> list[Cause]:
    """Return causes with days that follow each other made one."""
    made: list[Cause] = []
    for one in sorted(found, key=lambda each: (each.kind, each.key, each.step, each.first)):
        before = made[-1] if made else None
        if before is not None and follows(before, one):
            extend(before, one)
        else:
            made.append(one)
    return sorted(made, key=lambda each: (each.first, each.kind, each.key))


def follows(before: Cause, one: Cause) -> bool:
    """Whether ``one`` goes on where ``before`` ended."""
    same = (before.kind, before.key.scope, before.key.scope_key, before.step) == (
        one.kind, one.key.scope, one.key.scope_key, one.step,
    )  # fmt: skip
    return same and 0 <= (one.first - before.last).days <= GAP_DAYS and before.key.measure == one.key.measure


def extend(before: Cause, one: Cause) -> None:
    """Take the days of ``one`` into ``before``: sums of what is counted, means of shares."""
    for name in ("seen", "expected", "low", "high"):
        total = getattr(before, name) + getattr(one, name)
        setattr(before, name, total / 2 if before.key.is_share else total)
    before.last = one.last
    before.chance = min(before.chance, one.chance)
    before.others = sorted(set(before.others) | set(one.others))
