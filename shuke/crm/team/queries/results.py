"""What calling came to: outcomes, and what it earned against those whom chance held out."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, FloatField, Q, QuerySet, Sum
from django.db.models.functions import Cast

from shuke.crm.team.models import Arm, CallOutcome, Entry, EntryState
from shuke.crm.team.rules import FOLLOW_UP
from shuke.crm.team.rules.comparing import Earned, Side, earned


@dataclass(frozen=True, slots=True)
class Compared:
    """Both arms, and what the difference is; ``waiting`` are those whose 30 days are not over yet."""

    called: Side
    held: Side
    earned: Earned | None
    waiting: int


def compared(*, reason: str = "") -> Compared:
    """Compare everybody who was to be called with those held out, reached or not; agreed follow-ups are in neither arm.

    Only those count whose 30 days are over: nobody is compared halfway.
    """
    found = Entry.objects.exclude(reason=FOLLOW_UP)
    found = found.filter(reason=reason) if reason else found
    rows = {row["arm"]: row for row in _summed(found.filter(is_settled=True, revenue_minor__isnull=False))}
    called, held = (_side(rows.get(arm)) for arm in (Arm.CALL, Arm.HELD))
    return Compared(called, held, earned(called, held), found.filter(is_settled=False).count())


def _summed(found: QuerySet[Entry]) -> Any:
    squared = Cast("revenue_minor", FloatField()) * Cast("revenue_minor", FloatField())
    return (
        found.order_by().values("arm").annotate(
            people=Count("pk"), buyers=Count("pk", filter=Q(revenue_minor__gt=0)), total=Sum("revenue_minor"), squares=Sum(squared)
        )
    )  # fmt: skip


def _side(row: dict[str, Any] | None) -> Side:
    return Side(row["people"], row["buyers"], row["total"] or 0, row["squares"] or 0.0) if row else Side(0, 0, 0, 0.0)


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of calls for one reason or of one person."""

    key: Any
    label: str
    listed: int
    called: int
    reached: int
    promised: int
    complaints: int
    after_call_minor: int | None


_REACHED = (
    CallOutcome.REACHED,
    CallOutcome.PROMISED,
    CallOutcome.CALL_BACK,
    CallOutcome.COMPLAINT,
    CallOutcome.DO_NOT_CALL,
)


def counted(by: str, *, since: date) -> list[Counted]:
    """Count what became of calls since a day, by ``reason`` or ``staff``."""
    listed = Entry.objects.filter(day__gte=since, arm=Arm.CALL)
    label = F("reason") if by == "reason" else F("staff__name")
    rows = (
        listed.order_by().values(by, label=label).annotate(
            listed=Count("pk"), called=Count("pk", filter=Q(state=EntryState.DONE)),
            reached=Count("pk", filter=Q(outcome__in=_REACHED)), promised=Count("pk", filter=Q(outcome=CallOutcome.PROMISED)),
            complaints=Count("pk", filter=Q(outcome=CallOutcome.COMPLAINT)), earned=Sum("after_call_minor"),
        ).order_by("-listed", by)
    )  # fmt: skip
    return [
        Counted(row[by], row["label"] or "", row["listed"], row["called"], row["reached"], row["promised"], row["complaints"], row["earned"])
        for row in rows
    ]  # fmt: skip


def calls(*, outcome: str = "", reason: str = "", staff_id: int | None = None) -> QuerySet[Entry]:
    """Return calls that were made, for the list of them."""
    found = Entry.objects.filter(
        arm=Arm.CALL, called_at__isnull=False, customer__isnull=False, customer__erased_at=None
    )
    found = found.filter(outcome=outcome) if outcome else found
    found = found.filter(reason=reason) if reason else found
    return found if staff_id is None else found.filter(staff=staff_id)
