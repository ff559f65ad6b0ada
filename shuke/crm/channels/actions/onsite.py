"""Messages that wait in the shop: kept until the visitor comes, shown once, and what they did with it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from shuke.crm.channels import queries
from shuke.crm.channels.actions import receiving
from shuke.crm.channels.kinds.kind import Heard, Load, MayGo, opened
from shuke.crm.channels.kinds.onsite import KEPT_FOR
from shuke.crm.channels.models import ChannelAccount, OnsiteMessage, ReceiptKind
from shuke.crm.channels.queries import ONSITE_SEALED_AS, mark
from shuke.crm.channels.rules.parcels import ACCEPTED, FAILED, NOT_STARTED, Handed, Parcel
from shuke.platform.crypto.sealing import seal

_AT_ONCE = 200
_AT_A_VISIT = 3
SHOWN, CLICKED, CLOSED = "opened", "clicked", "closed"
WHAT = frozenset({SHOWN, CLICKED, CLOSED})


class OnsiteCarrier:
    """Lays messages out for the tracker to fetch."""

    def __init__(self, account: ChannelAccount, now: datetime) -> None:
        self._account, self._now = account, now

    def carry(self, load: Load, may_go: MayGo) -> Iterator[Handed]:
        """Keep messages, some hundreds in a transaction; one that is there already counts as accepted."""
        parcels = opened(load)
        for start in range(0, len(parcels), _AT_ONCE):
            part = parcels[start : start + _AT_ONCE]
            fit = [one for one in part if one.address and (one.content.title or one.content.body or one.content.text)]
            going = {one.key: one for one in fit if may_go(one.key)}
            self._keep(list(going.values()))
            fitting = {one.key for one in fit}
            for one in part:
                if one.key in going:
                    yield Handed(one.key, ACCEPTED, provider_id=f"onsite:{one.key}")
                elif one.key in fitting:
                    yield Handed(one.key, NOT_STARTED)
                else:
                    yield Handed(
                        one.key, FAILED, code="empty" if one.address else "bad_address", is_address=not one.address
                    )

    def _keep(self, parcels: Sequence[Parcel]) -> None:
        rows = [
            OnsiteMessage(
                account=self._account, key=one.key, mark=mark(one.address), sealed=_sealed(one), created_at=self._now,
                ends_at=self._now + KEPT_FOR,
            )
            for one in parcels
        ]  # fmt: skip
        with transaction.atomic():
            OnsiteMessage.objects.bulk_create(rows, ignore_conflicts=True)

    def close(self) -> None:
        """Hold nothing."""


def _sealed(parcel: Parcel) -> bytes:
    said = parcel.content
    content = {"title": said.title, "body": said.body or said.text, "url": said.url, "image": said.image}
    return seal(json.dumps(content, ensure_ascii=False), context=ONSITE_SEALED_AS)


def waiting_for(customer_id: int, *, now: datetime) -> list[dict[str, Any]]:
    """Return what waits for somebody who is in the shop now, the oldest first; a few at a time."""
    found = queries.onsite_of(customer_id, now=now)[:_AT_A_VISIT]
    return [{"key": one.key} | content for one in found if (content := queries.onsite_content(one))]


def heard(customer_id: int, key: str, what: str, *, now: datetime) -> bool:
    """Keep what a visitor did with a message of theirs; False for one that is not. Clicked or closed, it waits no more."""
    one = next((row for row in queries.onsite_of(customer_id, now=now) if row.key == key), None)
    if one is None or what not in WHAT:
        return False
    with transaction.atomic():
        if what == SHOWN:
            OnsiteMessage.objects.filter(pk=one.pk, shown_at=None).update(shown_at=now)
        else:
            OnsiteMessage.objects.filter(pk=one.pk).update(ended_at=now)
        if what != CLOSED:
            kind = ReceiptKind.OPENED if what == SHOWN else ReceiptKind.CLICKED
            receiving.keep(one.account, [Heard(kind, f"onsite:{key}:{what}", key=key, occurred_at=now)], now=now)
    return True


@transaction.atomic
def forget(addresses: Iterable[str]) -> int:
    """Remove what waits for these people; return how many messages it were."""
    return OnsiteMessage.objects.filter(mark__in={mark(one) for one in addresses}).delete()[0]


def remove_some(before: datetime, *, limit: int) -> int:
    """Remove messages whose time was over before a moment; return how many."""
    with transaction.atomic():
        old = list(queries.onsite_before(before).values_list("pk", flat=True)[:limit])
        return OnsiteMessage.objects.filter(pk__in=old).delete()[0]
