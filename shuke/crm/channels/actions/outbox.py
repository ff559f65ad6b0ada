"""Showing messages instead of sending them: the same way, up to the last step."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from shuke.crm.channels.kinds.kind import Load, MayGo, opened
from shuke.crm.channels.models import ChannelAccount, OutboxMessage
from shuke.crm.channels.queries import OUTBOX_SEALED_AS, mark, outbox_before
from shuke.crm.channels.rules.parcels import ACCEPTED, NOT_STARTED, Handed, Parcel
from shuke.platform.crypto.keys import unchanging
from shuke.platform.crypto.sealing import seal
from shuke.platform.crypto.subjects import written

_AT_ONCE = 200


class OutboxCarrier:
    """Takes messages to the outbox page."""

    def __init__(self, account: ChannelAccount, now: datetime) -> None:
        self._account, self._now = account, now

    def carry(self, load: Load, may_go: MayGo) -> Iterator[Handed]:
        """Keep messages for the page, some hundreds in a transaction; one that is there already counts as accepted."""
        parcels = opened(load)
        for start in range(0, len(parcels), _AT_ONCE):
            part = parcels[start : start + _AT_ONCE]
            going = [one for one in part if may_go(one.key)]
            self._keep(going)
            gone = {one.key for one in going}
            for one in part:
                state = ACCEPTED if one.key in gone else NOT_STARTED
                yield Handed(one.key, state, provider_id=f"outbox:{one.key}" if one.key in gone else "")

    def _keep(self, parcels: Sequence[Parcel]) -> None:
        account, now = self._account, self._now
        rows = [
            OutboxMessage(
                account=account, channel=account.channel, key=one.key, purpose=one.purpose, language=one.language[:10],
                sealed=_sealed(one), subjects=written([one.address], secret=unchanging("subjects")), created_at=now,
            )
            for one in parcels
        ]  # fmt: skip
        with transaction.atomic():
            OutboxMessage.objects.bulk_create(rows, ignore_conflicts=True)

    def close(self) -> None:
        """Hold nothing."""


def _sealed(parcel: Parcel) -> bytes:
    content = asdict(parcel.content) | {"params": dict(parcel.content.params)}
    said = {"address": parcel.address, "headers": dict(parcel.headers), "content": content}
    return seal(json.dumps(said, ensure_ascii=False), context=OUTBOX_SEALED_AS)


@transaction.atomic
def forget(addresses: Iterable[str]) -> int:
    """Remove what was shown to these addresses; return how many messages it were."""
    count = 0
    for one in sorted({mark(address) for address in addresses}):  # a person has a handful
        count += OutboxMessage.objects.filter(subjects__contains=f" {one} ").delete()[0]
    return count


def remove_some(before: datetime, *, limit: int) -> int:
    """Remove messages shown before a moment; return how many."""
    with transaction.atomic():
        old = list(outbox_before(before).values_list("pk", flat=True)[:limit])
        return OutboxMessage.objects.filter(pk__in=old).delete()[0]
