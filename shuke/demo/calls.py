"""Calls of the past: the lists that would have been made at some month ends, and what came of them."""

from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from shuke.crm.team import queries
from shuke.crm.team.actions import planning, recording, settling
from shuke.crm.team.models import CallOutcome
from shuke.crm.team.queries import today as listed
from shuke.demo.rules import TIME_ZONE
from shuke.platform.staff.models import Staff

# Of the month ends of value history, those between so many days back: whoever was called has rested since, and it is known what
# they bought afterwards.
EARLIEST_DAYS, LATEST_DAYS = 100, 33
_NINE = 9
# What comes of calls, of a hundred; the rest is never made.
_OUTCOMES = (
    (CallOutcome.REACHED, 30), (CallOutcome.PROMISED, 18), (CallOutcome.NO_ANSWER, 24), (CallOutcome.COMPLAINT, 3),
    (CallOutcome.WRONG_NUMBER, 3), (CallOutcome.DO_NOT_CALL, 2),
)  # fmt: skip
_NOTES = {
    CallOutcome.PROMISED: ("Will order the refill this week.", "想等新香味上架再下单。"),
    CallOutcome.COMPLAINT: ("The last parcel took twelve days.", "泵头坏了，已转售后。"),
}  # fmt: skip


def list_of(day: date, *, today: date) -> None:
    """Make the list of a day from what was known then, and note what came of its calls; other days are left alone."""
    if not LATEST_DAYS <= (today - day).days <= EARLIEST_DAYS:
        return
    morning = datetime(day.year, day.month, day.day, _NINE, tzinfo=ZoneInfo(TIME_ZONE))
    if planning.plan(now=morning) is None:
        return
    callers = {one.pk: one for one in queries.callers()}
    for number, entry in enumerate(listed.of_day(day, staff_id=None).order_by("pk")):
        if entry.staff_id in callers:
            at = morning + timedelta(minutes=6 * number)
            _call(entry.uuid, callers[entry.staff_id], day, at, Random(f"call:{day}:{number}"))


def _call(uuid: UUID, staff: Staff, day: date, at: datetime, rng: Random) -> None:
    drawn = rng.randrange(100)
    for outcome, share in _OUTCOMES:
        if drawn < share:
            words = rng.choice(_NOTES.get(outcome, ("",)))
            recording.note(uuid, outcome=outcome, note=words, follow_up_on=None, staff=staff, today=day, now=at)
            return
        drawn -= share


def settled(*, now: datetime) -> None:
    """Look what was bought after the calls."""
    settling.settle(now=now)
