"""Recording what sources say about sales: set-based, idempotent, each record replaced by what is newer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders.actions import checkouts, history, linking, parts, writing
from shuke.cdp.orders.actions import images as before_images
from shuke.cdp.orders.actions.publishing import publish
from shuke.cdp.orders.actions.records import Record, fact_of
from shuke.cdp.orders.actions.resolving import Resolution, fingerprint_of
from shuke.cdp.orders.actions.writing import MODELS, Written
from shuke.cdp.orders.models import Order
from shuke.cdp.orders.rules import facts
from shuke.cdp.orders.rules.facts import Fact
from shuke.platform.company.models import Shop
from shuke.platform.imports.models import Import


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record: ``action`` is created, replaced, unchanged or outdated (something newer is stored)."""

    kind: str
    number: str
    record_id: int
    action: str


def record(shop: Shop, records: Sequence[Record], *, by: Provenance, images: Import | None = None) -> list[Outcome]:
    """Write sales, refunds and bookkeeping entries; return what became of each, in order.

    Runs in the caller's transaction with a constant number of queries. A record is known by (shop, kind, number); the
    same content again changes nothing, other content replaces it, unless its ``version`` is older than what is stored.
    With a version it replaces the whole sale; without, it leaves what only some sources know where it is silent: see
    ``OrderRecord``. So messages that come twice, late or in any order end in one state. Of two records with one number in a call
    the newer wins, without versions the last. Publishes ``order.placed/changed``, ``order.refunded``,
    ``refund.changed``, ``sales.adjusted``, and for what is not history ``order.paid``, ``shipped``, ``delivered``,
    ``completed`` and ``cancelled``, each once in the life of a sale. With ``images`` the state before is kept for that
    import's undo. Raises ``InvalidRecord`` before anything is written.
    """
    candidates = [Candidate.of(fact_of(each)) for each in records]
    return record_candidates(shop, candidates, by=by, images=images)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fact that may be news: its canonical text is only read in full if it is."""

    kind: str
    number: str
    digest: bytes
    text: str
    fact: Fact | None = None
    # Fingerprint of what else went into the fact than its text says.
    beside: bytes = b""

    @classmethod
    def of(cls, fact: Fact) -> "Candidate":
        """Return the candidate of a fact at hand."""
        text = fact.text()
        return cls(fact.kind, fact.number, facts.digest(text), text, fact)

    @property
    def version(self) -> str:
        """Return when the source changed it, "" if it does not say."""
        return self.fact.version if self.fact else ""

    def read(self) -> Fact:
        """Return the fact."""
        return self.fact or facts.read(self.text)


def record_candidates(
    shop: Shop,
    given: Sequence[Candidate],
    *,
    by: Provenance,
    images: Import | None = None,
    resolution: Resolution | None = None,
) -> list[Outcome]:
    """Do what ``record`` does for facts that were prepared elsewhere, such as by an import's staging."""
    if not connection.in_atomic_block:
        raise RuntimeError("record() belongs inside a transaction")
    _take_turns(shop)
    resolution = resolution or Resolution(shop, by)
    latest = _latest(given)
    outcomes: dict[tuple[str, str], Outcome] = {}
    written: list[Written] = []
    for kind in facts.KINDS:
        wanted = {number: each for (its_kind, number), each in latest.items() if its_kind == kind}
        known = writing.fingerprints(kind, shop, list(wanted))
        prints = {number: _print_of(each) for number, each in wanted.items()}
        news = {
            number: each.read() for number, each in wanted.items() if known.get(number, (0, b""))[1] != prints[number]
        }
        for number in wanted.keys() - news.keys():
            outcomes[kind, number] = Outcome(kind, number, known[number][0], "unchanged")
        writing.see_versions(kind, shop, {number: wanted[number].version for number in wanted.keys() - news.keys()})
        replaced = writing.stored_rows(kind, shop, [number for number in news if number in known])
        for number, row in replaced.items():
            if writing.is_outdated(news[number], prints[number], row):
                del news[number]
                outcomes[kind, number] = Outcome(kind, number, row.pk, "outdated")
        written += _write(kind, news, replaced, prints, shop=shop, by=by, images=images, resolution=resolution)
    linked = linking.settle(shop, written, by=by)
    checkouts.complete(shop, _checkouts(written), by=by)
    publish(shop, written, linked, by=by)
    for item in written:
        action = "created" if item.is_new else "replaced"
        outcomes[item.kind, item.number] = Outcome(item.kind, item.number, item.record_id, action)
    return [outcomes[each.kind, each.number] for each in given]


def _write(
    kind: str,
    news: dict[str, Fact],
    stored: dict[str, writing.Row],
    prints: dict[str, bytes],
    *,
    shop: Shop,
    by: Provenance,
    images: Import | None,
    resolution: Resolution,
) -> list[Written]:
    """Write the facts of one kind that are new or changed."""
    if not news:
        return []
    resolution.prepare(list(news.values()))
    replaced = [stored[number] for number in news if number in stored]
    hanging = parts.load([row.pk for row in replaced]) if kind == facts.ORDER else {}
    before = before_images.take(kind, replaced, hanging) if images and replaced else {}
    orders = linking.named_orders(shop, news.values()) if kind == facts.REFUND else {}
    rows = {
        number: writing.row_of(fact, prints[number], shop=shop, resolution=resolution, orders=orders, by=by)
        for number, fact in news.items()
    }
    written = writing.write(kind, news, rows, stored, shop=shop, resolution=resolution)
    if kind == facts.ORDER:
        touched = _touched_parts(written, hanging)
        parts.replace(touched, [(item.record_id, more) for item in written if (more := item.fact.details.get("more"))])
        history.keep(written, {row.pk: row for row in replaced if isinstance(row, Order)}, touched, by)
    if images:
        before_images.keep(images, kind, written, before)
    return written


def _touched_parts(written: Sequence[Written], hanging: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Return the parts that give way: all of a sale told as a whole, or else those that are told anew."""
    found = {}
    for item in written:
        held = hanging.get(item.record_id)
        if held and not item.fact.version:
            said = item.fact.details.get("more", {})
            held = {name: rows for name, rows in held.items() if name in said}
        if held:
            found[item.record_id] = held
    return found


def _checkouts(written: Sequence[Written]) -> dict[str, tuple[int, datetime]]:
    """Return the carts that sales name, by token, with the sale and its time."""
    return {
        token: (item.record_id, item.row["placed_at"])
        for item in written
        if item.kind == facts.ORDER and (token := item.fact.details.get("more", {}).get("checkout_token"))
    }


def _print_of(candidate: Candidate) -> bytes:
    own = fingerprint_of(candidate.digest)
    return bytes(a ^ b for a, b in zip(own, candidate.beside, strict=True)) if candidate.beside else own


def _latest(given: Sequence[Candidate]) -> dict[tuple[str, str], Candidate]:
    """Keep one candidate per record: the newest, or the last where nobody says when."""
    latest: dict[tuple[str, str], Candidate] = {}
    for each in given:
        key = (each.kind, each.number)
        if key in latest and each.version and latest[key].version > each.version:
            continue
        latest[key] = each
    return latest


def _take_turns(shop: Shop) -> None:
    """Let writers of one shop's records follow each other, so that none overwrites what it has not seen.

    SQLite admits one writer anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('shuke.orders.shop'), %s)", [shop.pk])


__all__ = ["MODELS", "Candidate", "Outcome", "record", "record_candidates"]
