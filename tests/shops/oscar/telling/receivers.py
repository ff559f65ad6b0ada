"""The shop's signals, each turned into a message."""

from typing import Any

from django.db.models.signals import post_save
from oscar.apps.basket.signals import basket_addition
from oscar.apps.catalogue.signals import product_viewed
from oscar.apps.customer.signals import user_registered
from oscar.apps.order.models import PaymentEvent, ShippingEventQuantity
from oscar.apps.order.signals import order_placed, order_status_changed
from oscar.apps.payment.models import Source
from oscar.apps.search.signals import user_search

from tests.shops.oscar.telling import messages, sending


def listen() -> None:
    product_viewed.connect(_viewed)
    user_search.connect(_searched)
    basket_addition.connect(_added)
    user_registered.connect(_registered)
    order_placed.connect(_order)
    order_status_changed.connect(_order)
    # Oscar has no signals for money and parcels; their rows are the next best thing.
    for model in (Source, PaymentEvent, ShippingEventQuantity):
        post_save.connect(_order_of_row, sender=model)


def _viewed(product: Any, request: Any, **_said: Any) -> None:
    price = request.strategy.fetch_for_product(product).price
    _event(request, "Product Viewed", messages.product(product, price))


def _searched(sender: Any, query: str, **_said: Any) -> None:
    if query:
        _event(sender.request, "Products Searched", {"query": query})


def _added(request: Any, product: Any, **_said: Any) -> None:
    """Tell of what was added, and how the basket stands after it."""
    line = request.basket.lines.filter(product=product).latest("pk")
    price = request.strategy.fetch_for_product(product).price
    cart = messages.cart_id(request.basket)
    _event(request, "Product Added", messages.product(product, price) | {"quantity": line.quantity, "cart_id": cart})


def _registered(request: Any, user: Any, **_said: Any) -> None:
    """Whoever was a visitor until now is this person."""
    sending.put("event", {"type": "identify", "traits": {"email": user.email}, **_who(request, user)})


def _order(order: Any, **_said: Any) -> None:
    sending.put("record", {"type": "order.upserted", "data": messages.order(order)})


def _order_of_row(instance: Any, **_said: Any) -> None:
    order = instance.order if hasattr(instance, "order") else instance.event.order
    if isinstance(instance, PaymentEvent) and instance.event_type.name == messages.REFUNDED:
        sending.put("record", {"type": "refund.upserted", "data": messages.refund(instance)})
    _order(order)


def _event(request: Any, name: str, properties: dict[str, Any]) -> None:
    user = request.user if request.user.is_authenticated else None
    sending.put("event", {"type": "track", "event": name, "properties": properties, **_who(request, user)})


def _who(request: Any, user: Any) -> dict[str, Any]:
    """The visitor by the tracker's cookie, and the person once they are signed in."""
    context = {"userAgent": request.headers.get("user-agent", ""), "ip": request.META["REMOTE_ADDR"]}
    found = {
        "anonymousId": request.visitor,
        "userId": str(user.pk) if user else "",
        "context": context,
    }
    return {name: value for name, value in found.items() if value}
