"""Things to do for a customer that somebody or something asks of the team: given out, and ticked off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from shuke.crm.team import queries
from shuke.crm.team.errors import UnknownEntry
from shuke.crm.team.models import Task
from shuke.kernel.ids import uuid7
from shuke.platform.audit.actions import record
from shuke.platform.db.bulk import insert_rows
from shuke.platform.notices import actions as notices
from shuke.platform.staff.actor import Actor

KIND = "team.task"
ONE, MANY = gettext_noop("%(count)s new task"), gettext_noop("%(count)s new tasks")
NO_TASK = gettext_noop("There is no such task.")
_COLUMNS = ("uuid", "key", "customer_id", "staff_id", "text", "due_on", "asked_by", "asked_at", "done_at", "done_by")


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing to do; asking again under the same ``key`` changes nothing."""

    customer_id: int
    key: str
    text: str


def ask(asked: Sequence[Asked], *, due_on: date, by: Actor, now: datetime) -> int:
    """Give things to do to whoever looks after each customer, else to everybody; return how many are new.

    Runs in the caller's transaction, in a number of queries that does not depend on how many there are.
    """
    known = set(Task.objects.filter(key__in=[one.key for one in asked]).values_list("key", flat=True))
    fresh = list({one.key: one for one in asked if one.key not in known}.values())
    whose = queries.responsible_for([one.customer_id for one in fresh])
    rows = [
        (
            uuid7(),
            one.key,
            one.customer_id,
            whose.get(one.customer_id),
            one.text[:2_000],
            due_on,
            by.reference,
            now,
            None,
            "",
        )
        for one in fresh
    ]
    insert_rows(Task, _COLUMNS, rows)
    told: dict[int, int] = {}
    for one in fresh:
        if staff := whose.get(one.customer_id):
            told[staff] = told.get(staff, 0) + 1
    for staff, count in sorted(told.items()):
        notices.notify(
            KIND, ONE, plural=MANY, facts={"count": count}, staff=[staff], link=reverse("team:tasks"),
            dedupe_key=f"{now:%Y%m%d%H%M}", to_targets=False, now=now,
        )  # fmt: skip
    return len(fresh)


@transaction.atomic
def tick_off(uuid: UUID, *, by: Actor, now: datetime) -> bool:
    """Say that a task is done; return whether it was open. Raises ``UnknownEntry``."""
    task = Task.objects.select_for_update().filter(uuid=uuid).first()
    if task is None:
        raise UnknownEntry(NO_TASK)
    if task.done_at is not None:
        return False
    task.done_at, task.done_by = now, by.reference
    task.save(update_fields=["done_at", "done_by"])
    record(by, "team.task_done", target=f"team.Task:{task.pk}", now=now)
    return True
