"""What providers say afterwards: delivered, bounced, complained, answered, each once and in any order."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from pydantic import BaseModel

from shuke.cdp.customers.actions import consents, suppressing
from shuke.cdp.customers.actions.suppressing import Blocked
from shuke.crm.channels.queries import ReceiptSeen, receipts_after
from shuke.crm.messaging.actions.recording import settle
from shuke.crm.messaging.actions.telling import common, provenance, tell
from shuke.crm.messaging.models import Message
from shuke.platform.company import actions as company_actions
from shuke.platform.company import queries as company
from shuke.vocabulary import messaging as vocabulary

_SETTING = "messaging.receipts"
AT_ONCE = 200
# So many soft bounces in a row, and the address is left alone for a while.
_SOFT_BOUNCES, _LEFT_ALONE = 5, timedelta(days=30)
_MARKS = {
    "delivered": "delivered_at", "bounced": "bounced_at", "complained": "complained_at", "replied": "replied_at",
    "unsubscribed": "unsubscribed_at", "opened": "opened_at", "clicked": "clicked_at",
}  # fmt: skip


class Read(BaseModel):
    """How far receipts were read."""

    position: int = 0


def read_some(*, now: datetime) -> int:
    """Apply the receipts that nobody read yet, a batch in one transaction with the position; return how many there were."""
    position = company.settings_of(_SETTING, Read).position
    seen = receipts_after(position, limit=AT_ONCE)
    if not seen:
        return 0
    with transaction.atomic():
        _apply(seen, now)
        company_actions.save_settings(_SETTING, Read(position=seen[-1].position), now=now)
    return len(seen)


def _apply(seen: Sequence[ReceiptSeen], now: datetime) -> None:
    by_key, by_provider = _messages(seen)
    blocked: list[Blocked] = []
    for one in seen:
        message = by_key.get(one.key) or by_provider.get((one.account_id, one.provider_id))
        if one.what == "replied":
            _hear(one, now)
        if message is None:
            continue
        field = _MARKS.get(one.what)
        if field is None or getattr(message, field) is not None:
            continue
        setattr(message, field, one.occurred_at)
        message.save(update_fields=[field])
        if one.what != "bounced":
            settle([message], now=now)
        blocked += _consequences(one, message, now)
        _tell(one, message, now)
    suppressing.write(blocked, by=provenance(now))


def _messages(seen: Sequence[ReceiptSeen]) -> tuple[dict[str, Message], dict[tuple[int, str], Message]]:
    """Return the messages that receipts speak of, by our key and by the provider's id, locked, in two queries."""
    rows = Message.objects.select_for_update()
    keys = {one.key for one in seen if len(one.key) == 32 and one.key.isalnum()}
    by_key = {one.uuid.hex: one for one in rows.filter(uuid__in=[key for key in keys if _is_hex(key)])}
    ids = {one.provider_id for one in seen if one.provider_id and one.key not in by_key}
    found = rows.filter(provider_id__in=ids) if ids else ()
    same = {one.pk: one for one in by_key.values()}
    return by_key, {(one.account_id or 0, one.provider_id): same.get(one.pk, one) for one in found}


def _is_hex(key: str) -> bool:
    return all(sign in "0123456789abcdef" for sign in key)


def _consequences(one: ReceiptSeen, message: Message, now: datetime) -> list[Blocked]:
    """Return what must not be written to any more after this."""
    if message.address_index is None:
        return []
    index = bytes(message.address_index)
    if one.what == "complained":
        return [Blocked(message.channel, index, "marketing", "complaint")]
    if one.what == "bounced" and one.is_permanent:
        return [Blocked(message.channel, index, "all", "hard_bounce")]
    if one.what == "bounced" and _keeps_bouncing(message):
        return [Blocked(message.channel, index, "all", "hard_bounce", now + _LEFT_ALONE)]
    if one.what == "unsubscribed":
        return [Blocked(message.channel, index, "marketing", "unsubscribe")]
    return []


def _keeps_bouncing(message: Message) -> bool:
    """Whether the last messages to this address all came back."""
    if message.customer_id is None:
        return False
    last = Message.objects.filter(
        customer_id=message.customer_id, contact_id=message.contact_id, channel=message.channel, sent_at__isnull=False
    ).order_by("-sent_at").values_list("bounced_at", flat=True)[:_SOFT_BOUNCES]  # fmt: skip
    came_back = [bounced_at is not None for bounced_at in last]
    return len(came_back) == _SOFT_BOUNCES and all(came_back)


def _hear(one: ReceiptSeen, now: datetime) -> None:
    """A stop word ends marketing to the number it came from, whichever message it answers."""
    if one.address:
        consents.stop_reply(
            one.channel, one.address, one.text, by=provenance(now), message_id=one.key or one.provider_id
        )


def _tell(one: ReceiptSeen, message: Message, now: datetime) -> None:
    said = {
        "delivered": lambda of: vocabulary.MessageDelivered(of.uuid.hex, **common(of)),
        "bounced": lambda of: vocabulary.MessageBounced(
            of.uuid.hex, **common(of), code=one.code, is_hard=one.is_permanent
        ),
        "complained": lambda of: vocabulary.MessageComplained(of.uuid.hex, **common(of)),
        "replied": lambda of: vocabulary.MessageReplied(of.uuid.hex, **common(of)),
        "unsubscribed": lambda of: vocabulary.MessageUnsubscribed(
            of.uuid.hex, **common(of), scope="marketing", how="provider"
        ),
        "opened": lambda of: vocabulary.MessageOpened(of.uuid.hex, **common(of), by_proxy=False),
        "clicked": lambda of: vocabulary.MessageClicked(of.uuid.hex, **common(of), link=0, first=True),
    }[one.what]
    tell([message], said, now=now, at=min(one.occurred_at, now))
