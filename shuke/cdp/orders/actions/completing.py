"""Orders whose lines come from another file than the rest of them, such as Taobao's two reports.

The newest report of lines is kept beside the orders. Whichever file comes first, an order ends with the buyer, the time
and the sum of the one and the lines of the other, each line reduced so that they come to the sum. The fingerprint of
such an order is made of both, so that importing either again changes nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.orders.actions import history, parts, writing
from shuke.cdp.orders.actions import images as before_images
from shuke.cdp.orders.actions.publishing import order_changed
from shuke.cdp.orders.actions.recording import Candidate, Outcome
from shuke.cdp.orders.actions.resolving import Resolution, fingerprint_of
from shuke.cdp.orders.actions.writing import Written
from shuke.cdp.orders.models import LineReport, Order
from shuke.cdp.orders.rules import facts
from shuke.cdp.orders.rules.facts import Fact, Line
from shuke.platform.company.models import Shop
from shuke.platform.db.bulk import insert_rows, update_rows
from shuke.platform.imports.models import Import


def reports(shop: Shop, numbers: Sequence[str]) -> dict[str, LineReport]:
    """Return the newest report of lines of each order, by number, in one query."""
    found = LineReport.objects.filter(shop=shop, number__in=numbers).order_by("pk")
    return {report.number: report for report in found}


def completed(shop: Shop, given: Sequence[Candidate]) -> list[Candidate]:
    """Give orders of a file without lines the lines reported for them, where there are any."""
    known = reports(shop, [each.number for each in given if each.kind == facts.ORDER])
    return [
        _complete(each, known[each.number]) if each.kind == facts.ORDER and each.number in known else each
        for each in given
    ]


def _complete(candidate: Candidate, report: LineReport) -> Candidate:
    fact = candidate.read()
    fact.lines, taken = facts.allocated([Line(*line) for line in report.lines], fact.amount_minor)
    if any(taken):
        fact.details["more"] = {**fact.details.get("more", {}), "line_discounts": taken}
    fact.origin = ""
    return replace(candidate, text=fact.text(), fact=fact, beside=bytes(report.content_hash))


def take_reports(
    shop: Shop, given: Sequence[Candidate], *, by: Provenance, images: Import, resolution: Resolution
) -> list[Outcome]:
    """Keep reports of lines, and give the lines to the orders that are here already.

    Runs in the caller's transaction, with a constant number of queries.
    """
    latest = {each.number: each for each in given}
    known = reports(shop, list(latest))
    prints = {number: fingerprint_of(each.digest) for number, each in latest.items()}
    news = {
        number: each.read() for number, each in latest.items()
        if number not in known or bytes(known[number].content_hash) != prints[number]
    }  # fmt: skip
    insert_rows(
        LineReport, ("shop_id", "number", "lines", "content_hash", "import_id", "created_at"),
        [
            (shop.pk, number, json.loads(json.dumps(fact.lines)), prints[number], by.import_id, by.now)
            for number, fact in news.items()
        ],
    )  # fmt: skip
    _give_lines(shop, news, prints, known, by=by, images=images, resolution=resolution)
    told = {number: "replaced" if number in known else "created" for number in news}
    return [Outcome(facts.LINES, each.number, 0, told.get(each.number, "unchanged")) for each in given]


def _give_lines(
    shop: Shop,
    news: Mapping[str, Fact],
    prints: Mapping[str, bytes],
    known: Mapping[str, LineReport],
    *,
    by: Provenance,
    images: Import,
    resolution: Resolution,
) -> None:
    """Put the lines into stored orders, which keep their sums."""
    orders = list(Order.objects.filter(shop=shop, number__in=list(news)).order_by("pk"))
    if not orders:
        return
    before = before_images.take(facts.ORDER, orders, parts.load([order.pk for order in orders]))
    written = []
    for order in orders:
        fact = news[order.number]
        lines, taken = facts.allocated(fact.lines, order.gross_minor)
        whole = replace(fact, kind=facts.ORDER, lines=lines, details={"more": {"line_discounts": taken}})
        old = known.get(order.number)
        mixed = xor(bytes(order.content_hash), xor(bytes(old.content_hash) if old else b"", prints[order.number]))
        row = {"content_hash": mixed, "line_count": len(lines), "version": order.version, "changed_at": by.now}
        written.append(Written(facts.ORDER, order.number, order.pk, False, whole, row))
    resolution.prepare([item.fact for item in written])
    writing.write_lines(facts.ORDER, written, resolution)
    columns = ("content_hash", "line_count", "changed_at")
    update_rows(Order, columns, [(*(item.row[name] for name in columns), item.record_id) for item in written])
    before_images.keep(images, facts.ORDER, written, before)
    history.insert(
        [(order.pk, by.now, None, by.source, by.actor, by.import_id, [["lines", None, None]]) for order in orders]
    )
    events.publish(
        NewEvent.of(
            order_changed(shop, order), customer_id=order.customer_id, identity_id=order.identity_id, occurred_at=by.now,
            by=by,
        )
        for order in orders
    )  # fmt: skip


def xor(one: bytes, other: bytes) -> bytes:
    """Mix two fingerprints; mixing with the same one again takes it out. Nothing mixes as nothing."""
    if not one or not other:
        return one or other
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def forget(import_id: int) -> None:
    """Remove the reports that an import brought; an earlier one counts again."""
    LineReport.objects.filter(import_id=import_id).delete()
