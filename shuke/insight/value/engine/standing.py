"""RFM and lifecycle of every customer as of a day, as one Ibis expression.

Nothing here asks an engine anything: ``source`` gives unbound tables, the caller executes.
"""

from collections.abc import Callable
from datetime import date

import ibis
import ibis.expr.types as ir

from shuke.insight.value.rules import PROSPECT, QUANTILES, ValueSettings

Source = Callable[[str], ir.Table]
_LETTERS = ("r", "f", "m")


def sales_until(source: Source, as_of: date, shop_id: int | None = None) -> ir.Table:
    """Return the sales of known customers up to a day; cancelled orders are none."""
    orders = source("orders")
    kept = orders.filter(orders.customer_id.notnull(), orders.status != "cancelled", orders.placed_on <= as_of)
    return kept if shop_id is None else kept.filter(kept.shop_id == shop_id)


def median_gap(source: Source, as_of: date) -> ir.Table:
    """Return, in one row, the median number of days between two purchase days of the same customer.

    Several orders on one day are one purchase: counting them as gaps of zero days would make everybody late.
    """
    sales = sales_until(source, as_of)
    days = sales.select("customer_id", "placed_on").distinct()
    before = days.placed_on.lag().over(group_by=days.customer_id, order_by=days.placed_on)
    gaps = days.mutate(before=before).filter(lambda day: day.before.notnull())
    return gaps.aggregate(gap=gaps.placed_on.delta(gaps.before, unit="day").cast("float64").quantile(0.5))


def standing(
    source: Source,
    settings: ValueSettings,
    *,
    as_of: date,
    gap_days: float,
    shop_id: int | None = None,
    with_prospects: bool = True,
) -> ir.Table:
    """Return one row per customer in the columns of ``value_standing``.

    With ``shop_id`` only that shop's sales count. Without prospects only buyers are returned.
    """
    people = _people(source, as_of=as_of, shop_id=shop_id, with_prospects=with_prospects)
    scored = _scored(people, settings)
    grouped = scored.mutate(fm=((scored.f + scored.m + 1) / 2).floor().cast("int16"))
    final = grouped.mutate(rfm_group=_group(grouped, settings), stage=_stage(grouped, settings, as_of, gap_days))
    return final.select(
        "customer_id", ibis.literal(as_of, "date").name("as_of"), "orders", "gross_minor", "refunds_minor",
        "net_minor", _average(final).name("average_order_minor"), "first_order_on", "last_order_on", "recency_days",
        _cadence(final).name("cadence_days"), "r", "f", "m", "fm", "rfm_group", "stage",
    )  # fmt: skip


def limits(people: ir.Table) -> ir.Table:
    """Return, in one row, the four quantiles of each value over the buyers among ``people``."""
    is_buyer = people.orders > 0
    values = {"r": people.recency_days, "f": people.orders, "m": people.net_minor}
    return people.aggregate(
        **{
            f"{letter}{number}": value.cast("float64").quantile(share, where=is_buyer)
            for letter, value in values.items()
            for number, share in enumerate(QUANTILES, 1)
        }
    )


def _people(source: Source, *, as_of: date, shop_id: int | None, with_prospects: bool) -> ir.Table:
    sales = sales_until(source, as_of, shop_id)
    bought = sales.group_by("customer_id").aggregate(
        orders=sales.count().cast("int64"), gross_minor=_sum(sales.base_minor), first_order_on=sales.placed_on.min(),
        last_order_on=sales.placed_on.max(),
    )  # fmt: skip
    refunded = _amounts(source("refunds"), "refunded_on", "refunds_minor", as_of, shop_id)
    adjusted = _amounts(source("adjustments"), "adjusted_on", "adjusted_minor", as_of, shop_id)
    if with_prospects:
        customers = source("customers")
        bought = customers.select("customer_id").left_join(bought, "customer_id").drop("customer_id_right")
    joined = bought.left_join(refunded, "customer_id").drop("customer_id_right")
    joined = joined.left_join(adjusted, "customer_id").drop("customer_id_right")
    filled = joined.mutate(
        orders=joined.orders.fill_null(0), gross_minor=joined.gross_minor.fill_null(0),
        refunds_minor=joined.refunds_minor.fill_null(0), adjusted_minor=joined.adjusted_minor.fill_null(0),
    )  # fmt: skip
    today = ibis.literal(as_of, "date")
    return filled.mutate(
        net_minor=filled.gross_minor - filled.refunds_minor + filled.adjusted_minor,
        recency_days=today.delta(filled.last_order_on, unit="day").cast("int32"),
    )


def _amounts(facts: ir.Table, day: str, name: str, as_of: date, shop_id: int | None) -> ir.Table:
    kept = facts.filter(facts.customer_id.notnull(), facts[day] <= as_of)
    if shop_id is not None:
        kept = kept.filter(kept.shop_id == shop_id)
    return kept.group_by("customer_id").aggregate(**{name: _sum(kept.base_minor)})


def _sum(amount: ir.IntegerColumn) -> ir.IntegerScalar:
    # Without a rate there is no base amount: such a sale counts as an order and adds no money.
    return amount.sum().fill_null(0).cast("int64")


def _scored(people: ir.Table, settings: ValueSettings) -> ir.Table:
    """Add R, F and M, NULL for prospects."""
    if settings.bins == "quintiles":
        measured = people.cross_join(limits(people))
        below = {letter: [measured[f"{letter}{number}"] for number in range(1, 5)] for letter in _LETTERS}
        reaches = {letter: [_values(measured)[letter] > limit for limit in below[letter]] for letter in _LETTERS}
    else:
        measured = people
        values = _values(measured)
        reaches = {
            "r": [values["r"] > limit for limit in settings.recency_limits],
            "f": [values["f"] >= limit for limit in settings.frequency_limits],
            "m": [values["m"] >= limit for limit in settings.monetary_limits],
        }
    is_buyer = measured.orders > 0
    counted = {letter: _count(tests) for letter, tests in reaches.items()}
    scores = {"r": 5 - counted["r"], "f": 1 + counted["f"], "m": 1 + counted["m"]}
    nothing = ibis.null("int16")
    return measured.mutate(
        **{letter: ibis.ifelse(is_buyer, score.cast("int16"), nothing) for letter, score in scores.items()}
    )


def _values(people: ir.Table) -> dict[str, ir.IntegerColumn]:
    return {"r": people.recency_days, "f": people.orders, "m": people.net_minor}


def _count(tests: list[ir.BooleanColumn]) -> ir.IntegerColumn:
    first, *others = (test.cast("int8") for test in tests)
    for other in others:
        first = first + other
    return first


def _group(people: ir.Table, settings: ValueSettings) -> ir.StringColumn:
    branches = [(r * 10 + fm, group) for (r, fm), group in settings.cells().items()]
    return (people.r.cast("int32") * 10 + people.fm).cases(*branches, else_=PROSPECT)


def _stage(people: ir.Table, settings: ValueSettings, as_of: date, gap_days: float) -> ir.StringColumn:
    age = ibis.literal(as_of, "date").delta(people.first_order_on, unit="day")
    recency = people.recency_days
    return ibis.cases(
        (people.orders == 0, PROSPECT),
        (age <= settings.new_days, "new"),
        (recency > settings.dormant_gaps * gap_days, "lost"),
        (recency > settings.at_risk_gaps * gap_days, "dormant"),
        (recency > settings.active_gaps * gap_days, "at_risk"),
        (people.orders >= settings.loyal_orders, "loyal"),
        else_="active",
    )


def _average(people: ir.Table) -> ir.IntegerColumn:
    exact = people.gross_minor.cast("float64") / people.orders.nullif(0)
    return (exact + 0.5).floor().cast("int64")


def _cadence(people: ir.Table) -> ir.FloatingColumn:
    span = people.last_order_on.delta(people.first_order_on, unit="day").cast("float64")
    return span / (people.orders - 1).clip(lower=0).nullif(0)
