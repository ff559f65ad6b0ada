"""Questions about channels: which accounts there are, what they can carry, what was shown, what providers said."""

import json
import secrets as randomness
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import queries as customers
from shuke.crm.channels.errors import UnknownAccount
from shuke.crm.channels.kinds import CHANNELS as CHANNELS
from shuke.crm.channels.kinds import KINDS, TEST, USUAL
from shuke.crm.channels.kinds.kind import Capability as Capability
from shuke.crm.channels.kinds.kind import Setup
from shuke.crm.channels.models import ChannelAccount, ChannelName, OnsiteMessage, OutboxMessage, Receipt
from shuke.kernel.clock import utcnow
from shuke.kernel.ids import uuid7
from shuke.platform.company import queries as company
from shuke.platform.crypto.keys import unchanging
from shuke.platform.crypto.sealing import Unreadable, seal, unseal
from shuke.platform.crypto.subjects import digest

# What the sealed columns are sealed as.
SECRETS_SEALED_AS, OUTBOX_SEALED_AS, RECEIPT_SEALED_AS = b"channels.secrets", b"channels.outbox", b"channels.receipt"
ONSITE_SEALED_AS = b"channels.onsite"
HOOK_PREFIX = "/hooks/channels/"


def accounts(channel: str | None = None) -> list[ChannelAccount]:
    """Return the accounts that messages can go through; the first of each channel is its default.

    A channel that nobody has connected has an account that only shows messages: it is made when it is first asked for.
    """
    wanted = (channel,) if channel else CHANNELS
    found = _open(wanted)
    missing = [one for one in wanted if one in CHANNELS and not any(row.channel == one for row in found)]
    if missing:
        _make_test_accounts(missing)
        found = _open(wanted)
    return found


def _open(channels: Iterable[str]) -> list[ChannelAccount]:
    order = {name: at for at, name in enumerate(CHANNELS)}
    rows = ChannelAccount.objects.filter(channel__in=channels, closed_at=None).order_by("-is_default", "pk")
    return sorted(rows, key=lambda row: order[row.channel])


def _make_test_accounts(channels: Iterable[str]) -> None:
    now, nothing = utcnow(), seal("{}", context=SECRETS_SEALED_AS)
    made = [
        ChannelAccount(
            uuid=uuid7(), channel=one, kind=TEST, name=str(ChannelName(one).label), token=randomness.token_urlsafe(16),
            secrets=nothing, is_test=True, is_default=True, created_at=now, changed_at=now, created_by="system:channels",
        )
        for one in channels
    ]  # fmt: skip
    ChannelAccount.objects.bulk_create(made, ignore_conflicts=True)


def account(uuid: UUID) -> ChannelAccount:
    """Return an account by public id, closed ones too. Raises ``UnknownAccount``."""
    found = ChannelAccount.objects.filter(uuid=uuid).first()
    if found is None:
        raise UnknownAccount(_("There is no such account."))
    return found


def account_by_id(account_id: int) -> ChannelAccount:
    """Return an open account. Raises ``UnknownAccount``."""
    found = ChannelAccount.objects.filter(pk=account_id, closed_at=None).first()
    if found is None:
        raise UnknownAccount(_("There is no such account."))
    return found


def by_token(kind: str, token: str) -> ChannelAccount | None:
    """Return the open account that an address belongs to, or None."""
    return ChannelAccount.objects.filter(kind=kind, token=token, closed_at=None).first()


def accounts_of_kind(kind: str) -> list[ChannelAccount]:
    """Return the open accounts of one kind."""
    return list(ChannelAccount.objects.filter(kind=kind, closed_at=None).order_by("pk"))


def closed_accounts() -> list[ChannelAccount]:
    """Return the accounts that were closed, newest first."""
    return list(ChannelAccount.objects.exclude(closed_at=None).order_by("-closed_at"))


def capability(account_id: int) -> Capability:
    """Return what an account can carry. Raises ``UnknownAccount``."""
    return capability_of(account_by_id(account_id))


def capability_of(found: ChannelAccount) -> Capability:
    """Return what an account can carry."""
    kind = KINDS.get(found.kind)
    return kind.capability if kind else USUAL[found.channel]


def usual_capability(channel: str) -> Capability:
    """Return what a channel can usually carry, whoever the provider is."""
    return USUAL[channel]


def setup_of(found: ChannelAccount) -> Setup:
    """Return an account in clear, as its kind sees it. Raises ``Unreadable``."""
    owner = company.find_company()
    return Setup(
        found.pk, found.settings, json.loads(unseal(bytes(found.secrets), context=SECRETS_SEALED_AS)), hook_url(found),
        owner.name if owner else "",
    )  # fmt: skip


def hook_url(found: ChannelAccount) -> str:
    """Return the address that a provider calls about an account."""
    return f"{settings.SHUKE_PUBLIC.url}{HOOK_PREFIX}{found.kind}/{found.token}"


# -- what was shown instead of sent


_TITLES = ("subject", "title", "text", "body", "provider_code")


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of the outbox, opened."""

    message: OutboxMessage
    address: str
    headers: dict[str, str]
    content: dict[str, Any]

    @property
    def title(self) -> str:
        """Return what stands for it in a list."""
        return next((str(self.content[one]) for one in _TITLES if self.content[one]), "")


def outbox(channel: str = "") -> QuerySet[OutboxMessage]:
    """Return what was shown, for a page to cut."""
    found = OutboxMessage.objects.select_related("account").defer("subjects")
    return found.filter(channel=channel) if channel in CHANNELS else found


def outbox_message(pk: int) -> OutboxMessage | None:
    """Return one message, or None."""
    return OutboxMessage.objects.select_related("account").filter(pk=pk).first()


def shown(message: OutboxMessage) -> Shown | None:
    """Open a message; None where it was emptied or cannot be read."""
    try:
        said = json.loads(unseal(bytes(message.sealed), context=OUTBOX_SEALED_AS)) if message.sealed else None
    except Unreadable:
        said = None
    return Shown(message, said["address"], said["headers"], said["content"]) if said else None


def outbox_before(moment: datetime) -> QuerySet[OutboxMessage]:
    """Return what was shown before a moment."""
    return OutboxMessage.objects.filter(created_at__lt=moment)


def outbox_to(addresses: Iterable[str]) -> list[OutboxMessage]:
    """Return what was shown to one of these addresses, oldest first."""
    found: dict[int, OutboxMessage] = {}
    for one in sorted({mark(address) for address in addresses}):  # a person has a handful
        found |= {row.pk: row for row in OutboxMessage.objects.filter(subjects__contains=f" {one} ")}
    return [found[pk] for pk in sorted(found)]


# -- what providers said


@dataclass(frozen=True, slots=True)
class ReceiptSeen:
    """A receipt, opened. ``position`` grows in the order of commits."""

    position: int
    account_id: int
    channel: str
    what: str
    key: str
    provider_id: str
    code: str
    detail: str
    text: str
    address: str
    is_permanent: bool
    occurred_at: datetime


def receipts_after(position: int, *, limit: int = 500) -> list[ReceiptSeen]:
    """Return what providers said after a position, in order: the next position is that of the last."""
    rows = Receipt.objects.filter(pk__gt=position).select_related("account").order_by("pk")[:limit]
    return [_seen(row) for row in rows]


def _seen(row: Receipt) -> ReceiptSeen:
    said = opened_receipt(row)
    return ReceiptSeen(
        row.pk, row.account_id, row.account.channel, row.what, row.key, row.provider_id, row.code, said.get("detail", ""),
        said.get("text", ""), said.get("address", ""), row.is_permanent, row.occurred_at,
    )  # fmt: skip


def opened_receipt(row: Receipt) -> dict[str, str]:
    """Return what was kept sealed of a receipt; nothing where it was emptied."""
    try:
        said: dict[str, str] = json.loads(unseal(bytes(row.sealed), context=RECEIPT_SEALED_AS)) if row.sealed else {}
    except Unreadable:
        return {}
    return said


def receipts_before(moment: datetime) -> QuerySet[Receipt]:
    """Return receipts before a moment that still say who it was."""
    return Receipt.objects.filter(received_at__lt=moment).exclude(sealed=b"")


def receipts_about(addresses: Iterable[str]) -> list[Receipt]:
    """Return what providers said about one of these addresses, oldest first."""
    found: dict[int, Receipt] = {}
    for one in sorted({mark(address) for address in addresses}):  # a person has a handful
        found |= {row.pk: row for row in Receipt.objects.filter(subjects__contains=f" {one} ")}
    return [found[pk] for pk in sorted(found)]


# -- what waits in the shop


def onsite_of(customer_id: int, *, now: datetime) -> list[OnsiteMessage]:
    """Return what waits for a customer, oldest first."""
    mine = {mark(str(uuid)) for uuid in customers.uuids_of([customer_id]).values()}
    waiting = OnsiteMessage.objects.filter(mark__in=mine, ended_at=None, ends_at__gt=now, account__closed_at=None)
    return list(waiting.select_related("account").order_by("pk")[:20])


def onsite_to(addresses: Iterable[str]) -> list[OnsiteMessage]:
    """Return what waits or waited for people with these public ids, oldest first."""
    return list(OnsiteMessage.objects.filter(mark__in={mark(one) for one in addresses}).order_by("pk"))


def onsite_content(message: OnsiteMessage) -> dict[str, str] | None:
    """Open a message; None where it cannot be read."""
    try:
        said: dict[str, str] = json.loads(unseal(bytes(message.sealed), context=ONSITE_SEALED_AS))
    except Unreadable:
        return None
    return said


def onsite_before(moment: datetime) -> QuerySet[OnsiteMessage]:
    """Return messages whose time was over before a moment."""
    return OnsiteMessage.objects.filter(ends_at__lt=moment)


# -- whom it speaks of


def mark(value: str) -> str:
    """Return the blind digest of an address, by which an erasure finds what was sealed."""
    return digest(value, secret=unchanging("subjects"))
