"""What has just arrived: the newest events as they came, and what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from shuke.cdp.events import queries as events
from shuke.cdp.ingest.engine.packing import unpack
from shuke.cdp.ingest.engine.preparing import Circumstances, Prepared, Rejected, items_of, prepare
from shuke.cdp.ingest.models import DeadLetter, Fate, Inbox, Progress, Receipt, Source
from shuke.cdp.ingest.queries import planning
from shuke.cdp.ingest.queries.sources import sender_of
from shuke.cdp.ingest.rules import personal
from shuke.cdp.ingest.rules.calls import event_id
from shuke.cdp.ingest.rules.plan import Finding
from shuke.platform.crypto.keys import key
from shuke.platform.crypto.sealing import Unreadable, unseal_bytes

SEALED_AS = b"ingest.inbox"
WAITING, LOGGED, DUPLICATE, BOT, NO_CONSENT, REFUSED, CONFLICT = (
    "waiting", "logged", "duplicate", "bot", "no_consent", "refused", "conflict",
)  # fmt: skip


_FATES = {Fate.LOGGED: LOGGED, Fate.BOT: BOT, Fate.NO_CONSENT: NO_CONSENT, Fate.REFUSED: REFUSED}
OUTCOMES = (WAITING, LOGGED, DUPLICATE, BOT, NO_CONSENT, REFUSED, CONFLICT)
# How many requests are looked through for a filter, and how many events are read at most.
DEPTH, MOST_READ = 400, 1_000


@dataclass(slots=True)
class Arrival:
    """One event that arrived: as it came, as it was read, and what became of it."""

    inbox_id: int
    number: int
    received_at: datetime
    source_id: int
    source_name: str
    name: str = ""
    kind: str = ""
    who: str = ""
    outcome: str = WAITING
    findings: list[Finding] = field(default_factory=list)
    reason: str = ""
    place: str = ""
    raw: bytes = b""
    ip: str = ""
    agent: str = ""
    is_history: bool = False
    occurred_at: datetime | None = None
    log_id: UUID | None = None
    identity_id: int | None = None
    letter: UUID | None = None

    @property
    def ref(self) -> str:
        """Return what names it in an address."""
        return f"{self.inbox_id}-{self.number}"


class _Reader:
    """Reads requests of the inbox again, as the pipeline reads them; sources and plan are looked up once."""

    def __init__(self) -> None:
        self._sources = {row.pk: row for row in Source.objects.select_related("shop")}
        self._plan = planning.plan()
        self._secret = key("ingest-digest")

    def read(self, row: Inbox) -> list[tuple[Arrival, Prepared | Rejected]]:
        """Return the events of one request, in order; none if its body cannot be opened."""
        source = self._sources.get(row.source_id)
        try:
            request = unpack(unseal_bytes(bytes(row.sealed), context=SEALED_AS))
        except Unreadable:
            return []
        if source is None:
            return []
        around = Circumstances(row.pk, row.received_at, sender_of(source), self._plan, self._secret)
        items, _shared, _sent = items_of(request)
        found = []
        for number, (raw, one) in enumerate(zip(items, prepare(request, around), strict=True)):
            shown = Arrival(row.pk, number, row.received_at, source.pk, source.name, raw=raw)
            shown.ip, shown.agent = request.ip, request.agent
            _describe(shown, one)
            found.append((shown, one))
        return found


def _describe(shown: Arrival, one: Prepared | Rejected) -> None:
    if isinstance(one, Rejected):
        shown.outcome, shown.reason, shown.place, shown.name = REFUSED, one.reason, one.place, one.name
        return
    call = one.call
    shown.name, shown.kind, shown.findings = one.name, call.kind, one.findings
    shown.occurred_at, shown.is_history = one.occurred_at, one.is_history
    known = call.user_id or call.anonymous_id
    shown.who = str(personal.cleaned(known)) if known else (personal.EMAIL if one.person.email else "")


def newest(*, source_id: int | None = None, name: str = "", outcome: str = "", limit: int = 50) -> list[Arrival]:
    """Return the newest events, read again from the inbox; with a filter, those among the last hundreds of requests."""
    rows = Inbox.objects.exclude(sealed=b"")
    if source_id is not None:
        rows = rows.filter(source_id=source_id)
    reader = _Reader()
    found: list[tuple[Arrival, Prepared | Rejected]] = []
    for row in rows.order_by("-pk")[: DEPTH if name or outcome else limit]:
        found.extend(reversed(reader.read(row)))
        if len(found) >= MOST_READ:
            break
    _judge(found)
    wanted = [one for one, _ in found if not name or name.casefold() in one.name.casefold()]
    return [one for one in wanted if not outcome or one.outcome == outcome][:limit]


def arrival(inbox_id: int, number: int) -> Arrival | None:
    """Return one event of one request, or None if its body is no longer kept."""
    row = Inbox.objects.filter(pk=inbox_id).exclude(sealed=b"").first()
    found = _Reader().read(row) if row else []
    if number >= len(found):
        return None
    _judge(found)
    return found[number][0]


def logged_as(found: Arrival) -> dict[str, Any] | None:
    """Return the row of the log that an arrival became, readable."""
    row = events.by_uuid(found.log_id) if found.log_id else None
    if row is None:
        return None
    return {
        "id": str(row.uuid), "name": row.name, "occurred_at": row.occurred_at.isoformat(),
        "received_at": row.received_at.isoformat(), "source": row.source, "identity": row.identity_id,
        "customer": row.customer_id, "historical": row.historical, "properties": row.properties,
    }  # fmt: skip


def _judge(found: Sequence[tuple[Arrival, Prepared | Rejected]]) -> None:
    """Write into each arrival what became of it, with three queries for all of them."""
    messages = {one.marks.message for _, one in found if isinstance(one, Prepared)}
    rows = Receipt.objects.filter(message__in=messages)
    receipts = {(row.source_id, bytes(row.message)): row for row in rows}
    dealt_with = Progress.objects.filter(pk=1).values_list("inbox_id", flat=True).first() or 0
    letters = _letters(found)
    taken: set[tuple[int, bytes]] = set()
    for shown, one in sorted(found, key=lambda pair: (pair[0].inbox_id, pair[0].number)):
        if isinstance(one, Rejected):
            shown.letter = letters.get((shown.inbox_id, one.reason))
            continue
        mark = (shown.source_id, one.marks.message)
        _compare(shown, one, receipts.get(mark), is_first=mark not in taken, is_done=shown.inbox_id <= dealt_with)
        taken.add(mark)
        if shown.outcome in (CONFLICT, REFUSED):
            shown.letter = letters.get((shown.inbox_id, shown.outcome)) or letters.get((shown.inbox_id, "unforeseen"))


def _compare(shown: Arrival, one: Prepared, receipt: Receipt | None, *, is_first: bool, is_done: bool) -> None:
    if receipt is None:
        shown.outcome = REFUSED if is_done else WAITING
    elif receipt.inbox_id == shown.inbox_id and is_first:
        shown.outcome = _FATES[Fate(receipt.fate)]
        shown.identity_id = receipt.identity_id
        if receipt.fate == Fate.LOGGED:
            received_ms = int(shown.received_at.timestamp() * 1000)
            shown.log_id = event_id(one.marks.message, shown.source_id, received_ms=received_ms)
    else:
        shown.outcome = DUPLICATE if bytes(receipt.body) == one.marks.body else CONFLICT


def _letters(found: Sequence[tuple[Arrival, Prepared | Rejected]]) -> dict[tuple[int, str], UUID]:
    inboxes = {shown.inbox_id for shown, _ in found}
    rows = DeadLetter.objects.filter(inbox_id__in=inboxes).values_list("inbox_id", "reason", "uuid")
    return {(inbox_id, reason): uuid for inbox_id, reason, uuid in rows}
