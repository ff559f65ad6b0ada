"""What a person says about messages through a link in one: no more of these, none at all, or which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.actions import consents, suppressing
from shuke.cdp.customers.actions.consents import Statement
from shuke.cdp.customers.actions.suppressing import Blocked
from shuke.cdp.customers.queries import reaching
from shuke.cdp.events.actions import Provenance
from shuke.crm.messaging.actions.telling import common, tell
from shuke.crm.messaging.errors import BadLink
from shuke.crm.messaging.models import Message, Wish
from shuke.crm.messaging.queries import links, preferring
from shuke.crm.messaging.queries.preferring import Offered
from shuke.crm.messaging.rules import tokens
from shuke.crm.messaging.rules.policy import MARKETING, SURVEY
from shuke.vocabulary.messaging import MessageUnsubscribed

LONGEST_PAUSE = timedelta(days=365)
How = Literal["one_click_post", "mail_link", "preference_page"]


@dataclass(frozen=True, slots=True)
class Left:
    """What somebody ended: on which channel, about what ("" everything), and whether it was new."""

    channel: str
    topic: str
    is_new: bool


def message_of(token: str) -> Message:
    """Return the message that a link for unsubscribing belongs to. Raises ``BadLink``."""
    found = tokens.read(links.secret(), tokens.UNSUBSCRIBE, token)
    message = Message.objects.filter(uuid=found[0]).first() if found else None
    if message is None:
        raise BadLink(_("This link is none of ours, or a part of it was lost on the way."))
    return message


@transaction.atomic
def unsubscribe(token: str, *, how: How, everything: bool = False, now: datetime) -> Left:
    """End such messages to the address that this one went to. Repeating changes nothing. Raises ``BadLink``.

    It is in force when this returns. It works for people who were merged or erased meanwhile: it is the address that
    counts. ``everything``: not only what this message was about.
    """
    message = message_of(token)
    by = Provenance("messaging", "person:link", now)
    topic = "" if everything else message.topic
    purposes = [MARKETING, SURVEY] if message.purpose == SURVEY or everything else [MARKETING]
    is_new = _withdraw(message, purposes, topic, how, by)
    if message.unsubscribed_at is None or is_new:
        Message.objects.filter(pk=message.pk).update(unsubscribed_at=now)
        scope = f"topic:{topic}" if topic else "marketing"
        tell([message], lambda one: MessageUnsubscribed(one.uuid.hex, **common(one), scope=scope, how=how), now=now)
    return Left(message.channel, topic, is_new)


def _withdraw(message: Message, purposes: Iterable[str], topic: str, how: How, by: Provenance) -> bool:
    """Keep the refusal as evidence where the address is still there, else suppress what we know it by."""
    index = bytes(message.address_index) if message.address_index is not None else None
    wanted = {(message.channel, index, MARKETING, topic)} if index is not None else set()
    if index is None or reaching.suppressed(wanted, now=by.now) == wanted:
        return False
    address = preferring.address_of(message)
    if address is None:
        scope = f"topic:{topic}" if topic else "marketing"
        return suppressing.write([Blocked(message.channel, index, scope, "unsubscribe")], by=by) > 0
    said = [
        Statement(
            channel=message.channel, address=address, purpose=purpose, topic=topic, action="withdrawn", method=how,
            occurred_at=by.now, evidence={"message_id": message.uuid.hex}, customer_id=message.customer_id,
        )
        for purpose in purposes
    ]  # fmt: skip
    return any(one.status == "recorded" for one in consents.record(said, by=by))


@transaction.atomic
def choose(
    token: str, wanted: Mapping[tuple[str, str], bool], *, pause: timedelta | None, most_per_week: int | None,
    now: datetime,
) -> int:  # fmt: skip
    """Keep what a person chose on the page of their preferences; return how many permissions changed. Raises ``BadLink``.

    ``wanted`` says by channel and topic whether they want it; what is not in it stays. An agreement on this page counts as
    confirmed for the address that the link was sent to, and as given for others. ``pause``: nothing for so long; zero ends it.
    """
    message = message_of(token)
    if message.customer_id is None:
        return 0
    by = Provenance("messaging", "person:link", now)
    offered = preferring.offered(message, now=now)
    said = [
        statement
        for one in offered
        if (choice := wanted.get((one.channel, one.topic))) is not None and choice != one.is_wanted
        for statement in _statements(message, one, choice, now)
    ]
    changed = sum(one.status == "recorded" for one in consents.record(said, by=by)) if said else 0
    _wish(message.customer_id, pause, most_per_week, now)
    if any(one.action == "withdrawn" for one in said):
        Message.objects.filter(pk=message.pk, unsubscribed_at=None).update(unsubscribed_at=now)
        tell(
            [message],
            lambda one: MessageUnsubscribed(one.uuid.hex, **common(one), scope="chosen", how="preference_page"),
            now=now,
        )
    return changed


def _statements(message: Message, one: Offered, choice: bool, now: datetime) -> list[Statement]:
    """Say yes or no for every address of a channel."""
    is_own = one.channel == message.channel
    agreed = "confirmed" if is_own else "granted"
    return [
        Statement(
            channel=one.channel, address=address, purpose=MARKETING, topic=one.topic,
            action=agreed if choice else "withdrawn", method="preference_page", occurred_at=now,
            evidence={"form": "preferences", "message_id": message.uuid.hex}, customer_id=message.customer_id,
        )
        for address in one.addresses
    ]  # fmt: skip


def _wish(customer_id: int, pause: timedelta | None, most_per_week: int | None, now: datetime) -> None:
    held = Wish.objects.filter(customer_id=customer_id).first()
    until = held.paused_until if held else None
    if pause is not None:
        until = now + min(pause, LONGEST_PAUSE) if pause > timedelta(0) else None
    before = (held.paused_until, held.most_per_week) if held else (None, None)
    if (until, most_per_week) != before:
        Wish.objects.update_or_create(
            customer_id=customer_id, defaults={"paused_until": until, "most_per_week": most_per_week, "changed_at": now}
        )


def view_of(token: str) -> UUID:
    """Return the message of a link for looking at it. Raises ``BadLink``."""
    found = tokens.read(links.secret(), tokens.VIEW, token)
    if found is None:
        raise BadLink(_("This link is none of ours, or a part of it was lost on the way."))
    return found[0]
