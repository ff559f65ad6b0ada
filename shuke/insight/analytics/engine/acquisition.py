"""What brought customers: the first or last source their identities know of, and what came of it."""

import ibis

from shuke.insight.analytics.engine.facts import Column, Table, Tables, first_sales, narrowed, sales, whole
from shuke.insight.analytics.rules import Scope

VALUE_DAYS = 90
MONTH_DAYS = 30
# Source of those who came without saying from where, and of those nobody saw coming (files, imports).
DIRECT, UNKNOWN = "direct", "unknown"
TOUCHES = ("first", "last")


def channels(tables: Tables, scope: Scope, *, touch: str, with_campaigns: bool) -> Table:
    """Return, by source, medium (and campaign), who bought for the first time in the scope and what came of it.

    ``net_minor`` is what these customers brought until the end of the period, ``value_minor`` what they brought in their first
    ninety days, of those for whom they are over (``aged``). ``repeat`` are those with a second order by the period's end.
    """
    won = _won(tables, scope, touch)
    keys = ["source", "medium", *(["campaign"] if with_campaigns else [])]
    return (
        won.group_by(keys)
        .aggregate(
            customers=won.count(), orders=whole(won.orders.sum()), net_minor=whole(won.net_minor.sum()),
            repeat=whole((won.orders > 1).cast("int64").sum()), aged=whole(won.is_aged.sum()),
            value_minor=whole(ibis.ifelse(won.is_aged == 1, won.value_minor, 0).sum()),
        )
        .order_by([ibis.desc("customers"), *keys])
    )  # fmt: skip


def people(tables: Tables, scope: Scope, *, touch: str, source: str, medium: str, campaign: str | None) -> Table:
    """Return the customers who were won in the scope through a source."""
    won = _won(tables, scope, touch)
    won = won.filter(won.source == source, won.medium == medium)
    return (won if campaign is None else won.filter(won.campaign == campaign)).select("customer_id")


def earnings(tables: Tables, scope: Scope, *, touch: str, months: int) -> Table:
    """Return, by source and month of age (thirty days each), what the customers won in the scope brought: the way to payback."""
    won = _won(tables, scope, touch).select("customer_id", "source", "first_on")
    moves = _moves(tables, scope).inner_join(won, "customer_id")
    moves = moves.mutate(age=(moves.day.delta(moves.first_on, unit="day") // MONTH_DAYS).cast("int64"))
    moves = moves.filter(moves.age >= 0, moves.age < months)
    return moves.group_by(["source", "age"]).aggregate(net_minor=whole(moves.amount.sum())).order_by(["source", "age"])


def sources(tables: Tables) -> Table:
    """Return the sources that brought anybody, first or last."""
    known = tables("acquisitions")
    found = ibis.union(known.select(source="first_source"), known.select(source="last_source"))
    found = found.filter(found.source.notnull(), found.source != "").mutate(source=found.source.lower())
    return found.distinct().order_by("source").limit(300)


def touched(tables: Tables, touch: str) -> Table:
    """Return each customer's source, medium and campaign by the first or last touch of all their identities."""
    holders = _holders(tables)
    found = tables("acquisitions").inner_join(holders, "identity_id")
    at = found[f"{touch}_at"]
    order = [at if touch == "first" else ibis.desc(at), found.identity_id]
    # A visit without a source never hides what brought somebody another time.
    direct = (found[f"{touch}_source"].fill_null("") == "").cast("int64")
    ranked = found.mutate(place=ibis.row_number().over(group_by=found.customer_id, order_by=[direct, *order]))
    ranked = ranked.filter(ranked.place == 0)
    source = ranked[f"{touch}_source"].fill_null("").lower()
    return ranked.select(
        "customer_id", source=ibis.ifelse(source == "", DIRECT, source),
        medium=ranked[f"{touch}_medium"].fill_null("").lower(), campaign=ranked[f"{touch}_campaign"].fill_null(""),
    )  # fmt: skip


def _holders(tables: Tables) -> Table:
    """Return whose each identity is today: ``identity_id, customer_id``."""
    known, moved, merged = tables("identities"), tables("identity_overrides"), tables("customer_redirects")
    moved = moved.select(moved_id="identity_id", holder_id="customer_id")
    merged = merged.select(merged_id="customer_id", into_id="into_id")
    found = known.select("identity_id", "customer_id").distinct().left_join(moved, known.identity_id == moved.moved_id)
    found = found.mutate(holder=ibis.ifelse(found.moved_id.notnull(), found.holder_id, found.customer_id))
    found = found.left_join(merged, found.holder == merged.merged_id)
    return found.select("identity_id", customer_id=ibis.coalesce(found.into_id, found.holder)).filter(
        lambda t: t.customer_id.notnull()
    )


def _won(tables: Tables, scope: Scope, touch: str) -> Table:
    """Return the customers whose first sale ever lies in the scope, with source, orders and what they brought."""
    firsts = first_sales(tables)
    firsts = firsts.filter(
        firsts.first_on >= ibis.date(scope.period.starts_on), firsts.first_on < ibis.date(scope.period.ends_on)
    )
    sold = narrowed(tables, sales(tables), scope)
    sold = sold.filter(sold.customer_id.notnull(), sold.placed_on < ibis.date(scope.period.ends_on))
    orders = sold.group_by("customer_id").aggregate(orders=sold.count())
    moves = _moves(tables, scope).inner_join(firsts, "customer_id")
    early = moves.day.delta(moves.first_on, unit="day") < VALUE_DAYS
    in_time = moves.day < ibis.date(scope.period.ends_on)
    brought = moves.group_by("customer_id").aggregate(
        net_minor=whole(ibis.ifelse(in_time, moves.amount, 0).sum()),
        value_minor=whole(ibis.ifelse(early, moves.amount, 0).sum()),
    )
    found = firsts.inner_join(orders, "customer_id").inner_join(brought, "customer_id")
    found = found.left_join(touched(tables, touch), "customer_id").drop("customer_id_right")
    filled = {name: found[name].fill_null(usual) for name, usual in _USUAL.items()}
    return found.mutate(is_aged=_is_aged(tables, found.first_on), **filled)


_USUAL = {"source": UNKNOWN, "medium": "", "campaign": ""}


def _is_aged(tables: Tables, first_on: Column) -> Column:
    """Whether the days in which early value is counted are over where the data ends."""
    last = tables("orders").placed_on.max().as_scalar()
    return (last.delta(first_on, unit="day") >= VALUE_DAYS - 1).cast("int64")


def _moves(tables: Tables, scope: Scope) -> Table:
    """Sales and refunds of known customers, in the company's currency: ``customer_id, day, amount``."""
    sold, back = (narrowed(tables, table, scope) for table in (sales(tables), tables("refunds")))
    return ibis.union(
        sold.filter(sold.customer_id.notnull()).select(
            "customer_id", day="placed_on", amount=sold.base_minor.cast("int64")
        ),
        back.filter(back.customer_id.notnull()).select(
            "customer_id", day="refunded_on", amount=-back.base_minor.cast("int64")
        ),
    )  # fmt: skip
