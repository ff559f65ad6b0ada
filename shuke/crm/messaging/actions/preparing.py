"""Making claimed messages ready to be handed over: address, words, links, and the seal of their decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from shuke.cdp.customers.queries import reaching, uuids_of
from shuke.crm.channels.actions.approving import approve
from shuke.crm.channels.actions.sending import Parcel
from shuke.crm.messaging.actions.claiming import Claimed
from shuke.crm.messaging.actions.requesting import suppress
from shuke.crm.messaging.actions.tracking import track
from shuke.crm.messaging.models import Message
from shuke.crm.messaging.queries import links, looking, rendering, standing
from shuke.crm.messaging.queries.gathering import WITHOUT_ADDRESS
from shuke.crm.messaging.queries.rendering import Unwritable, Wanted, Written
from shuke.crm.messaging.rules import legal
from shuke.crm.messaging.rules.gate import Verdict
from shuke.crm.messaging.rules.policy import UNASKED, Policy
from shuke.kernel.messages import Content
from shuke.platform.db.bulk import update_rows


@dataclass(slots=True)
class Prepared:
    """Parcels by the account they go through."""

    parcels: dict[int, list[Parcel]] = field(default_factory=dict)
    refused: int = 0


def prepare(claimed: Sequence[Claimed], *, now: datetime) -> Prepared:
    """Return claimed messages as parcels. What cannot be written is taken out, with the reason; the rest goes on."""
    addresses = _addresses(claimed)
    said = rendering.rendered([_wanted(one) for one in claimed], now=now)
    policy = standing.policy()
    contents: dict[str, Written] = {}
    lost: dict[int, tuple[Verdict, Mapping[str, object]]] = {}
    for one in claimed:
        key = one.message.uuid.hex
        written = said.get(key, Unwritable("unknown_template"))
        if key not in addresses:
            written = Unwritable("no_address")
        if isinstance(written, Unwritable):
            lost[one.message.pk] = (Verdict("deny", (written.code,)), {"missing": written.detail[:200]})
        else:
            contents[key] = written
    if lost:
        with transaction.atomic():
            suppress([one.message for one in claimed if one.message.pk in lost], lost, policy.number, now=now)
    going = [one for one in claimed if one.message.pk not in lost]
    finished = {
        one.message.uuid.hex: _finished(one.message, contents[one.message.uuid.hex], policy.policy) for one in going
    }
    tracked = track(
        {one.message.uuid: finished[one.message.uuid.hex] for one in going if _is_tracked(one.message)}, now=now
    )
    found = Prepared(refused=len(lost))
    for one in going:
        key = one.message.uuid.hex
        content = tracked.get(one.message.uuid, finished[key])
        parcel = _parcel(one, addresses[key], content, contents[key].language)
        found.parcels.setdefault(one.message.account_id or 0, []).append(parcel)
    _keep_domains(going, addresses)
    return found


def _addresses(claimed: Sequence[Claimed]) -> dict[str, str]:
    """Return addresses in clear by message; on the company's own channels people are named by their public id."""
    opened = reaching.open_addresses([one.place for one in claimed if one.place is not None])
    found = {
        one.message.uuid.hex: opened[one.place] for one in claimed if one.place is not None and one.place in opened
    }
    own = [one for one in claimed if one.message.channel in WITHOUT_ADDRESS and one.message.customer_id]
    if own:
        uuids = uuids_of({one.message.customer_id for one in own if one.message.customer_id})
        found |= {
            one.message.uuid.hex: str(uuids[one.message.customer_id or 0])
            for one in own
            if one.message.customer_id in uuids
        }
    return found


def _wanted(one: Claimed) -> Wanted:
    message, context = one.message, looking.context_of(one.message)
    return Wanted(message.uuid.hex, message.template_version or 0, message.customer_id or 0, message.language, context)


def _finished(message: Message, written: Written, policy: Policy) -> Content:
    return legal.completed(
        written.content, channel=message.channel, purpose=message.purpose, language=written.language, policy=policy,
        unsubscribe_url=links.unsubscribe_url(message.uuid), preferences_url=links.preferences_url(message.uuid),
    )  # fmt: skip


def _is_tracked(message: Message) -> bool:
    """Whether links are counted: not in what a contract asks for, which should look like nothing else."""
    return message.purpose in UNASKED or message.purpose == "service"


def _parcel(one: Claimed, address: str, content: Content, language: str) -> Parcel:
    message, place = one.message, one.place
    key = message.uuid.hex
    contact = (place.contact_id or place.identity_id or 0) if place is not None else 0
    seal = approve(decision_id=one.decision_id, contact_point_id=contact, key=key, expires_at=one.expires_at)
    headers = {}
    if message.channel == "email" and message.purpose in UNASKED:
        headers = {
            "List-Unsubscribe": f"<{links.unsubscribe_url(message.uuid)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return Parcel(key, address, message.purpose, language, content, seal, headers)


def _keep_domains(going: Sequence[Claimed], addresses: Mapping[str, str]) -> None:
    """Keep at which provider mailboxes are, for deliverability by domain; it says nothing of the person."""
    rows = [
        (addresses[one.message.uuid.hex].rpartition("@")[2].lower()[:120], one.message.pk)
        for one in going
        if one.message.channel == "email" and not one.message.domain
    ]
    with transaction.atomic():
        update_rows(Message, ("domain",), rows)
