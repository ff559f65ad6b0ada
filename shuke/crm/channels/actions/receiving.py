"""Keeping what providers say afterwards, once, in an order that readers can follow."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from shuke.cdp.customers.actions import consents
from shuke.cdp.customers.models import ConsentChannel
from shuke.cdp.events.actions import Provenance
from shuke.crm.channels.kinds.kind import Heard
from shuke.crm.channels.models import ChannelAccount, ChannelName, Receipt, ReceiptKind
from shuke.crm.channels.queries import RECEIPT_SEALED_AS, mark, receipts_before
from shuke.platform.crypto.keys import unchanging
from shuke.platform.crypto.sealing import seal
from shuke.platform.crypto.subjects import written
from shuke.platform.db.bulk import insert_rows

_COLUMNS = (
    "account_id", "what", "external_id", "key", "provider_id", "code", "is_permanent", "occurred_at", "received_at", "sealed",
    "subjects",
)  # fmt: skip


@transaction.atomic
def keep(account: ChannelAccount, heard: Sequence[Heard], *, now: datetime) -> int:
    """Keep what a provider said and return how much of it was new; the same thing said again changes nothing."""
    if not heard:
        return 0
    _lock_order()
    fresh = {one.external_id[:120]: one for one in heard}
    known = Receipt.objects.filter(account=account, external_id__in=list(fresh)).values_list("external_id", flat=True)
    for external_id in list(known):
        del fresh[external_id]
    secret = unchanging("subjects")
    rows = [
        (
            account.pk, one.what, external_id, one.key[:64], one.provider_id[:160], one.code[:48], one.is_permanent,
            min(one.occurred_at or now, now), now, _sealed(one), written([one.address], secret=secret),
        )
        for external_id, one in fresh.items()
    ]  # fmt: skip
    count = insert_rows(Receipt, _COLUMNS, rows)
    _end_marketing(account, [one for one in fresh.values() if one.what == ReceiptKind.REPLIED], now=now)
    return count


def _end_marketing(account: ChannelAccount, answers: Sequence[Heard], *, now: datetime) -> None:
    """Take stop words for what they are, before anybody reads the answers."""
    if account.channel != ChannelName.SMS:
        return
    by = Provenance(f"channels:{account.kind}", "system:channels", now)
    for one in answers:  # a call of a provider brings a handful
        consents.stop_reply(ConsentChannel.SMS, one.address, one.text, by=by, message_id=one.external_id)


def _lock_order() -> None:
    """Let one writer at a time add, so that positions are in the order of commits: on SQLite there is only one anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('shuke.channels.receipts'))")


def _sealed(one: Heard) -> bytes:
    said = {"address": one.address, "detail": one.detail[:500], "text": one.text[:2000]}
    return seal(json.dumps(said, ensure_ascii=False), context=RECEIPT_SEALED_AS)


@transaction.atomic
def forget(addresses: Iterable[str]) -> int:
    """Empty what was said about these addresses; that it was said stays, for counting."""
    count = 0
    for one in sorted({mark(address) for address in addresses}):  # a person has a handful
        count += Receipt.objects.filter(subjects__contains=f" {one} ").update(sealed=b"", subjects="")
    return count


def empty_some(before: datetime, *, limit: int) -> int:
    """Empty receipts from before a moment; return how many."""
    with transaction.atomic():
        old = list(receipts_before(before).values_list("pk", flat=True)[:limit])
        return Receipt.objects.filter(pk__in=old).update(sealed=b"", subjects="")
