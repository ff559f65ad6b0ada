"""What journeys offer to others: a panel beside a customer, following merges, what a person may ask for, forgetting."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from shuke.cdp.customers.queries import merging
from shuke.journeys.journeys import queries
from shuke.journeys.journeys.models import Refusal, Run, RunState
from shuke.platform.db.bulk import hand_over, update_rows
from shuke.platform.manifest import Join

_SHOWN = 5
_RUNNING = (RunState.ACTIVE, RunState.STUCK)


def panel(customer_id: int, viewer: Any, now: datetime) -> dict[str, Any] | None:  # noqa: ARG001  the port's
    """The latest journeys of a customer."""
    runs = list(Run.objects.filter(customer_id=customer_id).select_related("journey").order_by("-entered_at")[:_SHOWN])
    return {"runs": runs, "customer_id": customer_id, "may_view": viewer.may(queries.VIEW)} if runs else None


class RunsMerging:
    """Whoever is on a journey goes on under the survivor; of two ways through one journey the survivor's goes on."""

    name = "journeys"

    def preview(self, survivor_id: int, merged_id: int) -> dict[str, Any]:  # noqa: ARG002  the port's
        """Count the runs that the survivor gains."""
        return {"moves": {"runs": Run.objects.filter(customer_id=merged_id).count()}}

    def merge(self, joins: Sequence[Join], *, now: datetime) -> dict[int, dict[str, Any]]:
        """Give the survivors every run, ending those that would be a second one in the same journey."""
        heirs = {join.merged_id: join.survivor_id for join in joins}
        ids = {*heirs, *heirs.values()}
        running = Run.objects.filter(customer_id__in=ids, state__in=_RUNNING).order_by("pk")
        inside = {(run.customer_id, run.journey_id) for run in running if run.customer_id not in heirs}
        doubled: list[Run] = []
        kept: dict[int, dict[str, Any]] = {join.merged_id: {} for join in joins}
        for run in running:
            if run.customer_id not in heirs:
                continue
            place = (heirs[run.customer_id], run.journey_id)
            if place in inside:
                doubled.append(run)
                due = run.due_at.isoformat() if run.due_at else None
                kept[run.customer_id].setdefault("ended", []).append([run.pk, run.state, due, run.awaits])
            inside.add(place)
        update_rows(
            Run, ("state", "due_at", "awaits", "ended_at", "ending"),
            [(RunState.LEFT, None, "", now, "merged", run.pk) for run in doubled],
        )  # fmt: skip
        hand_over(Run, "customer_id", heirs, home="home")
        return kept

    def split(
        self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: dict[str, Any], *, now: datetime
    ) -> dict[str, Any]:
        """Give back the runs that were theirs, as they stood."""
        del identity_ids, now
        family = merging.family_of(merged_id)
        theirs = Run.objects.filter(customer_id__in=merging.family_of(survivor_id), home__in=family).order_by("pk")
        update_rows(
            Run,
            ("customer_id", "home"),
            [(merged_id, None if run.home == merged_id else run.home, run.pk) for run in theirs],
        )
        rows = [
            (state, datetime.fromisoformat(due) if due else None, awaits, None, "", pk)
            for pk, state, due, awaits in kept.get("ended", ())
        ]
        update_rows(Run, ("state", "due_at", "awaits", "ended_at", "ending"), rows)
        return {}


class JourneysPersonalData:
    """Which journeys somebody was on. Erasing leaves the steps without a name, for counting."""

    name = "journeys"
    fields = frozenset({"journeys.Run.context"})

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return when somebody was on which journey, what set it off, and what they passed."""
        runs = Run.objects.filter(customer_id__in=customer_ids).select_related("journey").prefetch_related("visits")
        return {
            "journeys": [
                {
                    "journey": run.journey.name, "entered_at": run.entered_at, "state": run.state, "ended_at": run.ended_at,
                    "set_off_by": run.context,
                    "steps": [
                        {"step": one.step, "exit": one.exit, "left_at": one.left_at, "note": one.note}
                        for one in run.visits.all()
                    ],
                }
                for run in runs.order_by("pk")
            ]
        }  # fmt: skip

    @transaction.atomic
    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:
        """End the ways they are on, and unlink all of them."""
        Run.objects.filter(customer_id__in=customer_ids, state__in=_RUNNING).update(
            state=RunState.LEFT, ended_at=now, due_at=None, awaits="", ending="erased"
        )
        runs = Run.objects.filter(customer_id__in=customer_ids).update(customer=None, context={}, home=None)
        Refusal.objects.filter(customer_id__in=customer_ids).update(customer=None)
        return {"journey_runs": runs}
