"""What came of a call, noted by whoever made it."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.actions import suppressing
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.crm.team import queries
from shuke.crm.team.errors import BadOutcome, NotToBeCalled, UnknownEntry
from shuke.crm.team.models import Arm, CallOutcome, Entry, EntryState
from shuke.platform.audit.actions import record
from shuke.platform.notices import actions as notices
from shuke.platform.notices.models import Severity
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff
from shuke.vocabulary.team import CustomerCalled

COMPLAINT = "team.complaint"
LONGEST_NOTE = 2_000
NO_ENTRY = gettext_noop("There is no such customer on your list.")
HELD_OUT = gettext_noop("This customer is not to be called.")
OLD = gettext_noop("This list is closed: what came of a call is noted within a week.")
TOLD_OFF = gettext_noop("%(who)s noted a complaint on the telephone")
UNKNOWN_OUTCOME = gettext_noop("There is no such outcome.")
NO_DAY = gettext_noop("When is this customer to be called again?")
PAST_DAY = gettext_noop("The day to call again lies in the past.")
LONG_NOTE = gettext_noop("The note is longer than 2,000 characters.")
_AGAIN = frozenset({CallOutcome.CALL_BACK})
# With these nobody calls again.
_NEVER_AGAIN = frozenset({CallOutcome.DO_NOT_CALL, CallOutcome.WRONG_NUMBER})
_OPEN_DAYS = 7


@transaction.atomic
def note(
    uuid: UUID, *, outcome: str, note: str, follow_up_on: date | None, staff: Staff, today: date, now: datetime
) -> Entry:
    """Note what came of a call, or correct it within a week; by whoever the entry was given to, or who plans the work.

    Who does not want calls is suppressed for all calls at once; a complaint is told to those who plan. Raises
    ``UnknownEntry``, ``NotToBeCalled`` and ``BadOutcome``.
    """
    entry = Entry.objects.select_for_update().filter(uuid=uuid).first()
    if entry is None or not (entry.staff_id == staff.pk or staff.may(queries.PLAN)):
        raise UnknownEntry(NO_ENTRY)
    if entry.arm == Arm.HELD or entry.customer_id is None:
        raise NotToBeCalled(HELD_OUT)
    _check(entry, outcome, note, follow_up_on, today=today)
    by = Actor.of(staff)
    was = entry.outcome
    entry.outcome, entry.note, entry.state = outcome, note.strip(), EntryState.DONE
    entry.follow_up_on = None if outcome in _NEVER_AGAIN else follow_up_on
    entry.is_followed = False
    entry.called_at, entry.called_by = entry.called_at or now, by.reference
    entry.save(update_fields=[
        "outcome", "note", "state", "follow_up_on", "is_followed", "called_at", "called_by",
    ])  # fmt: skip
    _follow_up(entry, was, by=by, now=now)
    record(by, "team.call_noted", target=f"team.Entry:{entry.pk}", summary={"act": outcome}, now=now)
    return entry


def _check(entry: Entry, outcome: str, note: str, follow_up_on: date | None, *, today: date) -> None:
    if (today - entry.day).days > _OPEN_DAYS:
        raise NotToBeCalled(OLD)
    if outcome not in CallOutcome.values:
        raise BadOutcome(UNKNOWN_OUTCOME)
    if len(note) > LONGEST_NOTE:
        raise BadOutcome(LONG_NOTE)
    if outcome in _AGAIN and follow_up_on is None:
        raise BadOutcome(NO_DAY)
    if follow_up_on is not None and follow_up_on <= today:
        raise BadOutcome(PAST_DAY)


def _follow_up(entry: Entry, was: str, *, by: Actor, now: datetime) -> None:
    """Publish it, and do what an outcome asks for; a correction of words alone publishes nothing."""
    if entry.outcome == was or entry.customer_id is None:
        return
    customer_id = queries.heirs([entry.customer_id])[entry.customer_id]
    said = CustomerCalled(entry.pk, entry.reason, entry.outcome)
    came = Provenance(source="team", actor=by.reference, now=now)
    events.publish([NewEvent.of(said, customer_id=customer_id, occurred_at=now, by=came)])
    if entry.outcome == CallOutcome.DO_NOT_CALL:
        for contact in customers.contacts_of([customer_id]).get(customer_id, []):
            if contact.channel == "phone":
                suppressing.suppress("call", contact.value, scope="all", reason="objection", by=came)
    if entry.outcome == CallOutcome.COMPLAINT:
        notices.notify(
            COMPLAINT, TOLD_OFF, facts={"who": by.label}, permission=queries.PLAN, severity=Severity.WARN,
            link=reverse("team:results") + "?outcome=complaint", dedupe_key=str(entry.pk), to_targets=False, now=now,
        )  # fmt: skip
