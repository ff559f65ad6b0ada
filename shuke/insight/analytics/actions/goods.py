"""Entering what goods cost, from a file: one row for each product of a shop."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.cdp.catalog import actions as catalog
from shuke.cdp.catalog import queries as products
from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.catalog.models import Product
from shuke.cdp.events.actions import Provenance
from shuke.insight.analytics.errors import InvalidCosts
from shuke.kernel.money import to_minor
from shuke.platform.audit.actions import record
from shuke.platform.company.models import Shop
from shuke.platform.imports.engine import small
from shuke.platform.imports.errors.wording import Wording
from shuke.platform.imports.rules import values
from shuke.platform.imports.rules.refusals import Refused
from shuke.platform.staff.actor import Actor

T = TypeVar("T")
MOST_ROWS = 50_000
_AT_ONCE = 200
ALIASES = {
    "product": ("product", "product id", "item id", "stock code", "product code", "商品id", "商品编号", "商品编码", "货号"),
    "sku": ("sku", "article number", "item sku", "商家编码", "sku编码", "规格编码"),
    "cost": ("cost", "unit cost", "cost price", "cost per item", "purchase price", "成本", "成本价", "单位成本", "进价", "采购价"),
    "currency": ("currency", "currency code", "币种", "货币"),
}  # fmt: skip
_WORDING = Wording(
    reasons={
        "columns_missing": gettext_lazy("Columns are missing: %(names)s."),
        "too_many_rows": gettext_lazy("The file has more than %(most)s rows."),
    }
)


@dataclass(frozen=True, slots=True)
class _Said:
    """A row that can be read: which product, by its id or article number, and what a piece costs."""

    row: int
    product: str
    sku: str
    cost: Decimal
    currency: str


def enter_file(content: bytes, *, shop: Shop, currency: str, by: Actor, now: datetime) -> int:
    """Enter what the goods of a shop cost and return how many products that changed; every row is checked before any counts.

    Columns: the product's id or article number, the cost of a piece, and its currency if that is not the company's. Raises
    ``InvalidCosts`` with a sentence for each row that cannot be taken.
    """
    said, problems = _read(content, currency)
    wanted: dict[str, ProductRecord] = {}
    seen: dict[str, _Said] = {}
    for one, found in _matched(shop, said):
        if not found:
            problems.append((one.row, _("this shop sells no product “%(name)s”.") % {"name": one.product or one.sku}))
        for product in found:
            if product.currency and product.currency != one.currency:
                facts = {"own": product.currency, "said": one.currency}
                problems.append((one.row, _("the product’s prices are in %(own)s, its cost in %(said)s.") % facts))
                continue
            other = seen.setdefault(product.external_id, one)
            if other.cost != one.cost:
                problems.append((one.row, _("says another cost than row %(other)s.") % {"other": other.row}))
            minor = to_minor(one.cost, one.currency)
            wanted[product.external_id] = ProductRecord(product.external_id, cost_minor=minor, currency=one.currency)
    if problems:
        words = [_("Row %(number)s: %(reason)s") % {"number": row, "reason": text} for row, text in sorted(problems)]
        raise InvalidCosts(words)
    return _write(shop, wanted.values(), by, now)


def _read(content: bytes, currency: str) -> tuple[list[_Said], list[tuple[int, str]]]:
    try:
        table = small.read(content, ALIASES, needed=("cost",), most=MOST_ROWS)
        if not table.fields & {"product", "sku"}:
            raise Refused("columns_missing", names="product, sku")
    except Refused as refusal:
        raise InvalidCosts([_WORDING.sentence(refusal.code, refusal.facts)]) from None
    mark = values.decimal_mark([cells["cost"] for _row, cells in table.rows])
    said, problems = list[_Said](), list[tuple[int, str]]()
    for row, cells in table.rows:
        try:
            cost = values.number(cells["cost"], mark=mark)
            money = values.currency(cells.get("currency", "")) or currency
        except Refused as refusal:
            problems.append((row, _WORDING.sentence(refusal.code, refusal.facts)))
            continue
        product, sku = cells.get("product", ""), cells.get("sku", "")
        if not product and not sku:
            problems.append((row, _("it names no product.")))
        elif cost is not None and cost < 0:
            problems.append((row, _("a cost is not negative.")))
        elif cost is not None:  # nothing said of what this one costs
            said.append(_Said(row, product, sku, cost, money))
    return said, problems


def _some(things: Iterable[T]) -> Iterator[list[T]]:
    """Yield the things some at a time: each a query, each a transaction."""
    left = iter(things)
    while some := list(islice(left, _AT_ONCE)):
        yield some


def _matched(shop: Shop, said: list[_Said]) -> Iterator[tuple[_Said, list[Product]]]:
    """Yield each row with its products: the one of that id, else all of that article number."""
    for some in _some(said):
        by_id = products.by_external_id(shop, [one.product for one in some if one.product])
        by_sku = products.by_sku(shop, [one.sku for one in some if one.sku and one.product not in by_id])
        for one in some:
            yield one, [by_id[one.product]] if one.product in by_id else by_sku.get(one.sku, [])


def _write(shop: Shop, wanted: Iterable[ProductRecord], by: Actor, now: datetime) -> int:
    said, changed = Provenance(source=shop.code, actor=by.reference, now=now), 0
    for some in _some(wanted):
        with transaction.atomic():
            outcomes = catalog.upsert_products(shop, some, said)
            changed += sum(outcome.action != "unchanged" for outcome in outcomes)
    record(by, "reports.goods_costs_entered", target=f"company.Shop:{shop.pk}", summary={"products": changed}, now=now)
    return changed
