"""Carts as visitors fill them: read from the log, each event once however often it is handed over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shuke.cdp.customers.queries import identities
from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders.actions import checkouts
from shuke.cdp.orders.models import Checkout, Order
from shuke.cdp.orders.rules import carts
from shuke.cdp.orders.rules.carts import Cart
from shuke.platform.company import queries as company
from shuke.platform.company.models import Shop

Key = tuple[int, str]


class _Filling:
    """One cart while a batch of events is read into it."""

    def __init__(self, shop: Shop, token: str, row: Checkout | None, at: datetime) -> None:
        self.shop, self.token, self.row = shop, token, row
        self.position = row.position if row else 0
        self.started_at, self.active_at = (row.started_at, row.active_at) if row else (at, at)
        self.identity_id, self.customer_id = (row.identity_id, row.customer_id) if row else (None, None)
        self.source = row.source if row else ""
        self.cart = _cart_of(row) if row else Cart()
        self.is_new_bought = False

    def take(self, event: Any, customer_id: int | None) -> None:
        """Read one event, unless it was read before."""
        if event.position <= self.position:
            return
        self.cart = carts.after(self.cart, event.name, event.properties, event.occurred_at)
        self.position, self.active_at = event.position, max(self.active_at, event.occurred_at)
        self.identity_id = event.identity_id or self.identity_id
        self.customer_id = customer_id or self.customer_id
        self.source = event.source[:64]
        self.is_new_bought |= event.name == carts.BOUGHT

    def columns(self) -> dict[str, Any]:
        return {
            "customer_id": self.customer_id, "identity_id": self.identity_id, "source": self.source,
            "currency": self.cart.currency or self.shop.currency, "value_minor": self.cart.value_minor,
            "lines": list(self.cart.lines), "line_count": len(self.cart.lines), "started_at": self.started_at,
            "active_at": self.active_at, "checkout_at": self.cart.checkout_at,
            "completed_at": self.row.completed_at if self.row else None,
            "version": self.row.version if self.row else None, "position": self.position,
        }  # fmt: skip


def _cart_of(row: Checkout) -> Cart:
    return Cart(row.currency, tuple(row.lines), row.value_minor, row.checkout_at)


def fill_carts(told: Sequence[Any], *, now: datetime) -> None:
    """Read cart events of the log into carts. Runs in the caller's transaction, with a constant number of queries."""
    places = identities.places_of({event.identity_id for event in told if event.identity_id is not None})
    shops = {shop.code: shop for shop in sorted(company.shops(), key=lambda shop: shop.pk)}
    if not shops:
        return
    fallback = next(iter(shops.values()))
    groups: dict[Key, list[tuple[Any, int | None]]] = {}
    by_id = {shop.pk: shop for shop in shops.values()}
    for event in told:
        namespace, owner = places.get(event.identity_id, ("", None))
        token = carts.token(event.properties, event.identity_id)
        if token:
            shop = shops.get(namespace, fallback)
            groups.setdefault((shop.pk, token), []).append((event, event.customer_id or owner))
    stored = _stored(list(groups))
    filled = [_fill(by_id[key[0]], key[1], group, stored.get(key)) for key, group in groups.items()]
    by = Provenance("shuke", "system:checkouts", now)
    for shop in by_id.values():
        mine = [each for each in filled if each.shop.pk == shop.pk]
        if mine:
            checkouts.write(
                shop, {each.token: each.columns() for each in mine}, {each.token: each.row for each in mine if each.row}
            )
            _close_bought(shop, [each for each in mine if each.is_new_bought], by)


def _stored(keys: Sequence[Key]) -> dict[Key, Checkout]:
    found = Checkout.objects.filter(token__in={token for _shop, token in keys})
    return {(row.shop_id, row.token): row for row in found}


def _fill(shop: Shop, token: str, group: Sequence[tuple[Any, int | None]], row: Checkout | None) -> _Filling:
    """Read a cart's events; what is put into a cart already bought begins a new one under the same key."""
    if row is not None and row.completed_at and group[-1][0].position > row.position:
        row.token = f"{token[:100]}#{row.pk}"
        row.save(update_fields=["token"])
        group, row = [(event, who) for event, who in group if event.position > row.position], None
    filling = _Filling(shop, token, row, group[0][0].occurred_at)
    for event, customer_id in group:
        filling.take(event, customer_id)
    return filling


def _close_bought(shop: Shop, bought: Sequence[_Filling], by: Provenance) -> None:
    if not bought:
        return
    numbers = {each.cart.order_number for each in bought} - {""}
    orders = dict(Order.objects.filter(shop=shop, number__in=numbers).values_list("number", "pk")) if numbers else {}
    rows = {row.token: row for row in Checkout.objects.filter(shop=shop, token__in=[each.token for each in bought])}
    checkouts.close(
        [
            (rows[each.token], orders.get(each.cart.order_number), each.cart.completed_at or each.active_at)
            for each in bought
        ],
        by=by,
    )
