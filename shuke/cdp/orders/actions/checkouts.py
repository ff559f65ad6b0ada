"""Carts: as shops tell of them, as visitors fill them, abandoned and recovered."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.queries import identities
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.orders.actions.records import TOO_MUCH_MINOR, LineRecord
from shuke.cdp.orders.errors import InvalidRecord
from shuke.cdp.orders.models import Checkout
from shuke.cdp.orders.queries import checkouts as queries
from shuke.cdp.orders.queries.checkouts import CheckoutSettings
from shuke.cdp.orders.rules import facts
from shuke.kernel.ids import uuid7
from shuke.platform.audit import actions as audit
from shuke.platform.company import actions as company
from shuke.platform.company import queries as companies
from shuke.platform.company.models import Shop
from shuke.platform.db.bulk import insert_rows, update_rows
from shuke.platform.staff.actor import Actor
from shuke.vocabulary.orders import CheckoutAbandoned, CheckoutRecovered

_AT_ONCE = 500
# A cart found so long after its last sign of life is history: nothing reacts to it any more.
_LONG_AGO = timedelta(days=3)
FIELDS = (
    "customer_id", "identity_id", "source", "currency", "value_minor", "lines", "line_count", "started_at", "active_at",
    "checkout_at", "completed_at", "version", "position",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CheckoutRecord:
    """A cart or checkout as its shop says it now; ``updated_at`` is its version.

    ``checkout_at`` is when paying began, ``completed_at`` when it became an order.
    """

    token: str
    started_at: datetime
    updated_at: datetime
    currency: str
    lines: Sequence[LineRecord] = ()
    value_minor: int | None = None
    person: PersonRecord | None = None
    checkout_at: datetime | None = None
    completed_at: datetime | None = None


def record_checkouts(shop: Shop, records: Sequence[CheckoutRecord], *, by: Provenance) -> int:
    """Write carts as they are now and return how many changed; what is older than what is stored changes nothing.

    Runs in the caller's transaction, with a constant number of queries. A cart whose order has arrived stays complete.
    """
    latest: dict[str, CheckoutRecord] = {}
    for record in records:
        known = latest.get(record.token)
        if record.token and (known is None or known.updated_at <= record.updated_at):
            latest[record.token[:120]] = record
    if not latest:
        return 0
    stored = {row.token: row for row in Checkout.objects.filter(shop=shop, token__in=list(latest))}
    fresh = {
        token: record
        for token, record in latest.items()
        if token not in stored or (stored[token].version or record.started_at) < record.updated_at
        or stored[token].version is None
    }  # fmt: skip
    who = _people(shop, fresh, by)
    rows = {token: _columns(record, who.get(token), stored.get(token), by) for token, record in fresh.items()}
    write(shop, rows, stored)
    return len(rows)


def _people(shop: Shop, records: Mapping[str, CheckoutRecord], by: Provenance) -> dict[str, Any]:
    named = [(token, record.person) for token, record in records.items() if record.person is not None]
    found = customers.resolve([person for _token, person in named], namespace=shop.code, by=by) if named else []
    return {token: resolved for (token, _person), resolved in zip(named, found, strict=True) if resolved}


def _columns(record: CheckoutRecord, who: Any, stored: Checkout | None, by: Provenance) -> dict[str, Any]:
    lines = [_line(line, record.currency) for line in record.lines]
    total = sum(line["amount_minor"] for line in lines)
    if abs(total) >= TOO_MUCH_MINOR:
        reason = _("a quantity, price or amount is too large")
        raise InvalidRecord("checkout", record.token, field="lines", reason=reason)
    return {
        "customer_id": who.customer_id if who else stored and stored.customer_id,
        "identity_id": who.identity_id if who else stored and stored.identity_id,
        "source": by.source[:64], "currency": record.currency,
        "value_minor": total if record.value_minor is None else record.value_minor,
        "lines": lines, "line_count": len(lines), "started_at": record.started_at, "active_at": record.updated_at,
        "checkout_at": record.checkout_at or (stored and stored.checkout_at),
        "completed_at": record.completed_at or (stored and stored.completed_at), "version": record.updated_at,
        "position": stored.position if stored else 0,
    }  # fmt: skip


def _line(line: LineRecord, currency: str) -> dict[str, Any]:
    amount = line.amount_minor
    if amount is None:
        amount = facts.line_amount(line.quantity, line.unit_price, currency) - line.discount_minor
    product = line.product
    return {
        "product": product.external_id if product else "", "sku": line.sku or (product.sku if product else ""),
        "title": (line.title or (product.title if product else ""))[:300], "quantity": facts.plain(line.quantity),
        "amount_minor": amount,
    }  # fmt: skip


def write(shop: Shop, rows: Mapping[str, Mapping[str, Any]], stored: Mapping[str, Checkout]) -> None:
    """Put carts into their table, by token: two statements at most."""
    new = [(token, row) for token, row in rows.items() if token not in stored]
    insert_rows(
        Checkout, ("shop_id", "token", "uuid", *FIELDS),
        [(shop.pk, token, uuid7(), *(row[name] for name in FIELDS)) for token, row in new],
    )  # fmt: skip
    changed = [(*(row[name] for name in FIELDS), stored[token].pk) for token, row in rows.items() if token in stored]
    update_rows(Checkout, FIELDS, changed)


def complete(shop: Shop, orders: Mapping[str, tuple[int, datetime]], *, by: Provenance) -> None:
    """Note that carts became orders, by token; a cart not heard of yet is made, complete, to be filled in later."""
    if not orders:
        return
    stored = {row.token: row for row in Checkout.objects.filter(shop=shop, token__in=list(orders))}
    insert_rows(
        Checkout,
        ("shop_id", "token", "uuid", "source", "lines", "line_count", "currency", "value_minor", "started_at", "active_at",
         "completed_at", "order_id", "position"),
        [
            (shop.pk, token, uuid7(), by.source[:64], [], 0, "", 0, at, at, at, order_id, 0)
            for token, (order_id, at) in orders.items() if token not in stored
        ],
    )  # fmt: skip
    close([(row, *orders[token]) for token, row in stored.items()], by=by)


def close(pairs: Sequence[tuple[Checkout, int | None, datetime]], *, by: Provenance) -> None:
    """Give carts their orders; those that had been left behind are recovered, which is told once."""
    open_ones = [(row, order_id, at) for row, order_id, at in pairs if row.order_id is None or row.completed_at is None]
    update_rows(
        Checkout, ("order_id", "completed_at", "recovered_at"),
        [
            (order_id or row.order_id, row.completed_at or at, row.recovered_at or (at if row.abandoned_at else None), row.pk)
            for row, order_id, at in open_ones
        ],
    )  # fmt: skip
    shops = (
        {shop.pk: shop.code for shop in companies.shops()} if any(row.abandoned_at for row, _o, _a in open_ones) else {}
    )
    events.publish(
        NewEvent.of(
            CheckoutRecovered(row.pk, order_id, shops[row.shop_id], row.value_minor, row.currency),
            customer_id=row.customer_id, identity_id=row.identity_id, occurred_at=at, by=by,
        )
        for row, order_id, at in open_ones
        if row.abandoned_at and not row.recovered_at
    )  # fmt: skip


def follow_orders(placed: Sequence[Any], *, by: Provenance) -> None:
    """Close the carts of those who have just bought in the same shop; ``placed`` are events of the log.

    For carts whose orders do not name them: the newest of a buyer that was alive shortly before, such as the one they
    filled before they signed in.
    """
    ids = {event.customer_id for event in placed if event.customer_id is not None}
    owners = identities.of_customers(ids)
    visitors = {event.identity_id for event in placed if event.identity_id is not None} | owners.keys()
    if not ids and not visitors:
        return
    within = timedelta(days=queries.settings().recovered_within_days)
    waiting = Checkout.objects.filter(Q(customer__in=ids) | Q(identity__in=visitors), order=None).select_related("shop")
    mine = sorted(waiting, key=lambda row: row.active_at, reverse=True)
    closed: dict[int, tuple[Checkout, int | None, datetime]] = {}
    for event in placed:
        for row in mine:
            owner = row.customer_id or owners.get(row.identity_id or 0)
            is_theirs = (owner or 0) == event.customer_id or (row.identity_id or 0) == event.identity_id
            is_near = event.occurred_at - within <= row.active_at <= event.occurred_at + timedelta(minutes=5)
            if is_theirs and is_near and row.pk not in closed and row.shop.code == event.properties["shop"]:
                closed[row.pk] = (row, event.properties["order_id"], event.occurred_at)
                break
    close(list(closed.values()), by=by)


def follow_identities(identity_ids: Collection[int]) -> None:
    """Give carts of visitors to the people they turned out to be, and take them away again where that was an error.

    Runs in the caller's transaction; ``identity_ids`` are those that changed hands.
    """
    owners = identities.owners_of_moved(identity_ids)
    carts = Checkout.objects.filter(identity__in=list(owners)).values_list("pk", "identity_id", "customer_id")
    moved = [(owners[visitor], pk) for pk, visitor, owner in carts if owners[visitor] != owner]
    update_rows(Checkout, ("customer_id",), moved)


def find_abandoned(*, now: datetime) -> int:
    """Mark some of the carts that nobody has touched for long enough, and say so; return how many. Call until 0."""
    patience = timedelta(minutes=queries.settings().abandoned_after_minutes)
    with transaction.atomic():
        quiet = Checkout.objects.filter(completed_at=None, abandoned_at=None, active_at__lt=now - patience)
        rows = list(quiet.order_by("active_at").select_related("shop")[:_AT_ONCE])
        Checkout.objects.filter(pk__in=[row.pk for row in rows]).update(abandoned_at=now)
        events.publish(
            NewEvent.of(
                CheckoutAbandoned(row.pk, row.shop.code, row.value_minor, row.currency, row.line_count),
                customer_id=row.customer_id, identity_id=row.identity_id, occurred_at=row.active_at + patience,
                by=Provenance("shuke", "system:checkouts", now, historical=now - row.active_at > _LONG_AGO),
            )
            for row in rows
            if row.line_count or row.value_minor
        )  # fmt: skip
    return len(rows)


@transaction.atomic
def change_checkout_settings(values: CheckoutSettings, *, by: Actor, now: datetime) -> None:
    """Decide when a cart counts as abandoned."""
    company.save_settings(queries.SETTINGS, values, now=now)
    audit.record(by, "orders.checkout_settings_changed", target="orders", summary=values.model_dump(), now=now)
