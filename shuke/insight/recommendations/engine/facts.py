"""What was bought and looked at, as Ibis expressions: numbers and ids only."""

from collections.abc import Callable
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from shuke.vocabulary import behaviour

Source = Callable[[str], ir.Table]
# What counts as having looked at a product.
LOOKS = (behaviour.PRODUCT_VIEWED, behaviour.PRODUCT_ADDED)
# Looking is forgotten sooner than buying.
LOOK_DAYS = 180
EPOCH = date(1970, 1, 1)


def sales(source: Source, until: date) -> ir.Table:
    """Return the sales that count, those of unknown customers included."""
    orders = source("orders")
    return orders.filter(orders.status != "cancelled", orders.placed_on <= until)


def extent(source: Source, until: date) -> ir.Table:
    """Return, in one row, from when on there are sales, and how many orders of how many customers."""
    found = sales(source, until)
    return found.aggregate(
        first_on=found.placed_on.min(), orders=found.count(), customers=found.customer_id.nunique(),
    )  # fmt: skip


def lines(source: Source, until: date) -> ir.Table:
    """Return one row per sale and product, with day, shop and country; ``customer_id`` is -1 for unknown buyers."""
    kept = sales(source, until).select("order_id", "country")
    sold = source("order_lines")
    sold = sold.filter(sold.product_id.notnull(), sold.quantity > 0)
    found = sold.inner_join(kept, "order_id")
    found = found.group_by("order_id", "product_id").aggregate(
        customer_id=ibis.coalesce(found.customer_id.max(), -1), day=_days(found.placed_on.max()),
        shop_id=found.shop_id.max(), country=found.country.max(),
    )  # fmt: skip
    return found.order_by("order_id", "product_id")


def looks(source: Source, until: date) -> ir.Table:
    """Return who looked at which product: ``viewer`` is the customer, or minus the identity of a stranger.

    Shops name products by their own ids; where two shops use the same id it is not known which was meant, and left out.
    """
    products = source("products")
    known = products.group_by(product=products.external_id).aggregate(
        product_id=products.product_id.max(), shops=products.count()
    )
    known = known.filter(known.shops == 1)
    events = source("events")
    seen = events.filter(
        events.name.isin(LOOKS), events.product.notnull(), events.occurred_on <= until,
        events.occurred_on > until - timedelta(days=LOOK_DAYS),
    )  # fmt: skip
    seen = seen.inner_join(known, "product")
    seen = seen.mutate(viewer=ibis.coalesce(seen.customer_id, -seen.identity_id))
    seen = seen.filter(seen.viewer.notnull())
    return seen.select("viewer", "product_id").distinct().order_by("viewer", "product_id")


def products(source: Source) -> ir.Table:
    """Return every product with what groups it."""
    found = source("products")
    return found.select("product_id", "shop_id", "category", "brand").order_by("product_id")


def orders_with(source: Source, product_ids: tuple[int, ...], until: date) -> ir.Table:
    """Return the sales that hold all of some products, with their customers."""
    sold = source("order_lines")
    sold = sold.filter(sold.product_id.isin(product_ids), sold.quantity > 0)
    whole = sold.group_by("order_id").aggregate(found=sold.product_id.nunique())
    whole = whole.filter(whole.found == len(product_ids))
    kept = sales(source, until)
    return kept.semi_join(whole, "order_id")


def _days(column: ir.Value) -> ir.Value:
    return column.delta(ibis.literal(EPOCH, "date"), unit="day").cast("int32")
