"""What templates may know of people, loaded in sets: only what is named, in a number of queries that does not grow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation

from shuke.cdp.attributes import queries as attributes
from shuke.cdp.attributes.queries.wording import worded
from shuke.cdp.catalog import queries as catalog
from shuke.cdp.catalog.models import Product
from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Customer
from shuke.crm.templates.rules import LANGUAGES, BrandKit, Needs, best_language
from shuke.insight.recommendations.queries import serving
from shuke.insight.value import queries as value
from shuke.platform.company import queries as company
from shuke.platform.company.models import Company
from shuke.platform.ui import formats


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a message is for, and what it may say of them: only what is known, so that fallbacks hold for the rest."""

    customer_id: int
    language: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Everything that was loaded for a batch."""

    owner: Company
    brand: BrandKit
    standings: Mapping[int, value.StandingNow]
    held: Mapping[int, list[attributes.Held]]
    picks: serving.Picks | None
    goods: Mapping[int, Product]
    tiers: Mapping[str, str]


def people(customer_ids: Sequence[int], needs: Needs, *, now: datetime) -> dict[int, Person]:
    """Return people by id, with what ``needs`` names; those that are not there are left out."""
    ids = list(dict.fromkeys(customer_ids))
    cards = customers.cards_of(ids)
    shelf = _loaded(ids, needs, now)
    shared: dict[str, dict[str, Any]] = {}
    found: dict[int, Person] = {}
    for pk in ids:
        card = cards.get(pk)
        if card is None:
            continue
        language = best_language(card.language or shelf.owner.language, LANGUAGES, shelf.owner.language)
        with translation.override(language):
            if language not in shared:
                shared[language] = _of_everybody(shelf)
            facts = {**shared[language], **_of_one(card, shelf, needs)}
        found[pk] = Person(pk, language, facts)
    return found


def nobody(needs: Needs, language: str, *, now: datetime) -> Person:
    """Return a person of whom nothing is known but what is the same for everybody."""
    shelf = _loaded([], needs, now)
    with translation.override(language):
        return Person(0, language, _of_everybody(shelf))


def _loaded(ids: list[int], needs: Needs, now: datetime) -> _Shelf:
    has_value = "value" in needs.roots
    codes = {path.split(".")[1] for path in needs.variables if path.startswith("attributes.")}
    most = max((count for _name, count in needs.recommendations), default=0)
    kinds = [name for name, _count in needs.recommendations]
    return _Shelf(
        owner=company.company(),
        brand=company.settings_of("templates", BrandKit),
        standings=value.standings_of(ids) if has_value else {},
        held=attributes.values_of(ids, codes=codes) if codes else {},
        picks=serving.picks_for(ids, kinds=kinds, limit=most, now=now) if kinds else None,
        goods=catalog.products_of(needs.products) if needs.products else {},
        tiers=value.tier_labels() if has_value else {},
    )


def _of_everybody(shelf: _Shelf) -> dict[str, Any]:
    """What is the same for everybody who reads one language."""
    brand = shelf.brand
    named = {
        "name": shelf.owner.name, "url": brand.site_url, "address": brand.postal_address, "logo": brand.logo,
        "signature": brand.sms_signature or shelf.owner.name,
    }  # fmt: skip
    return {
        "company": known(named),
        "goods": {f"p{pk}": product_facts(one, brand) for pk, one in shelf.goods.items()},
    }


def _of_one(card: Customer, shelf: _Shelf, needs: Needs) -> dict[str, Any]:
    facts: dict[str, Any] = {"customer": _customer(card)}
    standing = shelf.standings.get(card.pk)
    if standing is not None:
        facts["value"] = _value(standing, shelf)
    if shelf.held.get(card.pk):
        currency = shelf.owner.currency
        facts["attributes"] = {
            one.attribute.code: worded(one.attribute, one.value, currency=currency) for one in shelf.held[card.pk]
        }
    if shelf.picks is not None:
        products, lists = shelf.picks.products, shelf.picks.lists.get(card.pk, {})
        facts["picks"] = {
            name: [product_facts(products[pk], shelf.brand) for pk in lists.get(name, ()) if pk in products]
            for name, _count in needs.recommendations
        }
    return facts


def _customer(card: Customer) -> dict[str, Any]:
    return known({
        "name": card.name, "given_name": given_name(card.name), "country": card.country, "region": card.region,
        "city": card.city, "language": card.language, "birthday": card.birthday, "since": card.first_seen_at.date(),
    })  # fmt: skip


def given_name(name: str) -> str:
    """Return how a person is spoken to: the first word; a name in Chinese signs as a whole.

    >>> given_name("Ada Lovelace"), given_name("王小明"), given_name("Byron, Ada")
    ('Ada', '王小明', 'Ada')
    """
    family, comma, rest = name.partition(",")
    said = (rest if comma and rest.strip() else family).split()
    return said[0] if said else ""


def _value(standing: value.StandingNow, shelf: _Shelf) -> dict[str, Any]:
    currency, average = shelf.owner.currency, standing.average_order_minor
    return known({
        "orders": standing.orders, "spent": formats.money(standing.net_minor, currency) if currency else None,
        "average_order": formats.money(average, currency) if currency and average is not None else None,
        "first_order_on": standing.first_order_on, "last_order_on": standing.last_order_on,
        "days_since_order": standing.recency_days, "tier": str(shelf.tiers.get(standing.tier, "")),
        "group": standing.group_label, "stage": standing.stage_label,
    })  # fmt: skip


def product_facts(product: Product, brand: BrandKit) -> dict[str, Any]:
    """Return what templates may say of a product."""
    price = product.price_minor
    return known({
        "title": str(product), "brand": product.brand, "category": product.category,
        "price": formats.money(price, product.currency) if price is not None and product.currency else None,
        "url": brand.product_url.replace("{id}", product.external_id),
        "image": brand.product_image.replace("{id}", product.external_id),
    })  # fmt: skip


def known(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that are known; "" and None are not."""
    return {name: said for name, said in facts.items() if said is not None and said != ""}


def public_url(path: str) -> str:
    """Return a whole address of ours."""
    return f"{settings.SHUKE_PUBLIC.url}{path}"
