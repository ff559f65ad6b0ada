"""Erasing a person in every domain that holds something about them, so that a crash only delays it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from shuke.cdp.customers import actions as customer_actions
from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.actions import consents, suppressing
from shuke.cdp.customers.queries import personal
from shuke.cdp.events.actions import Provenance
from shuke.cdp.privacy.actions.certificates import issue, write
from shuke.cdp.privacy.models import PrivacyRequest, RequestKind, RequestState
from shuke.platform.db import journal
from shuke.platform.db.failpoint import failpoint
from shuke.platform.db.scrubbing import leaving_no_trace
from shuke.platform.manifest import personal_data
from shuke.platform.staff.actor import Actor

Report = dict[str, dict[str, int]]
Progress = Callable[[int, int, str], None]


def run_erasure(request_id: int, *, by: Actor, clock: Callable[[], datetime], progress: Progress) -> None:
    """Carry out a request for erasure; running it again goes on where it stopped, and does nothing once it is done."""
    request = PrivacyRequest.objects.get(pk=request_id)
    if request.state != RequestState.RUNNING:
        return
    began_at = clock()
    ids, report = erase_person(request.customer_id, now=began_at, progress=progress)
    with transaction.atomic():
        issue(request, ids, report, began_at=began_at, by=by, now=clock())
        failpoint("erasure.before_certificate")


def erase_person(customer_id: int, *, now: datetime, progress: Progress | None = None) -> tuple[list[int], Report]:
    """Erase a person, with everybody merged into them, in every store; return their ids and counts by domain.

    It is written into the journal first, so that restoring an older backup does not bring them back. The domains
    forget from the top down: those below are still asked who somebody was.
    """
    ids = personal.person(customer_id)
    uuids = customers.uuids_of(ids)
    journal.append([{"fact": "erasure", "customers": sorted(str(uuid) for uuid in uuids.values())}], now=now)
    failpoint("erasure.journalled")
    report: Report = {}
    holders = list(reversed(personal_data()))
    with leaving_no_trace():
        for done, holder in enumerate(holders):
            if progress is not None:
                progress(done, len(holders), holder.name)
            counts = holder.erase(ids, now=now)
            failpoint(f"erasure.after_{holder.name}")
            if counts:
                report[holder.name] = counts
    return ids, report


def replay_journal(*, since: datetime, now: datetime) -> dict[str, int]:
    """Do again what the journal says was done at or after a moment: after restoring a backup of that moment.

    Erased people are erased again, suppressed addresses are suppressed again, refusals count again.
    """
    by, counts = Actor.system("restore"), {"erased": 0, "suppressed": 0, "refused": 0}
    origin = Provenance("restore", by.reference, now)
    for entry in _in_order(since):
        if entry["fact"] == "suppression":
            with transaction.atomic():
                counts["suppressed"] += suppressing.restore(entry, by=origin)
        elif entry["fact"] == "refusal":
            with transaction.atomic():
                counts["refused"] += consents.restore(entry, by=origin)
        elif entry["fact"] == "erasure":
            counts["erased"] += _erase_again([UUID(uuid) for uuid in entry["customers"]], by=by, now=now)
    return counts


def _in_order(since: datetime) -> Iterator[dict[str, Any]]:
    return (entry for entry in journal.since(since) if "fact" in entry)


def _erase_again(uuids: list[UUID], *, by: Actor, now: datetime) -> int:
    """Erase those whom the journal names, and nobody else: whom an older backup shows merged into others was told apart."""
    erased, named = 0, personal.not_yet_erased(uuids)
    for merge_uuid in personal.merges_out_of(named):
        customer_actions.split(merge_uuid, by=by, now=now)
    done: set[int] = set()
    for customer_id in named:
        if customer_id in done:  # with the person they are part of
            continue
        ids, report = erase_person(customer_id, now=now)
        with transaction.atomic():
            write(RequestKind.ERASE, ids, report, request=None, began_at=now, by=by, now=now)
        done.update(ids)
        erased += 1
    return erased
