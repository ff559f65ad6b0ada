"""At which prices people buy: lines of sales by the price of a single piece, in bands."""

from collections.abc import Sequence
from typing import Any

import ibis

from shuke.insight.analytics.engine.facts import Column, Table, Tables, lines_within, whole
from shuke.insight.analytics.rules import Scope


def quantiles(tables: Tables, scope: Scope, parts: int) -> Table:
    """Return one row: the prices that divide the lines of a scope into parts with equally many, and how many there are."""
    priced = _priced(tables, scope)
    cuts: dict[str, Any] = {f"cut{number}": priced.price.quantile(number / parts) for number in range(1, parts)}
    return priced.aggregate(lines=priced.count(), **cuts)


def bands(tables: Tables, scope: Scope, limits: tuple[int, ...]) -> Table:
    """Return, by band (0 is below the first limit), what was sold at its prices and to how many."""
    banded = _banded(tables, scope, limits)
    return (
        banded.group_by("band")
        .aggregate(
            lines=banded.count(),
            orders=banded.order_id.nunique(),
            buyers=banded.customer_id.nunique(),
            quantity=banded.quantity.sum(),
            gross_minor=whole(banded.base_minor.sum()),
        )
        .order_by("band")
    )


def by_category(tables: Tables, scope: Scope, limits: tuple[int, ...], *, most: int) -> Table:
    """Return gross sales by top category and band, for the categories that sold most; "" is goods without one."""
    banded = _with_category(tables, _banded(tables, scope, limits))
    sums = banded.group_by(["category", "band"]).aggregate(gross_minor=whole(banded.base_minor.sum()))
    totals = banded.group_by("category").aggregate(total=whole(banded.base_minor.sum()))
    totals = totals.order_by([ibis.desc("total"), "category"]).limit(most)
    return sums.inner_join(totals, "category").order_by([ibis.desc("total"), "category", "band"])


def typical(tables: Tables, scope: Scope, limits: tuple[int, ...]) -> Table:
    """Return how many customers have which typical band: the one of most of their lines, of two the cheaper."""
    found = _typical(tables, scope, limits)
    return found.group_by("band").aggregate(customers=found.count()).order_by("band")


def band_people(tables: Tables, scope: Scope, limits: tuple[int, ...], *, band: int) -> Table:
    """Return the customers who bought anything at the prices of a band."""
    banded = _banded(tables, scope, limits)
    return banded.filter(banded.band == band, banded.customer_id.notnull()).select("customer_id").distinct()


def typical_people(tables: Tables, scope: Scope, limits: tuple[int, ...], *, band: int) -> Table:
    """Return the customers whose typical band it is."""
    found = _typical(tables, scope, limits)
    return found.filter(found.band == band).select("customer_id")


def _typical(tables: Tables, scope: Scope, limits: tuple[int, ...]) -> Table:
    banded = _banded(tables, scope, limits)
    banded = banded.filter(banded.customer_id.notnull())
    counted = banded.group_by(["customer_id", "band"]).aggregate(lines=banded.count())
    order = [ibis.desc(counted.lines), counted.band]
    ranked = counted.mutate(place=ibis.row_number().over(group_by=counted.customer_id, order_by=order))
    return ranked.filter(ranked.place == 0).select("customer_id", "band")


def _priced(tables: Tables, scope: Scope) -> Table:
    """Lines with a price in the company's currency; what was given away has none."""
    lines = lines_within(tables, scope)
    lines = lines.filter(lines.quantity > 0, lines.base_minor > 0)
    return lines.mutate(price=lines.base_minor.cast("float64") / lines.quantity)


def _banded(tables: Tables, scope: Scope, limits: tuple[int, ...]) -> Table:
    lines = lines_within(tables, scope)
    lines = lines.filter(lines.quantity > 0, lines.base_minor > 0)
    return lines.mutate(band=_band(lines, limits))


def _band(lines: Table, limits: Sequence[int]) -> Column:
    """Compare without dividing, as the rules of segments do, so that both find the same people."""
    found: Column = ibis.literal(0, "int64")
    for limit in limits:
        found = found + (lines.base_minor >= lines.quantity * limit).cast("int64")
    return found


def _with_category(tables: Tables, lines: Table) -> Table:
    catalogue = tables("products")
    top = catalogue.category.split("/")[0].strip()
    named = catalogue.select("product_id", category=ibis.ifelse(catalogue.category == "", "", top))
    joined = lines.left_join(named, "product_id").drop("product_id_right")
    return joined.mutate(category=joined.category.fill_null(""))
