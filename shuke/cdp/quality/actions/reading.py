"""Reading customers: their keys for finding duplicates, and what is wrong with their values."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from shuke.cdp.quality.engine import keys
from shuke.cdp.quality.models import Flag, MatchKey, StaleCustomer
from shuke.cdp.quality.queries import people
from shuke.cdp.quality.queries.people import Read
from shuke.cdp.quality.rules.flaws import Mend, flaws
from shuke.platform.crypto.blind_index import fingerprint
from shuke.platform.crypto.sealing import seal, unseal
from shuke.platform.db.bulk import insert_rows

HINT_CONTEXT = b"quality.hint"


def note_changed(customer_ids: Iterable[int], *, now: datetime) -> int:
    """Note customers to be read again; return how many there were."""
    ids = sorted(set(customer_ids))
    StaleCustomer.objects.bulk_create(
        [StaleCustomer(customer_id=pk, noted_at=now) for pk in ids], ignore_conflicts=True
    )
    return len(ids)


def read_some(customer_ids: Sequence[int], *, now: datetime) -> dict[int, Read]:
    """Read customers again: write their keys and flaws; who is merged or gone leaves none. Returns those that are left.

    What is read is opened before the transaction, which only writes.
    """
    found = people.read(customer_ids)
    secret = _secret()
    wanted = {
        (kind, keys.hashed(kind, text, secret=secret), pk)
        for pk, one in found.items()
        for kind, text in keys.keys_of(one.person)
    }
    flags = [
        (pk, flaw.flaw, seal(pack(flaw.mends), context=HINT_CONTEXT) if flaw.mends else None, now)
        for pk, one in found.items()
        for flaw in flaws(one.values, today=now.date())
    ]
    with transaction.atomic():
        held = {
            row[1:]: row[0]
            for row in MatchKey.objects.filter(customer_id__in=customer_ids).values_list(
                "pk", "kind", "key", "customer_id"
            )
        }
        MatchKey.objects.filter(pk__in=[pk for row, pk in held.items() if row not in wanted]).delete()
        insert_rows(MatchKey, ("kind", "key", "customer_id"), sorted(wanted - held.keys()))
        Flag.objects.filter(customer_id__in=customer_ids).delete()
        insert_rows(Flag, ("customer_id", "flaw", "hint", "found_at"), flags)
        StaleCustomer.objects.filter(customer_id__in=customer_ids, noted_at__lte=now).delete()
    return found


def _secret() -> bytes:
    """What makes the hashes of keys impossible to try out: under a key that never changes."""
    return fingerprint("quality.match_key", "")


def pack(mends: Iterable[Mend]) -> str:
    """Return mends as text, to be sealed."""
    return json.dumps([[mend.field, mend.before, mend.after] for mend in mends], ensure_ascii=False)


def mends_of(flag: Flag) -> list[Mend]:
    """Return what would mend a flaw, opened."""
    if flag.hint is None:
        return []
    return [Mend(*parts) for parts in json.loads(unseal(bytes(flag.hint), context=HINT_CONTEXT))]
