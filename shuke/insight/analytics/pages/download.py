"""The tables of the reports as files."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from shuke.insight.analytics import rules
from shuke.insight.analytics.pages.content import Column, Sheet
from shuke.insight.analytics.pages.customers import cohort_period, shown
from shuke.insight.analytics.pages.framing import Frame, frame
from shuke.insight.analytics.pages.products import ordering
from shuke.insight.analytics.pages.reports import REPORTS
from shuke.insight.analytics.pages.times import weekdays
from shuke.insight.analytics.queries import customers, places, products, sales, times
from shuke.kernel.money import from_minor
from shuke.platform.audit.actions import record
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request

MOST_ROWS = 10_000
Row = Sequence[Any]
Table = tuple[Row, Iterable[Row]]
_BYTE_ORDER_MARK = "\ufeff"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@page("reports.view")
def download(request: Request, table: str) -> HttpResponse:
    """Answer a table of the reports as CSV or XLSX: amounts as plain decimals, text that no spreadsheet runs as a formula.

    A table is one of ``TABLES``, or one of a report's, as ``report-table``. Taking one out is written into the audit log.
    """
    found, heading, rows = _table(request, table)
    period, written = found.asked.period, [[_cell(value) for value in row] for row in rows]
    file_format = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    summary = {
        "table": table,
        "format": file_format,
        "rows": len(written),
        "from": f"{period.starts_on}",
        "to": f"{period.last_day}",
    }
    record(request.actor, "reports.downloaded", summary=summary, now=request.now)
    content, kind = (_xlsx, _XLSX) if file_format == "xlsx" else (_csv, "text/csv; charset=utf-8")
    response = HttpResponse(content(heading, written), content_type=kind)
    name = f"{table}-{period.starts_on}-{period.last_day}.{file_format}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _table(request: Request, table: str) -> tuple[Frame, Row, Iterable[Row]]:
    name, _mark, sheet_name = table.partition("-")
    if table in TABLES:
        found = frame(request, "sales")
        if found is not None:
            return found, *TABLES[table](request, found)
    elif name in REPORTS:
        content, form = REPORTS[name]
        found = frame(request, name, form)
        sheet = next((one for one in content(found).sheets if one.name == sheet_name), None) if found else None
        if found is not None and sheet is not None:
            return found, *_plain_sheet(sheet)
    raise Http404


def _plain_sheet(sheet: Sheet) -> Table:
    """Return a table of a report with amounts as decimals, each with its currency in the heading."""
    heading = [
        f"{column.label} ({sheet.currency})" if column.kind == "money" else column.label for column in sheet.columns
    ]  # fmt: skip
    return heading, (
        [_plain_cell(column, value, sheet.currency) for column, value in zip(sheet.columns, row.cells, strict=True)]
        for row in sheet.rows
    )


def _plain_cell(column: Column, value: Any, currency: str) -> Any:
    if column.kind == "money" and value is not None:
        return from_minor(value, currency)
    if isinstance(value, float):
        return int(value) if value.is_integer() and column.kind == "number" else round(value, 6)
    # Figures without a value stay empty: the dash of the page is no number.
    return value.strip() if isinstance(value, str) else value


def _csv(heading: Row, rows: list[list[Any]]) -> bytes:
    written = io.StringIO()
    # Spreadsheets take a file without this mark for their local encoding.
    written.write(_BYTE_ORDER_MARK)
    writer = csv.writer(written)
    writer.writerow(heading)
    writer.writerows(rows)
    return written.getvalue().encode()


def workbook(target: IO[bytes]) -> Any:
    """Return a new workbook, to be used in a ``with``; every text is a text, whatever it begins with."""
    import xlsxwriter

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    return xlsxwriter.Workbook(target, {**options, "default_date_format": "yyyy-mm-dd"})


def add_sheet(book: Any, sheet: Sheet, name: str) -> None:
    """Add a report's table to a workbook under a name that it takes."""
    heading, rows = _plain_sheet(sheet)
    _write(book, heading, ([_cell(value) for value in row] for row in rows), name)


def _write(book: Any, heading: Row, rows: Iterable[Row], name: str | None = None) -> None:
    made, strong = book.add_worksheet(name), book.add_format({"bold": True})
    made.write_row(0, 0, [str(each) for each in heading], strong)
    for number, row in enumerate(rows, 1):
        made.write_row(number, 0, row)
    made.freeze_panes(1, 0)
    made.autofit()


def _xlsx(heading: Row, rows: list[list[Any]]) -> bytes:
    target = io.BytesIO()
    with workbook(target) as book:
        _write(book, heading, rows)
    return target.getvalue()


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
    grid = customers.cohorts(found.asked.scope.during(cohort_period(found)))
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
