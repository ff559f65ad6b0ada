"""Showing a text to staff as a customer would read it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from shuke.cdp.catalog import queries as catalog
from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Customer
from shuke.crm.templates import queries
from shuke.crm.templates.errors import RenderingStopped
from shuke.crm.templates.models import Template
from shuke.crm.templates.queries import Missing
from shuke.crm.templates.queries.checking import Looked, looked_at, needs_of_looked
from shuke.crm.templates.queries.people import known, nobody, people, product_facts
from shuke.insight.value import queries as value
from shuke.kernel.messages import Content


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody would read; or what is missing for it, or why it cannot be shown."""

    content: Content | None
    missing: tuple[str, ...] = ()
    refusal: str = ""


def shown_to(
    template: Template, language: str, document: Any, customer: Customer | None, *, now: datetime
) -> tuple[Shown, Looked]:
    """Return a text as a customer would read it, with what the checks find. Raises ``BadTemplate``.

    What happened (an order, a cart, a coupon) is made up, since nothing has.
    """
    looked = looked_at(template.channel, template.purpose, {language: document})
    one = looked[language]
    needed = needs_of_looked(looked)
    person = people([customer.pk], needed, now=now).get(customer.pk) if customer else None
    try:
        compiled = queries.assembled(0, template.channel, language, one.prepared, needed)
        found = queries.render(compiled, person or nobody(needed, language, now=now), made_up(now.date()))
    except RenderingStopped as refusal:
        return Shown(None, refusal=str(refusal)), one
    if isinstance(found, Missing):
        return Shown(None, missing=found.names), one
    return Shown(found), one


def made_up(today: date) -> dict[str, Any]:
    """Return what happens in previews."""
    brand = queries.brand()
    goods = [product_facts(one, brand) for one in catalog.products().order_by("pk")[:2]]
    link = "#"
    return {
        "order": {"number": "10042", "total": "128.00", "placed_on": today, "url": link, "products": goods},
        "cart": {"url": link, "total": "128.00", "products": goods},
        "product": goods[0] if goods else known({"title": "…", "url": link}),
        "coupon": {"code": "THANKS-7Q2M", "name": "…", "worth": "10%", "expires_on": today + timedelta(days=14)},
        "shipment": {"carrier": "SF Express", "number": "SF1234567890", "url": link},
        "points": {"balance": "1,280", "change": "+40", "expires_on": today + timedelta(days=90)},
        "tier": {"name": "…", "next": "…", "missing": "…"}, "survey": {"url": link}, "event": {},
        "unsubscribe_url": link, "preferences_url": link, "view_url": link,
    }  # fmt: skip


def examples(limit: int = 5) -> list[Customer]:
    """Return customers that previews are tried on: those of the most value first."""
    best = [one.customer_id for one in value.standings().order_by("-net_minor", "-customer")[:limit]]
    cards = customers.cards_of(best)
    found = [cards[pk] for pk in best if pk in cards]
    return found or list(customers.customers().order_by("-pk")[:limit])
