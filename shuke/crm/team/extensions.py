"""What the work of people offers to others: a panel beside a customer, who looks after whom through merges, forgetting."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.crm.team import queries
from shuke.crm.team.actions import planning, tasks
from shuke.crm.team.models import Crossing, Entry, Responsible, Task
from shuke.crm.team.queries import today, wording
from shuke.platform.manifest import Join, JourneyInput, JourneyVisit


def panel(customer_id: int, viewer: Any, now: datetime) -> dict[str, Any] | None:  # noqa: ARG001  the port's
    """Who looks after the customer, since when they are over the line, and what came of calls."""
    calls = today.history_of(customer_id)
    crossing = Crossing.objects.filter(customer_id=customer_id, ended_on=None).first()
    whose = Responsible.objects.filter(customer_id=customer_id).select_related("staff").first()
    if not viewer.may(queries.PLAN):
        calls = [one for one in calls if one.staff_id == viewer.pk or one.called_at]
    return {
        "calls": [(one, wording.reason(one.reason)) for one in calls],
        "crossing": crossing if viewer.may(queries.WATCH) else None,
        "responsible": whose.staff if whose and whose.staff.is_active else None,
        "callers": queries.callers() if viewer.may(queries.PLAN) else [],
        "customer_id": customer_id,
    }


class WorkMerging:
    """Who looks after somebody goes on doing so after a merge. Warnings and lists follow by being looked up for both."""

    name = "team.responsible"

    def preview(self, survivor_id: int, merged_id: int) -> dict[str, Any]:
        """Count what the survivor gains."""
        held = queries.responsible_for([survivor_id, merged_id])
        return {"moves": {"responsible": int(merged_id in held and survivor_id not in held)}}

    def merge(self, joins: Sequence[Join], *, now: datetime) -> dict[int, dict[str, Any]]:  # noqa: ARG002
        """Where nobody looks after the survivor, whoever looked after the first of the merged does."""
        ids = [one for join in joins for one in (join.survivor_id, join.merged_id)]
        held = {one.customer_id: one for one in Responsible.objects.filter(customer_id__in=ids)}
        kept: dict[int, dict[str, Any]] = {}
        made = []
        for join in joins:
            theirs = held.get(join.merged_id)
            if theirs is None or join.survivor_id in held:
                kept[join.merged_id] = {}
                continue
            gained = Responsible(
                customer_id=join.survivor_id, staff_id=theirs.staff_id, since=theirs.since, by=theirs.by
            )
            held[join.survivor_id] = gained
            made.append(gained)
            kept[join.merged_id] = {"gave": theirs.staff_id, "since": theirs.since.isoformat()}
        Responsible.objects.bulk_create(made)
        return kept

    def split(
        self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: dict[str, Any], *, now: datetime
    ) -> dict[str, Any]:
        """Take from the survivor whom the merged one brought, unless somebody decided otherwise meanwhile."""
        del merged_id, identity_ids, now
        if "gave" in kept:
            Responsible.objects.filter(
                customer_id=survivor_id, staff_id=kept["gave"], since=datetime.fromisoformat(kept["since"])
            ).delete()
        return {}


class CallsPersonalData:
    """Calls: what was noted, for which reason. Erasing leaves the day, the arm and the revenue, for counting."""

    name = "team"
    fields = frozenset({"team.Entry.note", "team.Entry.reasons", "team.Task.text"})

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return when and why somebody was listed to be called, and what was noted."""
        listed = Entry.objects.filter(customer_id__in=customer_ids).order_by("pk")
        since = Crossing.objects.filter(customer_id__in=customer_ids).order_by("pk")
        return {
            "calls": [
                {
                    "day": one.day, "reasons": one.reasons, "group": one.arm, "outcome": one.outcome, "note": one.note,
                    "called_at": one.called_at, "call_again_on": one.follow_up_on,
                }
                for one in listed
            ],
            "tasks": [
                {"text": one.text, "due_on": one.due_on, "asked_at": one.asked_at, "done_at": one.done_at}
                for one in Task.objects.filter(customer_id__in=customer_ids).order_by("pk")
            ],
            "churn_warnings": [
                {"since": one.since, "until": one.ended_on, "basis": one.basis, "risk": one.risk} for one in since
            ],
        }  # fmt: skip

    @transaction.atomic
    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:
        """Unlink the calls and tasks and empty what was noted; forget warnings and who looked after them."""
        unlinked = Entry.objects.filter(customer_id__in=customer_ids).update(
            customer=None, note="", reasons=[], follow_up_on=None
        )
        Task.objects.filter(customer_id__in=customer_ids, done_at=None).update(done_at=now, done_by="erased")
        tasks = Task.objects.filter(customer_id__in=customer_ids).update(customer=None, text="")
        warned = Crossing.objects.filter(customer_id__in=customer_ids).delete()[0]
        Responsible.objects.filter(customer_id__in=customer_ids).delete()
        return {"calls": unlinked, "churn_warnings": warned, "tasks": tasks}


class AskForTask:
    """The step of journeys that gives people something to do: a call back, a letter by hand."""

    name = "team.task"
    label = _("Task for a person")
    icon = "checklist"
    inputs: tuple[JourneyInput, ...] = (
        JourneyInput("text", _("What to do"), "long_text"),
        JourneyInput("days", _("Days to do it in"), "number"),
    )

    def problems(self, settings: Mapping[str, Any]) -> list[str]:
        """Return what does not fit."""
        days = settings.get("days")
        fits = isinstance(days, int) and 0 <= days <= 365
        return [] if fits else [str(_("The days are a number from 0 to 365."))]

    def perform(
        self, visits: Sequence[JourneyVisit], settings: Mapping[str, Any], *, by: Any, now: datetime
    ) -> Mapping[int, str]:
        """Ask whoever looks after each, else everybody."""
        asked = [tasks.Asked(one.customer_id, one.key, str(settings["text"])) for one in visits]
        due = planning.today(now) + timedelta(days=int(settings["days"]))
        tasks.ask(asked, due_on=due, by=by, now=now)
        return {}
