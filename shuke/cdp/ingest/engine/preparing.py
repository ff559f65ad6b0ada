"""From one request to events that may be written: everything that needs no database.

The expensive part of taking events in, done before a transaction is opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from shuke.cdp.ingest.engine.packing import Request
from shuke.cdp.ingest.rules import agents, calls, limits, moments, personal, plan, reading
from shuke.cdp.ingest.rules.calls import Call, Person
from shuke.cdp.ingest.rules.plan import Finding, Planned
from shuke.vocabulary.behaviour import IDENTIFIED, ORDER_COMPLETED

LOGGED, BOT, NO_CONSENT = "logged", "bot", "no_consent"


@dataclass(frozen=True, slots=True)
class Sender:
    """What of a source decides about its events."""

    source_id: int
    is_browser: bool
    filters_bots: bool
    needs_consent: bool
    shop: str
    is_order_truth: bool = False


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is the same for all events of a request; ``secret`` keys the digests."""

    inbox_id: int
    received_at: datetime
    sender: Sender
    planned: Mapping[str, Planned]
    secret: bytes


@dataclass(frozen=True, slots=True)
class Marks:
    """By which an event is known: digests of its message and of what it says, and the event as it came."""

    message: bytes
    body: bytes
    raw: bytes
    is_mended: bool


@dataclass(slots=True)
class Prepared:
    """An event that can be written; nothing in ``properties`` says who somebody is."""

    marks: Marks
    name: str
    call: Call
    person: Person
    properties: dict[str, Any]
    attributes: dict[str, Any]
    occurred_at: datetime
    is_history: bool
    fate: str
    findings: list[Finding]
    route: str = ""
    # As it came, personal data included; only for a source whose orders are taken from it.
    order: dict[str, Any] | None = None
    # The same of an event in which somebody says something in their own words.
    words: dict[str, Any] | None = None

    @property
    def keys(self) -> list[str]:
        """Return what could name the person, for an erasure to find the event by."""
        said = (self.call.user_id, self.call.anonymous_id, self.call.previous_id, self.person.email, self.person.phone)
        return [value for value in said if value]


@dataclass(slots=True)
class Rejected:
    """An event that cannot be written, and why; as much of its keys as could be read."""

    raw: bytes
    reason: str
    place: str = ""
    detail: str = ""
    keys: list[str] = field(default_factory=list)
    # The kind of call that the address of its request stood for.
    route: str = ""

    @property
    def name(self) -> str:
        """Return what the event calls itself, as far as that can be read."""
        try:
            name = reading.event(self.raw)[0].get("event")
        except reading.Refused:
            return ""
        return str(personal.cleaned(name))[: limits.MAX_NAME_CHARS] if isinstance(name, str) else ""


def items_of(request: Request) -> tuple[list[bytes], dict[str, Any], Any]:
    """Return the events of a request as they came, the context they share, and when it says it was sent."""
    found = reading.parcel(request.body) or reading.rescued(request.body)
    if found is None or isinstance(found.batch, msgspec.UnsetType):
        return [request.body], {}, None
    shared = found.context if isinstance(found.context, dict) else {}
    return [bytes(item) for item in found.batch], shared, found.sent_at


def prepare(request: Request, around: Circumstances) -> list[Prepared | Rejected]:
    """Read every event of a request; one that cannot be read never loses its neighbours."""
    items, shared, sent = items_of(request)
    found: list[Prepared | Rejected] = []
    for number, raw in enumerate(items):
        said: dict[str, Any] = {}
        try:
            said, is_mended = reading.event(raw)
            call = calls.read(said, route=request.route, shared=shared, sent=sent)
            message = calls.message_digest(call, raw, secret=around.secret, place=f"{around.inbox_id}:{number}")
            body = calls.body_digest(said, secret=around.secret)
            found.append(_prepared(call, Marks(message, body, raw, is_mended), request, around))
        except reading.Refused as no:
            found.append(Rejected(raw, no.reason, no.field, no.detail, keys_in(said), request.route))
        except Exception as error:  # noqa: BLE001  whatever it is, the event is kept and the others go on
            found.append(Rejected(raw, "unforeseen", "", type(error).__name__, keys_in(said), request.route))
    return found


def _prepared(call: Call, marks: Marks, request: Request, around: Circumstances) -> Prepared:
    sender = around.sender
    person = calls.person_of(call)
    names = {name for name in (person.name, *person.name.split()) if len(name) > 1}
    happened, doubt = moments.occurred(call.original, call.sent, received_at=around.received_at)
    findings = plan.findings(call.name, call.properties, around.planned)
    if doubt:
        findings.append(Finding(doubt, "timestamp"))
    agent = _agent_of(call, request, sender)
    return Prepared(
        marks=marks,
        name=call.name,
        call=call,
        person=person,
        properties=_kept(call, names, agent, sender),
        attributes=calls.attributes_of(call) if call.traits else {},
        occurred_at=happened,
        is_history=request.history or moments.is_history(happened, received_at=around.received_at),
        fate=_fate(call, agent, sender),
        findings=findings,
        route=request.route,
        order=call.properties if sender.is_order_truth and call.name == ORDER_COMPLETED else None,
        words=call.properties if call.name in personal.OWN_WORDS else None,
    )


def _agent_of(call: Call, request: Request, sender: Sender) -> str:
    """The visitor's user agent; a server's own says nothing about the visitor."""
    said = call.context.get("userAgent")
    if isinstance(said, str):
        return said
    return request.agent if sender.is_browser else ""


def _kept(call: Call, names: set[str], agent: str, sender: Sender) -> dict[str, Any]:
    """What goes into the log: the properties and the useful part of the context, without personal data."""
    said = personal.without_words(call.name, call.properties)
    properties: dict[str, Any] = personal.cleaned(said, names=names)
    context: dict[str, Any] = personal.cleaned(calls.kept_context(call), names=names)
    if agent:
        context["device"] = {**agents.device(agent), **(d if isinstance(d := context.get("device"), dict) else {})}
    if call.name == IDENTIFIED:
        properties = {"traits": sorted(str(personal.cleaned(key)) for key in call.traits)}
    if call.kind == "group":
        properties = {"group_id": personal.cleaned(call.group_id)}
    context["shop"] = sender.shop
    return {**properties, "context": context}


def _fate(call: Call, agent: str, sender: Sender) -> str:
    if sender.filters_bots and agent and agents.is_bot(agent):
        return BOT
    return NO_CONSENT if sender.needs_consent and not _has_consent(call.context) else LOGGED


def _has_consent(context: dict[str, Any]) -> bool:
    """Whether the client says that its visitor agreed to anything, in the form of Segment's consent preferences."""
    consent = context.get("consent")
    given = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    return isinstance(given, dict) and any(value is True for value in given.values())


def keys_in(said: dict[str, Any]) -> list[str]:
    """Return the values that could name a person in an event of unknown shape, for an erasure to find it by."""
    context = said.get("context")
    around = context.get("traits") if isinstance(context, dict) else None
    found = [said.get(name) for name in ("userId", "anonymousId", "previousId")]
    for place in (said.get("traits"), said.get("properties"), around):
        if isinstance(place, dict):
            found += [place.get(name) for name in ("email", "phone", "userId", "user_id")]
    return [str(value) for value in found if isinstance(value, str | int) and value not in ("", True, False)]
