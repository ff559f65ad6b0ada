"""Recording what sources say about sales: set-based, idempotent, each record replaced whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders.actions import images as before_images
from shuke.cdp.orders.actions import linking, writing
from shuke.cdp.orders.actions.publishing import publish
from shuke.cdp.orders.actions.records import Record, fact_of
from shuke.cdp.orders.actions.resolving import Resolution, fingerprint
from shuke.cdp.orders.actions.writing import MODELS, Written
from shuke.cdp.orders.models import OrderImport
from shuke.cdp.orders.rules import facts
from shuke.cdp.orders.rules.facts import Fact
from shuke.platform.company.models import Shop


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record: ``action`` is created, replaced or unchanged."""

    kind: str
    number: str
    record_id: int
    action: str


def record(
    shop: Shop, records: Sequence[Record], *, by: Provenance, images: OrderImport | None = None
) -> list[Outcome]:
    """Write sales, refunds and bookkeeping entries; return what became of each, in order.

    Runs in the caller's transaction with a constant number of queries. A record is known by (shop, kind, number); the
    same content again changes nothing, other content replaces it whole. Of two records with one number in a call the
    last wins. Publishes ``order.placed/changed``, ``order.refunded``, ``refund.changed``, ``sales.adjusted``. With
    ``images`` the state before is kept for that import's undo. Raises ``InvalidRecord`` before anything is written.
    """
    return record_facts(shop, [fact_of(each) for each in records], by=by, images=images)


def record_facts(
    shop: Shop,
    given: Sequence[Fact],
    *,
    by: Provenance,
    images: OrderImport | None = None,
    resolution: Resolution | None = None,
) -> list[Outcome]:
    """Do what ``record`` does for facts that were prepared elsewhere, such as by an import's staging."""
    if not connection.in_atomic_block:
        raise RuntimeError("record() belongs inside a transaction")
    _take_turns(shop)
    resolution = resolution or Resolution(shop, by)
    latest = {(fact.kind, fact.number): fact for fact in given}
    prints = {key: fingerprint(fact) for key, fact in latest.items()}
    outcomes: dict[tuple[str, str], Outcome] = {}
    written: list[Written] = []
    for kind in facts.KINDS:
        wanted = {number: fact for (fact_kind, number), fact in latest.items() if fact_kind == kind}
        stored = writing.stored(kind, shop, list(wanted))
        news = {number: fact for number, fact in wanted.items() if _is_news(stored.get(number), prints[kind, number])}
        written += _write(kind, news, stored, prints, shop=shop, by=by, images=images, resolution=resolution)
        for number in wanted.keys() - news.keys():
            outcomes[kind, number] = Outcome(kind, number, stored[number].pk, "unchanged")
    linked = linking.settle(shop, written, by=by)
    publish(shop, written, linked, by=by)
    for item in written:
        action = "created" if item.is_new else "replaced"
        outcomes[item.kind, item.number] = Outcome(item.kind, item.number, item.record_id, action)
    return [outcomes[fact.kind, fact.number] for fact in given]


def _is_news(stored: writing.Row | None, content_hash: bytes) -> bool:
    return stored is None or bytes(stored.content_hash) != content_hash


def _write(
    kind: str,
    news: dict[str, Fact],
    stored: dict[str, writing.Row],
    prints: dict[tuple[str, str], bytes],
    *,
    shop: Shop,
    by: Provenance,
    images: OrderImport | None,
    resolution: Resolution,
) -> list[Written]:
    """Write the facts of one kind that are new or changed."""
    if not news:
        return []
    resolution.prepare(list(news.values()))
    replaced = [stored[number] for number in news if number in stored]
    before = before_images.take(kind, replaced) if images and replaced else {}
    orders = linking.named_orders(shop, news.values()) if kind == facts.REFUND else {}
    rows = {number: writing.row_of(fact, prints[kind, number], shop, resolution, orders, by) for number, fact in news.items()}
    written = writing.write(kind, news, rows, stored, shop=shop, resolution=resolution)
    if images:
        before_images.keep(images, kind, written, before)
    return written


def _take_turns(shop: Shop) -> None:
    """Let writers of one shop's records follow each other, so that none overwrites what it has not seen.

    SQLite admits one writer anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('shuke.orders.shop'), %s)", [shop.pk])


__all__ = ["MODELS", "Outcome", "record", "record_facts"]
