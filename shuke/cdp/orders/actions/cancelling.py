"""Calling sales off whose source has deleted them."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.orders.actions import history
from shuke.cdp.orders.actions.publishing import order_changed
from shuke.cdp.orders.models import Order, OrderStatus
from shuke.cdp.orders.rules import milestones
from shuke.platform.company.models import Shop
from shuke.platform.db.bulk import update_rows
from shuke.platform.imports.rules import moments
from shuke.vocabulary.orders import OrderCancelled, OrderChanged

# No content has this fingerprint: whatever the source says next is news.
_BLANK_HASH = bytes(32)


def cancel_orders(shop: Shop, keys: Sequence[str], *, at: datetime, reason: str, by: Provenance) -> list[str]:
    """Mark sales as cancelled that their source no longer has; return the keys that name none.

    ``keys`` are order numbers or the source's own keys; ``at`` is when it happened, and counts as the version: what the
    source said before changes nothing any more. Runs in the caller's transaction, in a constant number of queries.
    """
    named = list(Order.objects.filter(Q(number__in=keys) | Q(external_id__in=keys), shop=shop).order_by("pk"))
    rows = [row for row in named if row.status != OrderStatus.CANCELLED and (row.version is None or row.version <= at)]
    said: list[OrderChanged | OrderCancelled] = []
    changes, values = [], []
    for row in rows:
        change = [
            ["status", row.status, "cancelled"],
            ["cancelled_at", moments.written(row.cancelled_at) or None, moments.written(at)],
        ]
        changes.append((row.pk, by.now, at, by.source, by.actor, by.import_id, change))
        values.append(
            (OrderStatus.CANCELLED, at, reason[:200], at, row.told | milestones.CANCELLED, _BLANK_HASH, by.now, row.pk)
        )
        said.append(order_changed(shop, row))
        if not row.told & milestones.CANCELLED and not by.historical:
            said.append(OrderCancelled(row.pk, shop.code, row.number, row.gross_minor, row.currency))
    columns = ("status", "cancelled_at", "cancel_reason", "version", "told", "content_hash", "changed_at")
    update_rows(Order, columns, values)
    history.insert(changes)
    whose = {row.pk: row for row in rows}
    events.publish([
        NewEvent.of(
            event, customer_id=whose[event.order_id].customer_id, identity_id=whose[event.order_id].identity_id,
            occurred_at=at if isinstance(event, OrderCancelled) else by.now, by=by,
        )
        for event in said
    ])  # fmt: skip
    found = {row.number for row in named} | {row.external_id for row in named}
    return [key for key in keys if key not in found]
