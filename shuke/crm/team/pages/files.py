"""The board of churn warnings as a file."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse, QueryDict
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from shuke.crm.team import queries
from shuke.crm.team.queries import board
from shuke.kernel.money import from_minor
from shuke.platform.audit.actions import record
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

MOST_ROWS = 20_000
_AT_ONCE = 500
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@page("segments.export", methods=("POST",))
def export(request: Request) -> HttpResponse:
    """Hand the board out as it is filtered, the most at risk first; written into the audit log. Names as the viewer may see them."""
    look = queries.look()
    if not may(request, queries.WATCH) or look is None:
        raise Http404
    filters = board.read(QueryDict(request.POST.get("query", "")))
    kind = "xlsx" if request.POST.get("format") == "xlsx" else "csv"
    sees = may(request, "customers.view_contacts")
    over = list(board.found(filters, me=request.user.pk).order_by("-at_risk_minor", "pk")[:MOST_ROWS])
    with transaction.atomic():
        summary = {"members": len(over), "format": kind, "contacts": sees}
        record(request.actor, "team.warnings_exported", target="team.Crossing", summary=summary, now=request.now)
    rows = _rows(over, sees_contacts=sees, currency=request.company.currency)
    content = _workbook(rows) if kind == "xlsx" else _csv(rows)
    answer = HttpResponse(content, content_type=_XLSX if kind == "xlsx" else "text/csv; charset=utf-8")
    name = f"{_('Churn warnings')}-{look.as_of.isoformat()}.{kind}"
    answer.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer


def _rows(over: list[Any], *, sees_contacts: bool, currency: str) -> Iterator[list[Any]]:
    """Yield the heading and then a row for each warning."""
    yield [
        _("Customer"), _("Public id"), _("Value tier"), _("RFM group"), _("Churn risk"), _("Value at risk"),
        _("Expected value"), _("Currency"), _("Since"), _("Why"), _("What to do"), _("Looked after by"),
    ]  # fmt: skip
    for start in range(0, len(over), _AT_ONCE):
        for row in board.rows(over[start : start + _AT_ONCE], sees_contacts=sees_contacts):
            crossing = row.crossing
            yield [
                row.title, str(row.uuid), row.tier, row.group, crossing.risk, from_minor(crossing.at_risk_minor, currency),
                from_minor(crossing.expected_minor, currency), currency, crossing.since,
                formats.listed([one.text for one in row.why if one.raises]), row.suggestion, row.responsible,
            ]  # fmt: skip


def _csv(rows: Iterable[list[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow(
            [f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell for cell in row]
        )
    return text.getvalue().encode("utf-8-sig")


def _workbook(rows: Iterable[list[Any]]) -> bytes:
    import xlsxwriter

    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        day, bold = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"bold": True})
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(at, column, cell, None if at else bold)
                elif isinstance(cell, date):
                    sheet.write_datetime(at, column, cell, day)
                elif cell is not None:
                    sheet.write_number(at, column, cell)
    return target.getvalue()
