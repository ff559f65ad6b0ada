"""What the company decides: the line and the list, who calls how much, who looks after whom, what is said."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from shuke.cdp.customers import queries as customers
from shuke.crm.team import queries
from shuke.crm.team.actions.watching import ask_for_look
from shuke.crm.team.errors import BadAssignment, BadScript
from shuke.crm.team.models import Capacity, Responsible, Script
from shuke.crm.team.rules import REASONS, TeamSettings
from shuke.crm.team.rules.scripts import LANGUAGES, USUAL, unknown_in
from shuke.platform.audit.actions import record
from shuke.platform.company import actions as company
from shuke.platform.staff.actor import Actor

MOST_CALLS = 500
UNKNOWN_PLACE = gettext_noop("Nobody fills in {%(name)s}. What can be filled in is listed beside the text.")
EMPTY = gettext_noop("A script needs words.")
NOT_CALLING = gettext_noop("This person may not call customers.")


@transaction.atomic
def configure(values: TeamSettings, *, by: Actor, now: datetime) -> list[str]:
    """Save the definitions and return the names of those that changed; another line is looked at anew."""
    before, after = queries.settings().model_dump(mode="json"), values.model_dump(mode="json")
    changed = sorted(name for name in after if before[name] != after[name])
    if changed:
        company.save_settings("team", values, now=now)
        record(by, "team.configured", target="team.TeamSettings", summary={"fields": changed}, now=now)
        if "risk_line" in changed:
            ask_for_look(now=now)
    return changed


@transaction.atomic
def set_capacities(per_day: Mapping[int, int], *, by: Actor, now: datetime) -> int:
    """Say how many calls a day people make; return for how many it changed. Others than those who may call are left out."""
    known = queries.capacities()
    changed = {
        staff: min(max(count, 0), MOST_CALLS)
        for staff, count in per_day.items()
        if staff in known and known[staff] != min(max(count, 0), MOST_CALLS)
    }
    for staff, count in changed.items():
        Capacity.objects.update_or_create(staff_id=staff, defaults={"per_day": count})
    if changed:
        record(by, "team.capacities_set", target="team.Capacity", summary={"members": len(changed)}, now=now)
    return len(changed)


@transaction.atomic
def assign(customer_ids: Sequence[int], staff_id: int | None, *, by: Actor, now: datetime) -> int:
    """Say who looks after some customers, or (None) that nobody does; return for how many it changed.

    Raises ``BadAssignment`` for somebody who may not call customers.
    """
    if staff_id is not None and staff_id not in {one.pk for one in queries.callers()}:
        raise BadAssignment(NOT_CALLING)
    ids = customers.existing_locked(list(customer_ids))
    theirs = Responsible.objects.filter(customer_id__in=ids)
    if staff_id is None:
        changed = theirs.delete()[0]
    else:
        same = set(theirs.filter(staff_id=staff_id).values_list("customer_id", flat=True))
        theirs.exclude(staff_id=staff_id).delete()
        new = [pk for pk in ids if pk not in same]
        Responsible.objects.bulk_create(
            Responsible(customer_id=pk, staff_id=staff_id, since=now, by=by.reference) for pk in new
        )
        changed = len(new)
    if changed:
        summary = {"customers": changed, "now": staff_id}
        record(by, "team.assigned", target=f"staff.Staff:{staff_id or ''}", summary=summary, now=now)
    return changed


@transaction.atomic
def write_script(reason: str, language: str, text: str, *, by: Actor, now: datetime) -> None:
    """Say what is said for a reason; the usual text again takes the company's own away. Raises ``BadScript``."""
    if reason not in REASONS or language not in LANGUAGES or not text.strip():
        raise BadScript(EMPTY)
    if unknown := unknown_in(text):
        raise BadScript(UNKNOWN_PLACE, name=unknown[0])
    own = Script.objects.filter(reason=reason, language=language)
    if text.strip() == USUAL[reason, language]:
        own.delete()
    else:
        Script.objects.update_or_create(
            reason=reason, language=language, defaults={"text": text.strip(), "changed_at": now}
        )
    record(by, "team.script_written", target="team.Script", summary={"name": reason, "kind": language}, now=now)
