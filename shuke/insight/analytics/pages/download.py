"""The tables of the reports as files."""

import csv
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from shuke.insight.analytics import rules
from shuke.insight.analytics.pages.customers import cohort_period, shown
from shuke.insight.analytics.pages.framing import Frame, frame
from shuke.insight.analytics.pages.products import ordering
from shuke.insight.analytics.pages.times import weekdays
from shuke.insight.analytics.queries import customers, places, products, sales, times
from shuke.kernel.money import from_minor
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request

MOST_ROWS = 10_000
Row = Sequence[Any]
Table = tuple[Row, Iterable[Row]]
_BYTE_ORDER_MARK = "\ufeff"


@page("reports.view")
def download(request: Request, table: str) -> HttpResponse:
    """Answer a table of the reports as CSV: amounts as plain decimals, text that no spreadsheet runs as a formula."""
    make, found = TABLES.get(table), frame(request, "sales")
    if make is None or found is None:
        raise Http404
    heading, rows = make(request, found)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    period = found.asked.period
    response["Content-Disposition"] = f'attachment; filename="{table}-{period.starts_on}-{period.last_day}.csv"'
    # Spreadsheets take a file without this mark for their local encoding.
    response.write(_BYTE_ORDER_MARK)
    writer = csv.writer(response)
    writer.writerow(heading)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return response


def _cell(value: Any) -> Any:
    return rules.spreadsheet_safe(value) if isinstance(value, str) else value


def _sales(request: Request, found: Frame) -> Table:
    del request
    asked, money = found.asked, _money(found)
    parts = sales.by_step(sales.takings(asked.scope), asked.period, asked.step)
    return (
        (
            _("From"), _("To"), _("Gross sales"), _("Refunds"), _("Adjustments"), _("Net sales"), _("Orders"),
            _("Guest orders"), _("Average order"), _("Currency"),
        ),
        (
            (
                part.period.starts_on, part.period.last_day, money(part.gross_minor), money(part.refunds_minor),
                money(part.adjustments_minor), money(part.net_minor), part.orders, part.guest_orders,
                money(part.average_order_minor), found.currency,
            )
            for part in parts
        ),
    )  # fmt: skip


def _products(request: Request, found: Frame) -> Table:
    money = _money(found)
    rows = products.products(found.asked.scope, order=ordering(request), limit=MOST_ROWS)
    return (
        (
            _("Product"), _("SKU"), _("Category"), _("Orders"), _("Quantity"), _("Gross sales"), _("Returned"), _("Refunds"),
            _("Net sales"), _("Currency"),
        ),
        (
            (
                each.title, each.sku, each.category, each.orders, _plain(each.quantity), money(each.gross_minor),
                _plain(each.returned), money(each.refunds_minor), money(each.net_minor), found.currency,
            )
            for each in rows
        ),
    )  # fmt: skip


def _categories(request: Request, found: Frame) -> Table:
    del request
    money = _money(found)
    return (
        (_("Category"), _("Products"), _("Quantity"), _("Gross sales"), _("Refunds"), _("Net sales"), _("Currency")),
        (
            (
                each.category, each.products, _plain(each.quantity), money(each.gross_minor), money(each.refunds_minor),
                money(each.net_minor), found.currency,
            )
            for each in products.categories(found.asked.scope)
        ),
    )  # fmt: skip


def _buyers(request: Request, found: Frame) -> Table:
    del request
    return (
        (_("From"), _("To"), _("Buyers"), _("New buyers"), _("Returning buyers")),
        (
            (part.starts_on, part.last_day, people.buyers, people.new_buyers, people.returning_buyers)
            for part, people in sales.buyers_by_step(found.asked.scope, found.asked.step)
        ),
    )


def _cohorts(request: Request, found: Frame) -> Table:
    money, show = _money(found), shown(request)
    grid = customers.cohorts(cohort_period(found), shop_id=found.asked.scope.shop_id)
    longest = max((len(each.customers) for each in grid), default=0)

    def cells(each: customers.Cohort) -> list[Any]:
        if show == "money":
            return [money(net) for net in each.net_minor]
        if show == "customers":
            return list(each.customers)
        return [rules.ratio(count, each.size) for count in each.customers]

    return (
        (_("First order in"), _("Buyers"), *range(longest)),
        ((each.month.starts_on.strftime("%Y-%m"), each.size, *cells(each)) for each in grid),
    )


def _countries(request: Request, found: Frame) -> Table:
    del request
    money = _money(found)
    return (
        (_("Country"), _("Orders"), _("Buyers"), _("Gross sales"), _("Refunds"), _("Net sales"), _("Currency")),
        (
            (
                each.country, each.orders, each.buyers, money(each.gross_minor), money(each.refunds_minor),
                money(each.net_minor), found.currency,
            )
            for each in places.countries(found.asked.scope)
        ),
    )  # fmt: skip


def _cities(request: Request, found: Frame) -> Table:
    del request
    money = _money(found)
    return (
        (_("Country"), _("Region"), _("City"), _("Orders"), _("Buyers"), _("Gross sales"), _("Currency")),
        (
            (each.country, each.region, each.city, each.orders, each.buyers, money(each.gross_minor), found.currency)
            for each in places.cities(found.asked.scope, limit=MOST_ROWS)
        ),
    )


def _hours(request: Request, found: Frame) -> Table:
    del request
    money, names = _money(found), weekdays()
    return (
        (_("Weekday"), _("Hour"), _("Orders"), _("Gross sales"), _("Currency")),
        (
            (names[slot.weekday], slot.hour, slot.orders, money(slot.gross_minor), found.currency)
            for day in times.week(found.asked.scope)
            for slot in day
        ),
    )


def _money(found: Frame) -> Callable[[int | None], Any]:
    return lambda minor: None if minor is None else from_minor(minor, found.currency)


def _plain(quantity: float) -> float | int:
    return int(quantity) if quantity.is_integer() else quantity


TABLES: dict[str, Callable[[Request, Frame], Table]] = {
    "sales": _sales,
    "products": _products,
    "categories": _categories,
    "buyers": _buyers,
    "cohorts": _cohorts,
    "countries": _countries,
    "cities": _cities,
    "hours": _hours,
}
