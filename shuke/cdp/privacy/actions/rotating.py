"""Changing the keys that personal data is sealed and found with, while everybody works on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.privacy import errors
from shuke.platform.audit import actions as audit
from shuke.platform.crypto import blind_index, keys, sealing
from shuke.platform.db.bulk import update_rows
from shuke.platform.db.failpoint import failpoint
from shuke.platform.manifest import SealedColumn, reindexing, sealed_columns
from shuke.platform.staff.actor import Actor

ROWS_AT_ONCE = 200
RINGS = (sealing.RING, blind_index.RING)
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did: values sealed anew, addresses indexed anew, and what had to stay under an earlier key."""

    sealed: int
    indexed: int
    stranded: int
    newest: dict[str, int]


def rotate(*, by: Actor, now: datetime, progress: Progress, new_keys: bool = True) -> Rotated:
    """Add a key to each ring and bring everything under it, batch by batch. Audited.

    Stopped half-way, it goes on with ``new_keys=False``: what is done is passed over. Meanwhile every key on the ring
    opens and finds.
    """
    if new_keys:
        for ring in RINGS:
            keys.add(ring)
    sealed = sum(_reseal(column, progress) for column in sealed_columns())
    indexed = _reindex(progress)
    newest = {ring: keys.newest(ring)[0] for ring in RINGS}
    done = Rotated(sealed, indexed, sum(one.stranded(newest[blind_index.RING]) for one in reindexing()), newest)
    with transaction.atomic():
        summary = {"sealed": sealed, "indexed": indexed, "stranded": done.stranded}
        audit.record(by, "privacy.keys_rotated", summary=summary, now=now)
    return done


def _reseal(column: SealedColumn, progress: Progress) -> int:
    """Seal the values of a column anew that are under an earlier key."""
    model, number = apps.get_model(column.model), keys.newest(sealing.RING)[0]
    total, last, done = model._default_manager.count(), 0, 0
    seen = 0
    while True:
        with transaction.atomic():
            found = model._default_manager.filter(pk__gt=last).order_by("pk").select_for_update()
            rows: list[tuple[int, Any]] = list(found.values_list("pk", column.field)[:ROWS_AT_ONCE])
            if not rows:
                return done
            old = [(pk, bytes(blob)) for pk, blob in rows if blob and sealing.key_of(bytes(blob)) != number]
            done += update_rows(
                model, (column.field,),
                [
                    (sealing.seal_bytes(sealing.unseal_bytes(blob, context=column.context), context=column.context), pk)
                    for pk, blob in old
                ],
            )  # fmt: skip
        last, seen = rows[-1][0], seen + len(rows)
        failpoint("rotation.between_batches")
        progress(seen, max(total, seen), f"{column.model}.{column.field}")


def _reindex(progress: Progress) -> int:
    number, moved = keys.newest(blind_index.RING)[0], 0
    for one in reindexing():
        total = one.remaining(number)
        while some := one.move_some(number, limit=ROWS_AT_ONCE):
            moved += some
            failpoint("rotation.between_batches")
            progress(moved, max(total, moved), one.name)
    return moved


def retire(*, by: Actor, now: datetime) -> dict[str, list[int]]:
    """Remove keys that nothing needs any more; return their numbers by ring. Audited.

    Raises ``KeysInUse``, naming what still needs them, and removes nothing then.
    """
    opened = sum(_under_earlier(column) for column in sealed_columns())
    found = sum(one.remaining(blind_index.index_key()) for one in reindexing())
    if opened or found:
        text = _("%(count)s values are still under an earlier key: rotate first.") % {"count": opened + found}
        raise errors.KeysInUse(text, count=opened + found)
    stranded = sum(one.stranded(blind_index.index_key()) for one in reindexing())
    removed = {sealing.RING: _remove_old(sealing.RING)}
    # Whoever was erased is only found by a fingerprint under the key of that time: it has to stay as long as they do.
    removed[blind_index.RING] = [] if stranded else _remove_old(blind_index.RING)
    with transaction.atomic():
        summary = {ring: len(numbers) for ring, numbers in removed.items()} | {"stranded": stranded}
        audit.record(by, "privacy.keys_retired", summary=summary, now=now)
    return removed


def _under_earlier(column: SealedColumn) -> int:
    number = keys.newest(sealing.RING)[0]
    blobs = apps.get_model(column.model)._default_manager.values_list(column.field, flat=True)
    return sum(1 for blob in blobs.iterator(chunk_size=2_000) if blob and sealing.key_of(bytes(blob)) != number)


def _remove_old(ring: str) -> list[int]:
    newest = keys.newest(ring)[0]
    old = [number for number in keys.ring(ring) if number < newest]
    for number in old:
        keys.remove(ring, number)
    return old
