"""What a person may choose on the page of their preferences, and what holds now."""

from dataclasses import dataclass
from datetime import datetime

from shuke.cdp.customers.queries import reaching
from shuke.cdp.customers.queries.reaching import Place
from shuke.crm.messaging.models import Message, Wish
from shuke.crm.messaging.queries import standing
from shuke.crm.messaging.rules.policy import MARKETING

# Channels on which people agree to marketing by an address of theirs.
CHOSEN = ("email", "sms", "wechat_oa", "wecom", "push")


@dataclass(frozen=True, slots=True)
class Offered:
    """One topic ("" everything else) on one channel, with the addresses in clear; in memory only."""

    channel: str
    topic: str
    is_wanted: bool
    addresses: tuple[str, ...]


def offered(message: Message, *, now: datetime) -> list[Offered]:
    """Return every topic and channel that the person behind a message may choose."""
    if message.customer_id is None:
        return []
    found = []
    topics = ["", *(topic.code for topic in standing.policy().policy.topics)]
    for channel in CHOSEN:
        for topic in topics:
            places = reaching.reaching([message.customer_id], channel=channel, purpose=MARKETING, topic=topic, now=now)
            theirs = [one for one in places.get(message.customer_id, []) if "unusable" not in one.reasons]
            if theirs:
                clear = reaching.open_addresses([one.place for one in theirs])
                wanted = any(not set(one.reasons) - {"restricted"} for one in theirs)
                found.append(Offered(channel, topic, wanted, tuple(clear.values())))
    return found


def wish_of(customer_id: int) -> Wish | None:
    """Return what a person wishes for about all messages."""
    return Wish.objects.filter(customer_id=customer_id).first()


def address_of(message: Message) -> str | None:
    """Return the address that a message went to, in clear, if it is still there."""
    if message.contact_id is None and message.identity_id is None:
        return None
    index = bytes(message.address_index) if message.address_index is not None else b""
    place = Place(message.customer_id or 0, message.channel, message.contact_id, message.identity_id, index, "")
    return reaching.open_addresses([place]).get(place)
