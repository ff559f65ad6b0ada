"""Approved parcels for tests, of here and of domains above."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from shuke.crm.channels import queries
from shuke.crm.channels.actions.approving import approve
from shuke.crm.channels.actions.connecting import connect
from shuke.crm.channels.actions.sending import Parcel, hand_over
from shuke.crm.channels.models import ChannelAccount
from shuke.crm.channels.rules.parcels import Handed
from shuke.kernel.ids import uuid7
from shuke.kernel.messages import Content
from shuke.platform.staff.actor import Actor

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
_numbers = count(1)


def parcel(
    address: str = "ada@shop.example",
    *,
    content: Content | None = None,
    key: str = "",
    purpose: str = "service",
    language: str = "en",
    headers: Mapping[str, str] | None = None,
    now: datetime = NOW,
) -> Parcel:
    """Return a message to an address, approved for a minute."""
    key, number = key or uuid7().hex, next(_numbers)
    said = content or Content(
        subject="Your order", text="It is on its way.", html="<p>It is on its way.</p>", title="Your order",
        body="It is on its way.",
    )  # fmt: skip
    decision = approve(
        decision_id=number, contact_point_id=number, key=key, expires_at=now + timedelta(seconds=60)
    )  # fmt: skip
    return Parcel(key, address, purpose, language, said, decision, headers or {})


def default(channel: str) -> ChannelAccount:
    """Return the account that a channel uses where nobody chose."""
    return queries.accounts(channel)[0]


def mail_account(port: int, *, by: Actor, now: datetime = NOW, is_test: bool = False, **said: str) -> ChannelAccount:
    """Return an account that takes letters to a mail server on this machine."""
    settings = {
        "host": "127.0.0.1",
        "port": str(port),
        "security": "none",
        "sender": "hello@news.willow.example",
    } | said
    return connect("smtp", "Mail", secrets={}, settings=settings, is_test=is_test, by=by, now=now)


def handed(account: ChannelAccount, *parcels: Parcel, now: datetime = NOW) -> list[Handed]:
    """Hand messages over, letting all of them go."""
    return hand_over(account.pk, parcels, now=now, report=lambda _key: None)


def outbox() -> list[Any]:
    """Return what was shown instead of sent, oldest first, opened."""
    return [queries.shown(one) for one in queries.outbox().order_by("pk")]
