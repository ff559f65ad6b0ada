"""What becomes of those who are stuck: tried again where they stand, or let go."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from shuke.journeys.journeys.actions import entering
from shuke.journeys.journeys.models import Journey, Run, RunState, Trouble
from shuke.platform.audit.actions import record
from shuke.platform.staff.actor import Actor


@transaction.atomic
def retry(journey: Journey, trouble_ids: Sequence[int] = (), *, by: Actor, now: datetime) -> int:
    """Let those who are stuck (or some of them) try their step again; return how many.

    What a step did before it failed was taken back with the failure, so nothing happens twice.
    """
    open_ones = _open(journey, trouble_ids)
    ids = list(open_ones.filter(run__isnull=False).values_list("run_id", flat=True))
    tried = Run.objects.filter(pk__in=ids, state=RunState.STUCK).update(state=RunState.ACTIVE, due_at=now, ending="")
    open_ones.update(closed_at=now)
    entering.wake(now)
    record(by, "journeys.retried", target=f"journeys.Journey:{journey.pk}", summary={"people": tried}, now=now)
    return tried


@transaction.atomic
def let_go(journey: Journey, trouble_ids: Sequence[int] = (), *, by: Actor, now: datetime) -> int:
    """Let those who are stuck leave the journey; return how many."""
    open_ones = _open(journey, trouble_ids)
    ids = list(open_ones.filter(run__isnull=False).values_list("run_id", flat=True))
    left = Run.objects.filter(pk__in=ids, state=RunState.STUCK).update(
        state=RunState.LEFT, ended_at=now, due_at=None, awaits="", ending="let_go"
    )
    open_ones.update(closed_at=now)
    record(by, "journeys.let_go", target=f"journeys.Journey:{journey.pk}", summary={"people": left}, now=now)
    return left


def _open(journey: Journey, trouble_ids: Sequence[int]) -> QuerySet[Trouble]:
    found = Trouble.objects.filter(journey=journey, closed_at=None)
    return found.filter(pk__in=list(trouble_ids)) if trouble_ids else found
