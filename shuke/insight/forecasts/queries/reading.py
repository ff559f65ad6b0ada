"""Reading the series from the warehouse: a few questions, and one for each series that another domain declared."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from shuke.cdp.ingest.queries import sources as ingest
from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.forecasts import rules
from shuke.insight.forecasts.engine import facts
from shuke.insight.forecasts.engine.assembling import Found, History, daily
from shuke.kernel.places import territory_of, territory_of_zone
from shuke.platform.company import queries as company
from shuke.platform.manifest import daily_series

_LEAST_SHARE, _MOST_COUNTRIES = 0.1, 3
_RECENT = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Countries:
    """Whose calendars count: of the company, and of each shop; most orders first."""

    company: tuple[str, ...]
    shops: dict[int, tuple[str, ...]]


def history(first: date, until: date) -> History:
    """Return every series by day."""
    tables = warehouse.table
    declared = {
        name: warehouse.rows(
            facts.contributed(
                warehouse.today(one.table), first, day=one.day, value=one.value, shop=one.shop, where=one.where
            )
        )
        for name, one in daily_series().items()
    }
    found = Found(
        shops=warehouse.rows(facts.by_shop(tables, first)),
        categories=warehouse.rows(facts.by_category(tables, first)),
        visits=warehouse.rows(facts.visits(warehouse.events(), tables("orders"), first)),
        sources={code: shop for code, shop in ingest.shops_by_code().items() if shop is not None},
        declared=declared,
    )
    return daily(found, first, until)


def span(now_on: date) -> tuple[date, date] | None:
    """Return the first day of history and the last whole one; None while nothing was sold."""
    until = warehouse.data_until()
    if until is None:
        return None
    last = min(until, now_on - timedelta(days=1))
    sold = warehouse.table("orders")
    begun = warehouse.scalar(sold.aggregate(on=sold.placed_on.min()))
    if begun is None or begun > last:
        return None
    return max(begun, last - timedelta(days=rules.MOST_DAYS - 1)), last


def countries(until: date) -> Countries:
    """Return the countries that the company and each shop mostly sell to; where nobody says, the company's own."""
    rows = warehouse.rows(facts.countries(warehouse.table, until - _RECENT))
    everywhere: Counter[str] = Counter()
    by_shop: dict[int, Counter[str]] = {}
    for row in rows:
        code = territory_of(row["country"])
        if code:
            everywhere[code] += row["orders"]
            by_shop.setdefault(row["shop_id"], Counter())[code] += row["orders"]
    found = company.find_company()
    home = territory_of_zone(found.time_zone) if found else ""
    usual = (home,) if home else ()
    return Countries(_main(everywhere) or usual, {shop: _main(counted) for shop, counted in by_shop.items()})


def _main(counted: Counter[str]) -> tuple[str, ...]:
    total = sum(counted.values())
    return tuple(code for code, count in counted.most_common(_MOST_COUNTRIES) if count >= _LEAST_SHARE * total)
