"""RFM and lifecycle of every customer as of a day, as one Ibis expression.

Nothing here asks an engine anything: ``source`` gives unbound tables, the caller executes.
"""

from collections.abc import Callable
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from shuke.insight.value.rules import NO_TIER, PROSPECT, QUANTILES, TIERS, ValueSettings

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
    with_costs: bool = False,
) -> ir.Table:
    """Return one row per customer in the columns of ``value_standing``.

    With ``shop_id`` only that shop's sales count. Without prospects only buyers are returned. Without costs, which saves
    reading every line, goods cost nothing.
    """
    since = as_of - timedelta(days=settings.tier_days - 1)
    people = _people(source, as_of=as_of, since=since, shop_id=shop_id, with_prospects=with_prospects)
    people = _costed(people, source, settings, as_of=as_of, since=since, shop_id=shop_id, with_costs=with_costs)
    scored = _tiered(_scored(people, settings), settings)
    grouped = scored.mutate(fm=((scored.f + scored.m + 1) / 2).floor().cast("int16"))
    final = grouped.mutate(rfm_group=_group(grouped, settings), stage=_stage(grouped, settings, as_of, gap_days))
    return final.select(
        "customer_id", ibis.literal(as_of, "date").name("as_of"), "orders", "gross_minor", "refunds_minor",
        "net_minor", _average(final).name("average_order_minor"), "first_order_on", "last_order_on", "recency_days",
        _cadence(final).name("cadence_days"), "r", "f", "m", "fm", "rfm_group", "stage",
        "tier", "tier_minor", "contribution_minor", "costed_minor",
    )  # fmt: skip


def costed_products(source: Source) -> ir.IntegerScalar:
    """Return of how many products it is known what they cost."""
    products = source("products")
    return products.filter(products.unit_cost_minor.notnull()).count()


def limits(people: ir.Table) -> ir.Table:
    """Return, in one row, the four quantiles of each value over the buyers among ``people``."""
    is_buyer = people.orders > 0
    values = _values(people)
    return people.aggregate(
        **{
            f"{letter}{number}": value.cast("float64").quantile(share, where=is_buyer)
            for letter, value in values.items()
            for number, share in enumerate(QUANTILES, 1)
        }
    )


def _people(source: Source, *, as_of: date, since: date, shop_id: int | None, with_prospects: bool) -> ir.Table:
    """Return what customers brought until ``as_of``; ``tier_minor`` counts only what happened ``since`` a day, net."""
    sales = sales_until(source, as_of, shop_id)
    bought = sales.group_by("customer_id").aggregate(
        orders=sales.count().cast("int64"), gross_minor=_sum(sales.base_minor), first_order_on=sales.placed_on.min(),
        last_order_on=sales.placed_on.max(), gross_lately=_sum(sales.base_minor, sales.placed_on >= since),
    )  # fmt: skip
    refunds, adjustments = (_within(source(name), shop_id) for name in ("refunds", "adjustments"))
    refunded = _amounts(refunds, "refunded_on", "refunds", as_of, since)
    adjusted = _amounts(adjustments, "adjusted_on", "adjusted", as_of, since)
    if with_prospects:
        customers = source("customers")
        bought = customers.select("customer_id").left_join(bought, "customer_id").drop("customer_id_right")
    joined = bought.left_join(refunded, "customer_id").drop("customer_id_right")
    joined = joined.left_join(adjusted, "customer_id").drop("customer_id_right")
    amounts = (
        "orders",
        "gross_minor",
        "gross_lately",
        "refunds_minor",
        "refunds_lately",
        "adjusted_minor",
        "adjusted_lately",
    )
    filled = joined.mutate(**{name: joined[name].fill_null(0) for name in amounts})
    today = ibis.literal(as_of, "date")
    return filled.mutate(
        net_minor=filled.gross_minor - filled.refunds_minor + filled.adjusted_minor,
        tier_minor=filled.gross_lately - filled.refunds_lately + filled.adjusted_lately,
        recency_days=today.delta(filled.last_order_on, unit="day").cast("int32"),
    )


def _costed(
    people: ir.Table, source: Source, settings: ValueSettings, *, as_of: date, since: date, shop_id: int | None, with_costs: bool
) -> ir.Table:  # fmt: skip
    """Add ``contribution_minor``, ``costed_minor`` and ``worth_minor``, what M rests on; take costs off ``tier_minor``."""
    if not with_costs:
        nothing = ibis.literal(0, "int64")
        return people.mutate(contribution_minor=people.net_minor, costed_minor=nothing, worth_minor=people.net_minor)
    costs = _costs(source, as_of=as_of, since=since, shop_id=shop_id)
    joined = people.left_join(costs, "customer_id").drop("customer_id_right")
    filled = joined.mutate(
        **{name: joined[name].fill_null(0) for name in ("cost_minor", "cost_lately", "costed_minor")}
    )
    contribution = filled.net_minor - filled.cost_minor
    counts = settings.worth == "contribution"
    return filled.mutate(
        contribution_minor=contribution,
        worth_minor=contribution if counts else filled.net_minor,
        tier_minor=filled.tier_minor - filled.cost_lately if counts else filled.tier_minor,
    )


def _costs(source: Source, *, as_of: date, since: date, shop_id: int | None) -> ir.Table:
    """Return what the goods of each customer cost, less those that came back: at what they cost today, line by line."""
    products = source("products")
    prices = products.filter(products.unit_cost_minor.notnull()).select("product_id", "unit_cost_minor")
    sold = source("order_lines").semi_join(sales_until(source, as_of, shop_id), "order_id")
    back = _within(source("refund_lines"), shop_id)
    back = back.filter(back.customer_id.notnull(), back.refunded_on <= as_of)
    nothing = ibis.literal(0, "int64")
    moves = ibis.union(
        sold.select("customer_id", "product_id", "quantity", day="placed_on", costed=sold.base_minor.fill_null(0)),
        back.select("customer_id", "product_id", quantity=-back.quantity, day="refunded_on", costed=nothing),
    ).inner_join(prices, "product_id")
    whole = (moves.quantity * moves.unit_cost_minor.cast("float64") + 0.5).floor().cast("int64")
    moves = moves.mutate(cost=whole)
    return moves.group_by("customer_id").aggregate(
        cost_minor=_sum(moves.cost), cost_lately=_sum(moves.cost, moves.day >= since), costed_minor=_sum(moves.costed)
    )


def _within(facts: ir.Table, shop_id: int | None) -> ir.Table:
    return facts if shop_id is None else facts.filter(facts.shop_id == shop_id)


def _amounts(facts: ir.Table, day: str, name: str, as_of: date, since: date) -> ir.Table:
    kept = facts.filter(facts.customer_id.notnull(), facts[day] <= as_of)
    amounts = {f"{name}_minor": _sum(kept.base_minor), f"{name}_lately": _sum(kept.base_minor, kept[day] >= since)}
    return kept.group_by("customer_id").aggregate(**amounts)


def _sum(amount: ir.IntegerColumn, where: ir.BooleanColumn | None = None) -> ir.IntegerScalar:
    # Without a rate there is no base amount: such a sale counts as an order and adds no money.
    return amount.sum(where=where).fill_null(0).cast("int64")


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


def _tiered(people: ir.Table, settings: ValueSettings) -> ir.Table:
    """Add the value tier. With shares, equal amounts share a tier: a limit is passed by what lies above it."""
    amount = people.tier_minor
    if settings.tier_bins == "limits":
        tests = [amount >= limit for limit in settings.tier_limits]
        return people.mutate(tier=_tier(amount, tests))
    brought = amount > 0
    edges = people.aggregate(
        **{
            f"t{place}": amount.cast("float64").quantile(1 - share / 100, where=brought)
            for place, share in enumerate(settings.tier_shares)
        }
    )
    measured = people.cross_join(edges)
    return measured.mutate(
        tier=_tier(measured.tier_minor, [measured.tier_minor > measured[f"t{place}"] for place in range(3)])
    )


def _tier(amount: ir.IntegerColumn, tests: list[ir.BooleanColumn]) -> ir.StringColumn:
    return ibis.cases((amount <= 0, NO_TIER), *zip(tests, TIERS, strict=False), else_=TIERS[-1])


def _values(people: ir.Table) -> dict[str, ir.IntegerColumn]:
    return {"r": people.recency_days, "f": people.orders, "m": people.worth_minor}


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
