"""Answering who should be shown what, in a number of queries that does not depend on how much is asked."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shuke.cdp.catalog import queries as catalog
from shuke.cdp.catalog.models import Product
from shuke.cdp.customers.models import Customer
from shuke.cdp.orders.queries import buyers
from shuke.insight.recommendations import queries, rules
from shuke.insight.recommendations.errors import UnknownPlacement, UnknownProduct
from shuke.insight.recommendations.queries import tokens
from shuke.insight.recommendations.rules import Candidate, Goods, Ruled, Situation
from shuke.kernel.ids import uuid7

# Fewer own candidates than these are filled up by the fallback only where a list would be empty.
MOST = 50
IN_COUNTRY, IN_SHOP, EVERYWHERE = "country", "shop", "everywhere"


@dataclass(frozen=True, slots=True)
class Asking:
    """A question: for whom, beside which products, in which place."""

    placement: str = "home"
    kinds: tuple[str, ...] = ()
    customer: Customer | None = None
    visitor: str = ""
    products: tuple[int, ...] = ()
    shop_id: int = 0
    limit: int = 10


@dataclass(frozen=True, slots=True)
class Answered:
    """One list: what was asked for, what came of the rules; ``fallback`` says what stands in for it, "" for nothing."""

    kind: str
    ruled: Ruled
    fallback: str = ""
    fallback_kind: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything that is shown, and the token to tell by what became of it."""

    group: str
    token: str
    lists: list[Answered]
    products: Mapping[int, Product] = field(default_factory=dict)


def answer(asking: Asking, *, now: datetime, is_tried: bool = False) -> Answer:
    """Return the lists of a question. ``is_tried`` leaves the hold-out aside and gives no token: staff look, nobody is shown.

    Raises ``UnknownPlacement``.
    """
    if asking.placement not in rules.PLACEMENTS:
        raise UnknownPlacement(asking.placement, ", ".join(rules.PLACEMENTS))
    settings = queries.settings()
    subject = _subject(asking)
    group = rules.TREATED if is_tried or not subject else rules.group_of(subject, settings.holdout_percent)
    kinds = rules.lists_of(asking.placement, asking.kinds)
    found = _candidates(asking, kinds) if group == rules.TREATED else {}
    country = asking.customer.country if asking.customer else ""
    crowd = queries.of_crowd(shop_id=asking.shop_id, country=country)
    bought = _bought(asking, settings.quiet_days, now)
    made = [(kind, *_or_fallback(kind, found.get(kind, []), crowd, asking.shop_id, country)) for kind in kinds]
    shelf = catalog.products_of(
        {one.product_id for _kind, items, *_rest in made for one in items}
        | _because([one for _kind, items, *_rest in made for one in items])
        | {*settings.pinned, *asking.products}
    )
    goods = {pk: _goods(one) for pk, one in shelf.items()}
    situation = Situation(asking.shop_id, frozenset(asking.products), bought)
    lists = [
        Answered(kind, rules.ruled(
            items, goods, settings, kind=kind, situation=situation, limit=min(asking.limit, MOST)
        ), fallback, stand_in)
        for kind, items, fallback, stand_in in made
    ]  # fmt: skip
    token = "" if is_tried else _token(asking, subject, group, lists, now)
    return Answer(group, token, lists, shelf)


@dataclass(frozen=True, slots=True)
class Picks:
    """What to show many customers, by customer and kind, as ids of products; and these products."""

    lists: Mapping[int, Mapping[str, list[int]]]
    products: Mapping[int, Product]


def picks_for(customer_ids: Sequence[int], *, kinds: Sequence[str], limit: int, now: datetime) -> Picks:
    """Return lists for many customers at once, for messages: the same rules as ``answer``, nobody held out, no token.

    Messages have comparison groups of their own. The number of queries does not depend on how many customers there are.
    """
    settings, own, crowd = queries.settings(), queries.of_customers(customer_ids), queries.of_crowd()
    found = {
        pk: {kind: _or_fallback(kind, own.get(pk, {}).get(kind, []), crowd, 0, "")[0] for kind in kinds}
        for pk in customer_ids
    }
    since = now - timedelta(days=settings.quiet_days)
    bought = buyers.products_bought_by(customer_ids, since=since) if settings.quiet_days else {}
    wanted = {one.product_id for lists in found.values() for items in lists.values() for one in items}
    shelf = catalog.products_of(wanted | {*settings.pinned})
    goods = {pk: _goods(one) for pk, one in shelf.items()}
    lists: dict[int, dict[str, list[int]]] = {}
    for pk, by_kind in found.items():
        situation = Situation(0, frozenset(), bought.get(pk, frozenset()))
        lists[pk] = {
            kind: [
                one.candidate.product_id
                for one in rules.ruled(items, goods, settings, kind=kind, situation=situation, limit=limit).shown
            ]
            for kind, items in by_kind.items()
        }
    return Picks(lists, shelf)


def _subject(asking: Asking) -> str:
    if asking.customer is not None:
        return f"customer:{asking.customer.pk}"
    return f"visitor:{hashlib.sha256(asking.visitor.encode()).hexdigest()[:32]}" if asking.visitor else ""


def _candidates(asking: Asking, kinds: Sequence[str]) -> dict[str, list[Candidate]]:
    found: dict[str, list[Candidate]] = {}
    if asking.customer is not None and rules.PERSONAL.intersection(kinds):
        found |= queries.of_customer(asking.customer.pk)
    wanted = [kind for kind in (rules.ALSO_BOUGHT, rules.SIMILAR) if kind in kinds]
    if asking.products and wanted:
        beside = queries.of_products(list(asking.products), wanted).values()
        for kind in wanted:
            found[kind] = rules.merged([lists[kind] for lists in beside])
    return found


def _bought(asking: Asking, days: int, now: datetime) -> frozenset[int]:
    if asking.customer is None or not days:
        return frozenset()
    return buyers.product_ids_bought(asking.customer.pk, since=now - timedelta(days=days))


def _or_fallback(
    kind: str, own: list[Candidate], crowd: Mapping[tuple[str, int, str], list[Candidate]], shop: int, country: str
) -> tuple[list[Candidate], str, str]:
    """Return the list itself, or what stands in for it: the trend of the country, of the shop, of all, then bestsellers.

    Things to buy again have no stand-in: nobody can buy again what they never bought.
    """
    if own or kind == rules.REPEAT:
        return own, "", ""
    stand_ins = (kind,) if kind in {rules.TRENDING, rules.BESTSELLERS} else (rules.TRENDING, rules.BESTSELLERS)
    for stand_in in stand_ins:
        for place, key in ((IN_COUNTRY, (0, country)), (IN_SHOP, (shop, "")), (EVERYWHERE, (0, ""))):
            if (place == IN_COUNTRY and (not country or shop)) or (place == IN_SHOP and not shop):
                continue
            items = crowd.get((stand_in, *key), [])
            if items:
                rest = [one for one in crowd.get((rules.BESTSELLERS, *key), []) if stand_in != rules.BESTSELLERS]
                known = {one.product_id for one in items}
                whole = items if kind == rules.TRENDING else [*items, *_below(items, rest, known)]
                return whole, "" if stand_in == kind else place, "" if stand_in == kind else stand_in
    return [], "", ""


def _below(items: list[Candidate], rest: list[Candidate], known: set[int]) -> list[Candidate]:
    """Return bestsellers to go on with after a trend, scored below all of it."""
    lowest, highest = min(one.score for one in items), max((one.score for one in rest), default=1.0)
    return [
        Candidate(one.product_id, lowest * 0.99 * one.score / highest, one.kind, one.because, one.number)
        for one in rest if one.product_id not in known
    ]  # fmt: skip


def _because(items: list[Candidate]) -> set[int]:
    """Return the products that reasons name."""
    return {one.because for one in items if one.kind in {rules.DISCOVERY, rules.ALSO_BOUGHT}}


def _goods(product: Product) -> Goods:
    return Goods(
        product.pk, product.shop_id, product.category, product.brand, product.is_active, product.stock,
        product.price_minor, product.cost_minor,
    )  # fmt: skip


def _token(asking: Asking, subject: str, group: str, lists: Sequence[Answered], now: datetime) -> str:
    if not subject:
        return ""
    shown = tuple(one.candidate.product_id for made in lists for one in made.ruled.shown)
    customer_id = asking.customer.pk if asking.customer else None
    return tokens.written(
        tokens.Token(uuid7().hex, subject, customer_id, group, asking.placement, shown, now.replace(microsecond=0))
    )


def product_ids(shop_id: int, external_ids: Sequence[str]) -> tuple[int, ...]:
    """Return products by a shop's ids, in their order; unknown ones of a basket are left out.

    Raises ``UnknownProduct`` if the shop knows none of them.
    """
    known = dict(
        catalog.products(shop_id=shop_id or None).filter(external_id__in=external_ids).values_list("external_id", "pk")
    )
    found = tuple(known[one] for one in dict.fromkeys(external_ids) if one in known)
    if external_ids and not found:
        raise UnknownProduct(", ".join(external_ids)[:200])
    return found
