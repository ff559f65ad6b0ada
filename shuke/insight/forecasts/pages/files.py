"""Tables as files: CSV that spreadsheets read right, and workbooks. Text stays text, whatever it begins with."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from tempfile import TemporaryFile
from typing import Any

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_BYTE_ORDER_MARK = "\ufeff"
Row = Sequence[Any]


def answer(kind: str, name: str, heading: Row, rows: Iterable[Row]) -> HttpResponseBase:
    """Return a table as a file of ``kind``, xlsx or csv."""
    return workbook(name, [(name[:31], heading, rows)]) if kind == "xlsx" else _csv(name, heading, rows)


def _csv(name: str, heading: Row, rows: Iterable[Row]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{name}.csv")
    response.write(_BYTE_ORDER_MARK)
    writer = csv.writer(response)
    writer.writerow(heading)
    writer.writerows([_safe(value) for value in row] for row in rows)
    return response


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def workbook(name: str, sheets: Sequence[tuple[str, Row, Iterable[Row]]]) -> FileResponse:
    """Return a workbook of some sheets."""
    import xlsxwriter

    file = TemporaryFile()  # noqa: SIM115  the response closes it
    book = xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True})
    day, bold = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"bold": True})
    for title, heading, rows in sheets:
        sheet = book.add_worksheet("".join(letter for letter in title if letter not in "[]:*?/\\'")[:31])
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(heading) - 1, 0), 16)
        sheet.write_row(0, 0, heading, bold)
        for at, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(at, column, cell)
                elif isinstance(cell, date):
                    sheet.write_datetime(at, column, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001
                elif cell is not None:
                    sheet.write_number(at, column, float(cell))
    book.close()
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=_XLSX)
