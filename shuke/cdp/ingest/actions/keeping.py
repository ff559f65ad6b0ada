"""What is kept about messages beside the log: receipts, dead letters, counts and what was observed."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b

from django.db.models import F

from shuke.cdp.ingest.actions import tallies
from shuke.cdp.ingest.actions.items import Item, Lost
from shuke.cdp.ingest.engine.preparing import BOT, LOGGED, NO_CONSENT, Rejected
from shuke.cdp.ingest.models import DeadLetter, Fate, Inbox, LetterState, Observation, Receipt
from shuke.cdp.ingest.queries.letters import SEALED_AS as LETTER_SEALED_AS
from shuke.cdp.ingest.rules import limits
from shuke.kernel.ids import uuid7
from shuke.platform.crypto import subjects
from shuke.platform.crypto.keys import key
from shuke.platform.crypto.sealing import seal_bytes
from shuke.platform.db.bulk import insert_rows

OTHER_NAMES = "(other)"
CONFLICT = "conflict"
_FATES = {LOGGED: Fate.LOGGED, BOT: Fate.BOT, NO_CONSENT: Fate.NO_CONSENT}


class Kept:
    """Gathers, for one batch, what is to be written beside the log; ``write`` writes it with a few statements."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._receipts: list[tuple[object, ...]] = []
        self._letters: dict[bytes, list[object]] = {}
        self._counts: Counter[tallies.Key] = Counter()
        self._observed: Counter[tuple[int, str, str, str]] = Counter()
        self._without_consent: dict[int, bool] = {}

    def outcome(self, item: Item | Lost, outcome: str) -> None:
        """Count what became of an event."""
        self._counts[item.source.id, item.received_at.date(), outcome] += 1

    def receipt(self, item: Item) -> None:
        """Remember that a message was seen."""
        found = item.found
        row = (
            item.source.id,
            found.marks.message,
            found.marks.body,
            item.inbox_id,
            item.identity_id,
            _FATES[found.fate].value,
        )
        self._receipts.append(row)
        is_unwanted = found.fate == NO_CONSENT
        self._without_consent[item.inbox_id] = self._without_consent.get(item.inbox_id, True) and is_unwanted

    def observe(self, item: Item) -> None:
        """Note the event's name and where it departs from the plan."""
        found = item.found
        self._observed[item.source.id, found.name, "", ""] += 1
        for finding in found.findings:
            self._observed[item.source.id, found.name, finding.problem, finding.field[:120]] += 1
        if found.marks.is_mended:
            self.outcome(item, tallies.MENDED)

    def notice(self, item: Item, problem: str, detail: str) -> None:
        """Note something else that was wrong with an event that is in the log nevertheless."""
        found = item.found
        self._observed[item.source.id, found.name, problem, detail[:120]] += 1

    def reject(self, item: Lost) -> None:
        """Put an event aside as a dead letter."""
        self._put_aside(item)
        self.outcome(item, f"refused:{item.found.reason}"[:32])

    def conflict(self, item: Item) -> None:
        """Put a message aside whose id was given to another one before."""
        rejected = Rejected(item.found.marks.raw, CONFLICT, "messageId", keys=item.found.keys)
        self._put_aside(Lost(item.source, item.inbox_id, item.received_at, item.route, rejected))
        self.outcome(item, tallies.CONFLICT)

    def _put_aside(self, item: Lost) -> None:
        found = item.found
        secret = key("ingest-digest")
        said = f"{item.source.id}\0{found.reason}\0{found.place}\0{item.route}\0".encode() + found.raw
        fingerprint = blake2b(said, digest_size=16, key=secret).digest()
        if fingerprint in self._letters:
            self._letters[fingerprint][-1] = int(str(self._letters[fingerprint][-1])) + 1
            return
        self._letters[fingerprint] = [
            uuid7(), item.source.id, item.inbox_id, item.route, found.reason[:32], found.place[:120],
            found.detail.replace("\x00", "")[:200], seal_bytes(found.raw, context=LETTER_SEALED_AS), fingerprint,
            subjects.written(found.keys, secret=secret), LetterState.OPEN.value, item.received_at, item.received_at, "", 1,
        ]  # fmt: skip

    def write(self) -> None:
        """Write everything, in the caller's transaction."""
        columns = ("source_id", "message", "body", "inbox_id", "identity_id", "fate")
        insert_rows(Receipt, columns, self._receipts)
        self._write_letters()
        tallies.add(self._counts)
        self._write_observed()
        if unwanted := [inbox_id for inbox_id, is_all in self._without_consent.items() if is_all]:
            Inbox.objects.filter(pk__in=unwanted).update(sealed=b"")

    def _write_letters(self) -> None:
        """Write new letters; one that came before is counted again, and opened again unless it was discarded."""
        if not self._letters:
            return
        known = DeadLetter.objects.filter(fingerprint__in=list(self._letters)).exclude(state=LetterState.REPLAYED)
        again = {bytes(mark) for mark in known.values_list("fingerprint", flat=True)}
        for mark in again:  # as good as never more than a few: the same broken event sent anew
            more = int(str(self._letters[mark][-1]))
            DeadLetter.objects.filter(fingerprint=mark).update(count=F("count") + more, last_at=self._now)
        DeadLetter.objects.filter(fingerprint__in=list(self._letters), state=LetterState.REPLAYED).delete()
        columns = (
            "uuid", "source_id", "inbox_id", "route", "reason", "field", "detail", "sealed", "fingerprint", "subjects",
            "state", "received_at", "last_at", "handled_by", "count",
        )  # fmt: skip
        insert_rows(DeadLetter, columns, [row for mark, row in self._letters.items() if mark not in again])

    def _write_observed(self) -> None:
        if not self._observed:
            return
        named = NAMES.admit({(source_id, name) for source_id, name, _, _ in self._observed})
        counts: Counter[tuple[int, str, str, str]] = Counter()
        for (source_id, name, problem, place), count in self._observed.items():
            counts[source_id, named[source_id, name], problem, place] += count
        rows = [(*keys, count, self._now) for keys, count in sorted(counts.items())]
        tallies.upsert(
            Observation._meta.db_table, ("source_id", "name", "problem", "field"), "count", rows, last="last_at"
        )


class Names:
    """The names of events seen so far, by source. Somebody with a public key could invent any number; we keep some."""

    def __init__(self) -> None:
        self._known: dict[int, set[str]] = {}

    def admit(self, named: set[tuple[int, str]]) -> dict[tuple[int, str], str]:
        """Return under which name each event is remembered: its own, or that of all the rest."""
        missing = {source_id for source_id, _ in named} - self._known.keys()
        if missing:
            rows = Observation.objects.filter(source_id__in=missing, problem="").values_list("source_id", "name")
            self._known |= {source_id: set() for source_id in missing}
            for source_id, name in rows:
                self._known[source_id].add(name)
        found = {}
        for source_id, name in sorted(named):
            names = self._known[source_id]
            if name not in names and len(names) < limits.MAX_NAMES_PER_SOURCE:
                names.add(name)
            found[source_id, name] = name if name in names else OTHER_NAMES
        return found

    def forget(self) -> None:
        """Look again at the next opportunity."""
        self._known.clear()


NAMES = Names()


def only_new(items: Sequence[Item], kept: Kept) -> list[Item]:
    """Return the events whose message was not seen before, of each the first; the others are counted or put aside."""
    seen = _seen([item.found.marks.message for item in items])
    fresh = []
    for item in items:
        mark = (item.source.id, item.found.marks.message)
        if mark not in seen:
            seen[mark] = item.found.marks.body
            fresh.append(item)
        elif seen[mark] == item.found.marks.body:
            kept.outcome(item, tallies.DUPLICATE)
        else:
            kept.conflict(item)
    return fresh


def _seen(messages: list[bytes]) -> dict[tuple[int, bytes], bytes]:
    if not messages:
        return {}
    rows = Receipt.objects.filter(message__in=messages).values_list("source_id", "message", "body")
    return {(source_id, bytes(message)): bytes(body) for source_id, message, body in rows}
