"""Mending everybody with a flaw at once, so that it can be taken back as a whole."""

import json
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import Correction
from shuke.cdp.events.actions import Provenance
from shuke.cdp.quality import errors
from shuke.cdp.quality.actions import reading
from shuke.cdp.quality.models import Fix, FixedValue, FixState, Flag
from shuke.kernel.ids import uuid7
from shuke.platform.audit import actions as audit
from shuke.platform.crypto.sealing import seal, unseal
from shuke.platform.db.bulk import insert_rows
from shuke.platform.jobs import actions as jobs
from shuke.platform.staff.actor import Actor

IMAGES_CONTEXT = b"quality.images"
AT_ONCE = 100


@transaction.atomic
def start(flaw: str, *, by: Actor, now: datetime, is_automatic: bool = False) -> Fix:
    """Begin to mend everybody with a flaw, in the background. Raises ``NothingToFix``."""
    if Fix.objects.filter(flaw=flaw, state__in=(FixState.RUNNING, FixState.UNDOING)).exists():
        raise errors.NothingToFix(_("Another fix of this kind is under way."))
    if not Flag.objects.filter(flaw=flaw, hint__isnull=False).exists():
        raise errors.NothingToFix(_("There is nothing left to fix here."))
    fix = Fix.objects.create(
        uuid=uuid7(), flaw=flaw, started_at=now, started_by=by.reference, is_automatic=is_automatic
    )
    job = jobs.enqueue("quality.mend", now=now, by=by, dedupe_key=f"quality.mend:{fix.pk}", fix_id=fix.pk)
    fix.job_id = job.pk
    fix.save(update_fields=["job_id"])
    audit.record(by, "quality.fix_started", target=f"quality.Fix:{fix.pk}", summary={"flaw": flaw}, now=now)
    return fix


@transaction.atomic
def mend_some(fix_id: int, *, after: int, now: datetime) -> int:
    """Mend the next customers with the flaw, by number of the flag; return the last one looked at, 0 at the end.

    Keeps the image before and after of every value in the same transaction. Where a value is not what it was when the
    flaw was found, nothing is changed and the customer is read again.
    """
    fix = Fix.objects.select_for_update().get(pk=fix_id)
    flags = list(Flag.objects.filter(flaw=fix.flaw, hint__isnull=False, pk__gt=after).order_by("pk")[:AT_ONCE])
    if fix.state != FixState.RUNNING or not flags:
        return 0
    asked = [
        Correction(flag.customer_id, mend.field, mend.before, mend.after)
        for flag in flags
        for mend in reading.mends_of(flag)
    ]
    applied = customers.correct(asked, by=_by(fix, now))
    insert_rows(FixedValue, ("fix_id", "customer_id", "field", "images"), (_row(fix, one) for one in applied))
    Fix.objects.filter(pk=fix.pk).update(
        changed=F("changed") + len(applied), skipped=F("skipped") + len(asked) - len(applied)
    )
    Flag.objects.filter(pk__in=[flag.pk for flag in flags]).delete()
    reading.note_changed({flag.customer_id for flag in flags}, now=now)
    return flags[-1].pk


def _row(fix: Fix, one: Correction) -> tuple[int, int, str, bytes]:
    images = json.dumps([one.before, one.after], ensure_ascii=False)
    return fix.pk, one.customer_id, one.field, seal(images, context=IMAGES_CONTEXT)


def _by(fix: Fix, now: datetime) -> Provenance:
    return Provenance(source="quality", actor=fix.started_by, now=now)


@transaction.atomic
def finish(fix_id: int, *, now: datetime) -> None:
    """Note that everybody has been looked at."""
    Fix.objects.filter(pk=fix_id, state=FixState.RUNNING).update(state=FixState.DONE, finished_at=now)


@transaction.atomic
def undo(fix: Fix, *, by: Actor, now: datetime) -> None:
    """Begin to give back every value that a fix changed, in the background. Raises ``NothingToFix``."""
    begun = Fix.objects.filter(pk=fix.pk, state=FixState.DONE).update(state=FixState.UNDOING)
    if not begun:
        raise errors.NothingToFix(_("This fix cannot be undone now."))
    job = jobs.enqueue("quality.undo_fix", now=now, by=by, dedupe_key=f"quality.undo:{fix.pk}", fix_id=fix.pk)
    Fix.objects.filter(pk=fix.pk).update(job_id=job.pk)
    audit.record(by, "quality.fix_undone", target=f"quality.Fix:{fix.pk}", summary={"flaw": fix.flaw}, now=now)


@transaction.atomic
def undo_some(fix_id: int, *, now: datetime) -> int:
    """Give back the next values; return how many were looked at, 0 at the end. What changed since stays, and is listed."""
    fix = Fix.objects.select_for_update().get(pk=fix_id)
    rows = list(FixedValue.objects.filter(fix_id=fix_id, was_undone__isnull=True).order_by("pk")[:AT_ONCE])
    if fix.state != FixState.UNDOING or not rows:
        return 0
    asked = {row.pk: _given_back(row) for row in rows}
    applied = set(customers.correct(list(asked.values()), by=_by(fix, now)))
    undone = [pk for pk, one in asked.items() if one in applied]
    refused = asked.keys() - set(undone)
    FixedValue.objects.filter(pk__in=undone).update(was_undone=True)
    FixedValue.objects.filter(pk__in=refused).update(was_undone=False)
    Fix.objects.filter(pk=fix_id).update(undone=F("undone") + len(undone), refused=F("refused") + len(refused))
    reading.note_changed({row.customer_id for row in rows}, now=now)
    return len(rows)


def _given_back(row: FixedValue) -> Correction:
    before, after = images_of(row)
    return Correction(row.customer_id, row.field, after, before)


def images_of(row: FixedValue) -> Sequence[str]:
    """Return a value before and after its fix, opened."""
    images: list[str] = json.loads(unseal(bytes(row.images), context=IMAGES_CONTEXT))
    return images


@transaction.atomic
def finish_undo(fix_id: int, *, now: datetime) -> None:
    """Note that every value has been given back, as far as it could be."""
    Fix.objects.filter(pk=fix_id, state=FixState.UNDOING).update(state=FixState.UNDONE, undone_at=now)
