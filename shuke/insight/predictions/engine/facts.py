"""What was known of customers on a day, and what they did after it, as Ibis expressions.

Nothing here asks an engine anything: ``source`` gives unbound tables, the caller executes. Whatever a prediction learns from
is dated on or before its ``cutoff``; what it is judged by, after. One thing has no date of its own: that an order was
cancelled. Such orders are left out on both sides.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from shuke.vocabulary import behaviour

Source = Callable[[str], ir.Table]
VISITS = (
    behaviour.PAGE_VIEWED, behaviour.SCREEN_VIEWED, behaviour.PRODUCT_VIEWED, behaviour.PRODUCTS_SEARCHED,
    behaviour.PRODUCT_ADDED, behaviour.CART_VIEWED, behaviour.CHECKOUT_STARTED,
)  # fmt: skip
# Windows in which orders and visits are counted back from the cutoff.
RECENT_DAYS = (30, 90, 180)
# An order counts as bought at a reduced price from so much below what its products usually cost, or so much discount.
REDUCED_BELOW = 0.95
REDUCED_DISCOUNT = 0.05
# What stays unknown where there is nothing: everything else is nought there.
_UNKNOWN = frozenset({"customer_id", "last_gap", "gap_sd", "visit_age", "next_days"})


def sales(source: Source, *, one_in: int = 1) -> ir.Table:
    """Return the orders that count; with ``one_in`` only those of every so many-th customer."""
    orders = source("orders")
    kept = orders.filter(orders.customer_id.notnull(), orders.status != "cancelled")
    return kept if one_in == 1 else kept.filter(kept.customer_id % one_in == 0)


def extent(source: Source, until: date) -> ir.Table:
    """Return, in one row, from when to when there are sales, and how many orders of how many customers."""
    found = sales(source)
    found = found.filter(found.placed_on <= until)
    return found.aggregate(
        first_on=found.placed_on.min(), last_on=found.placed_on.max(), orders=found.count(),
        customers=found.customer_id.nunique(), buying_days=found.placed_on.nunique(),
    )  # fmt: skip


def snapshot(
    source: Source, cutoff: date, *, horizons: Sequence[int] = (), until: date | None = None, one_in: int = 1
) -> ir.Table:
    """Return one row per customer who had bought by ``cutoff``, in numbers: days are counted back from it.

    For every horizon that ends by ``until`` it has ``bought_…`` (purchase days) and ``net_…`` within it, NULL-free.
    ``next_days`` is when they bought next, as far as ``until``; NULL if they did not.
    """
    found = sales(source, one_in=one_in)
    past = found.filter(found.placed_on <= cutoff)
    people = _orders_of(past, cutoff)
    for part in (
        _rhythm(past),
        _refunds(source, cutoff),
        _breadth(source, past),
        _visits(source, cutoff),
    ):
        people = people.left_join(part, "customer_id").drop("customer_id_right")
    if until is not None:
        people = _with_outcomes(people, found, source("refunds"), cutoff=cutoff, horizons=horizons, until=until)
    filled = {name: people[name].fill_null(0) for name in people.columns if name not in _UNKNOWN}
    return people.mutate(**filled)


def _orders_of(past: ir.Table, cutoff: date) -> ir.Table:
    today = ibis.literal(cutoff, "date")
    age = today.delta(past.placed_on, unit="day")
    recent: dict[str, Any] = {f"orders_{days}": (age < days).cast("int32").sum() for days in RECENT_DAYS}
    grouped = past.group_by("customer_id").aggregate(
        orders=past.count(), days=past.placed_on.nunique(), first_on=past.placed_on.min(), last_on=past.placed_on.max(),
        gross_minor=past.base_minor.sum(), discount_minor=past.discount_minor.sum(), lines=past.line_count.sum(),
        gross_90=ibis.ifelse(age < 90, past.base_minor, 0).sum(), **recent,
    )  # fmt: skip
    return grouped.select(
        "customer_id", "orders", "gross_minor", "discount_minor", "lines", "gross_90",
        *(f"orders_{days}" for days in RECENT_DAYS),
        x=grouped.days - 1,
        t_x=grouped.last_on.delta(grouped.first_on, unit="day"),
        age=today.delta(grouped.first_on, unit="day"),
        recency=today.delta(grouped.last_on, unit="day"),
    )  # fmt: skip


def _rhythm(past: ir.Table) -> ir.Table:
    """Return the last gap between two purchase days, and how much gaps vary."""
    days = past.select("customer_id", "placed_on").distinct()
    before = days.placed_on.lag().over(group_by=days.customer_id, order_by=days.placed_on)
    gaps = days.mutate(before=before).filter(lambda day: day.before.notnull())
    gaps = gaps.mutate(gap=gaps.placed_on.delta(gaps.before, unit="day").cast("float64"))
    return gaps.group_by("customer_id").aggregate(
        last_gap=gaps.gap.argmax(gaps.placed_on), gap_sd=gaps.gap.std(how="pop")
    )


def _refunds(source: Source, cutoff: date) -> ir.Table:
    refunds = source("refunds")
    past = refunds.filter(refunds.customer_id.notnull(), refunds.refunded_on <= cutoff)
    return past.group_by("customer_id").aggregate(refunds=past.count(), refunds_minor=past.base_minor.sum())


def _breadth(source: Source, past: ir.Table) -> ir.Table:
    lines = source("order_lines")
    kept = lines.semi_join(past.select("order_id"), "order_id").filter(lambda line: line.customer_id.notnull())
    return kept.group_by("customer_id").aggregate(products=kept.product_id.nunique())


def _visits(source: Source, cutoff: date) -> ir.Table:
    events = source("events")
    seen = events.filter(events.name.isin(VISITS), events.customer_id.notnull(), events.occurred_on <= cutoff)
    age = ibis.literal(cutoff, "date").delta(seen.occurred_on, unit="day")
    return seen.group_by("customer_id").aggregate(
        visits_30=(age < 30).cast("int32").sum(), visits_90=(age < 90).cast("int32").sum(), visit_age=age.min()
    )


def _with_outcomes(
    people: ir.Table, found: ir.Table, refunds: ir.Table, *, cutoff: date, horizons: Sequence[int], until: date
) -> ir.Table:
    today = ibis.literal(cutoff, "date")
    later = found.filter(found.placed_on > cutoff, found.placed_on <= until)
    ahead = later.placed_on.delta(today, unit="day")
    ends = [days for days in horizons if cutoff + timedelta(days=days) <= until]
    sold = later.group_by("customer_id").aggregate(
        next_days=ahead.min(),
        **{f"bought_{days}": ibis.ifelse(ahead <= days, later.placed_on, ibis.null("date")).nunique() for days in ends},
        **{f"sold_{days}": ibis.ifelse(ahead <= days, later.base_minor, 0).sum() for days in ends},
    )
    back = refunds.filter(refunds.customer_id.notnull(), refunds.refunded_on > cutoff, refunds.refunded_on <= until)
    behind = back.refunded_on.delta(today, unit="day")
    people = people.left_join(sold, "customer_id").drop("customer_id_right")
    if not ends:
        return people
    returned = back.group_by("customer_id").aggregate(
        **{f"returned_{days}": ibis.ifelse(behind <= days, back.base_minor, 0).sum() for days in ends}
    )
    joined = people.left_join(returned, "customer_id").drop("customer_id_right")
    nets = {
        f"net_{days}": joined[f"sold_{days}"].fill_null(0) - joined[f"returned_{days}"].fill_null(0) for days in ends
    }
    kept = [name for name in joined.columns if not name.startswith(("sold_", "returned_"))]
    return joined.select(*kept, **nets)


def purchases(source: Source, until: date, *, one_in: int = 1) -> ir.Table:
    """Return one row per order: whose, when (days since 1970, hour), where, and whether at a reduced price."""
    found = sales(source, one_in=one_in)
    found = found.filter(found.placed_on <= until)
    paid = _price_indexes(source, found)
    joined = found.left_join(paid, "order_id").drop("order_id_right")
    total = joined.base_minor + joined.discount_minor
    discount = joined.discount_minor.cast("float64") / ibis.ifelse(total > 0, total, ibis.null("int64"))
    is_reduced = (joined.price_index.fill_null(1.0) <= REDUCED_BELOW) | (discount.fill_null(0.0) >= REDUCED_DISCOUNT)
    return joined.select(
        "customer_id", day=_day(joined.placed_on), hour=joined.placed_hour, channel=joined.channel.fill_null(""),
        reduced=is_reduced.cast("int32"),
    )  # fmt: skip


def _price_indexes(source: Source, found: ir.Table) -> ir.Table:
    """Return, by order, what its lines cost over what their products usually cost (the median of all sales)."""
    lines = source("order_lines")
    lines = lines.semi_join(found.select("order_id"), "order_id")
    lines = lines.filter(lines.quantity > 0, lines.base_minor > 0, lines.product_id.notnull())
    lines = lines.mutate(unit=lines.base_minor.cast("float64") / lines.quantity)
    usual = lines.group_by("product_id").aggregate(usual=lines.unit.quantile(0.5))
    priced = lines.inner_join(usual, "product_id")
    return priced.group_by("order_id").aggregate(
        price_index=priced.base_minor.cast("float64").sum() / (priced.usual * priced.quantity).sum()
    )


def habits(source: Source, until: date, column: str) -> ir.Table:
    """Return how many orders every customer placed by hour (``hour``) or channel (``channel``)."""
    found = purchases(source, until) if column == "reduced" else sales(source)
    if column == "reduced":
        return found.group_by("customer_id").aggregate(orders=found.count(), reduced=found.reduced.sum())
    found = found.filter(found.placed_on <= until)
    key = found.placed_hour if column == "hour" else found.channel.fill_null("")
    return found.group_by("customer_id", value=key).aggregate(orders=found.count())


def product_days(source: Source, until: date, *, one_in: int = 1) -> ir.Table:
    """Return on which days who bought which product, and how much of it."""
    found = sales(source, one_in=one_in)
    found = found.filter(found.placed_on <= until).select("order_id", "placed_on")
    lines = source("order_lines")
    lines = lines.filter(lines.product_id.notnull(), lines.customer_id.notnull(), lines.quantity > 0)
    kept = lines.drop("placed_on").inner_join(found, "order_id")
    return kept.group_by("customer_id", "product_id", day=_day(kept.placed_on)).aggregate(quantity=kept.quantity.sum())


def product_pairs(source: Source, until: date, *, since: date, one_in: int = 1) -> ir.Table:
    """Return who bought which product how often, first and last, unless the last time was before ``since``."""
    days = product_days(source, until, one_in=one_in)
    pairs = days.group_by("customer_id", "product_id").aggregate(
        times=days.count(), first=days.day.min(), last=days.day.max()
    )
    return pairs.filter(pairs["last"] >= (since - date(1970, 1, 1)).days)


def price_panel(source: Source, until: date) -> ir.Table:
    """Return, by product and week, how much was sold and for how much."""
    found = sales(source)
    found = found.filter(found.placed_on <= until).select("order_id", "placed_on")
    lines = source("order_lines")
    lines = lines.filter(lines.product_id.notnull(), lines.quantity > 0, lines.base_minor > 0)
    kept = lines.drop("placed_on").inner_join(found, "order_id")
    week = (_day(kept.placed_on) / 7).floor().cast("int32")
    return kept.group_by("product_id", week=week).aggregate(
        quantity=kept.quantity.sum(), minor=kept.base_minor.sum(), sales=kept.count()
    )


def _day(column: ir.DateColumn) -> ir.IntegerColumn:
    return column.delta(ibis.literal(date(1970, 1, 1), "date"), unit="day").cast("int32")
