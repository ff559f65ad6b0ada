"""What is behind a figure of some days: which products, shops and customers made it, beside what they usually make.

The usual is the mean of the weeks before, over as many days. Ibis expressions; ``tables`` is a function from a name to a table.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis

from shuke.insight.forecasts.engine.facts import Table, Tables, sales, top_categories

USUAL_DAYS = 56


@dataclass(frozen=True, slots=True)
class Asked:
    """The days looked at (both included), the first of the earlier days they are compared with, and of what."""

    first: date
    last: date
    usual_from: date
    shop_id: int | None = None
    category: str = ""
    is_refunds: bool = False

    @property
    def share(self) -> float:
        """Return how many days are looked at for each earlier one."""
        return ((self.last - self.first).days + 1) / max((self.first - self.usual_from).days, 1)


def by_product(tables: Tables, asked: Asked, *, limit: int) -> Table:
    """Return the products whose amount differs most from the usual: ``name, amount, usual, pieces``."""
    rows = _lines(tables, asked)
    goods = tables("products").select("product_id", "title", "sku")
    summed = _compared(rows, asked, ["product_id"])
    named = summed.inner_join(goods, "product_id")
    return named.order_by([(named.amount - named.usual).abs().desc(), "product_id"]).limit(limit)


def by_category(tables: Tables, asked: Asked, *, limit: int) -> Table:
    """Return the categories whose amount differs most from the usual."""
    named = _lines(tables, asked).inner_join(top_categories(tables), "product_id")
    summed = _compared(named, asked, ["category"])
    return summed.order_by([(summed.amount - summed.usual).abs().desc(), "category"]).limit(limit)


def by_shop(tables: Tables, asked: Asked) -> Table:
    """Return every shop with its amount and the usual one."""
    summed = _compared(_records(tables, asked), asked, ["shop_id"])
    return summed.order_by([(summed.amount - summed.usual).abs().desc(), "shop_id"])


def by_customer(tables: Tables, asked: Asked, *, limit: int) -> Table:
    """Return the customers with the largest amounts on the days: ``customer_id, amount, records``."""
    rows = _records(tables, asked)
    rows = rows.filter(
        rows.day >= ibis.date(asked.first), rows.day <= ibis.date(asked.last), rows.customer_id.notnull()
    )
    summed = rows.group_by("customer_id").aggregate(
        amount=rows.amount.sum().fill_null(0).cast("int64"), records=rows.count().cast("int64")
    )
    return summed.order_by([ibis.desc("amount"), "customer_id"]).limit(limit)


def _records(tables: Tables, asked: Asked) -> Table:
    """Return the sales or refunds that an anomaly is about, from the earlier days on."""
    table = tables("refunds") if asked.is_refunds else sales(tables)
    day = table.refunded_on if asked.is_refunds else table.placed_on
    shaped = table.select(day=day, shop_id=table.shop_id, customer_id=table.customer_id,
                          amount=table.base_minor.cast("int64"), order_id=table.order_id)  # fmt: skip
    return _of_scope(tables, shaped, asked)


def _lines(tables: Tables, asked: Asked) -> Table:
    table = tables("refund_lines" if asked.is_refunds else "order_lines")
    if not asked.is_refunds:
        table = table.semi_join(sales(tables), "order_id")
    day = table.refunded_on if asked.is_refunds else table.placed_on
    shaped = table.select(
        day=day, shop_id=table.shop_id, product_id=table.product_id, amount=table.base_minor.cast("int64"),
        quantity=table.quantity,
    )  # fmt: skip
    shaped = _within(shaped, asked).filter(shaped.product_id.notnull())
    if asked.category:
        goods = top_categories(tables)
        shaped = shaped.semi_join(goods.filter(goods.category == asked.category), "product_id")
    return shaped


def _of_scope(tables: Tables, rows: Table, asked: Asked) -> Table:
    found = _within(rows, asked)
    if not asked.category:
        return found
    goods = top_categories(tables)
    lines = tables("order_lines")
    with_goods = (
        lines.semi_join(goods.filter(goods.category == asked.category), "product_id").select("order_id").distinct()
    )
    return found.semi_join(with_goods, "order_id")


def _within(rows: Table, asked: Asked) -> Table:
    conditions = [rows.day >= ibis.date(asked.usual_from), rows.day <= ibis.date(asked.last)]
    if asked.shop_id is not None:
        conditions.append(rows.shop_id == asked.shop_id)
    return rows.filter(conditions)


def _compared(rows: Table, asked: Asked, by: list[str]) -> Table:
    now = rows.day >= ibis.date(asked.first)
    amounts: dict[str, Any] = {
        "amount": rows.amount.sum(where=now).fill_null(0).cast("int64"),
        "usual": (rows.amount.sum(where=~now).fill_null(0) * asked.share).round().cast("int64"),
        "records": now.cast("int64").sum().fill_null(0).cast("int64"),
    }
    return rows.group_by(by).aggregate(**amounts)
