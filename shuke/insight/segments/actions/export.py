"""Taking members out of the product, as a file."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from django.db import transaction

from shuke.insight.segments import errors, queries
from shuke.insight.segments.models import Segment
from shuke.insight.segments.queries import exporting
from shuke.insight.segments.rules.files import safe
from shuke.platform.audit.actions import record
from shuke.platform.company import queries as company
from shuke.platform.staff.actor import Actor

# A worksheet holds 1,048,576 rows and takes seconds per hundred thousand; larger exports are for CSV.
MOST_ROWS_IN_XLSX = 200_000


@dataclass(frozen=True, slots=True)
class Export:
    """An export about to be written: its heading, its rows as they are read, and how many members there were."""

    heading: list[str]
    rows: Iterator[list[exporting.Cell]]
    count: int
    as_of: date


@transaction.atomic
def begin(
    segment: Segment, *, columns: Sequence[str] = (), file_format: str, sees_contacts: bool, by: Actor, now: datetime
) -> Export:
    """Settle who and what is exported, write that into the audit log, and return the rows to be streamed.

    A segment's rule is evaluated now, so a file never holds yesterday's members. Raises ``TooManyForXlsx``.
    """
    chosen = exporting.columns_for(columns, sees_contacts=sees_contacts)
    as_of = now.date() if segment.is_list else queries.today()
    ids = queries.listed_ids(segment) if segment.is_list else queries.present_ids(segment, as_of=as_of)
    if file_format == "xlsx" and len(ids) > MOST_ROWS_IN_XLSX:
        raise errors.TooManyForXlsx(MOST_ROWS_IN_XLSX)
    summary = {
        "members": len(ids), "format": file_format, "columns": [column.code for column in chosen],
        "contacts": any(column.is_contact for column in chosen),
    }  # fmt: skip
    record(by, "segments.exported", target=f"segments.Segment:{segment.pk}", summary=summary, now=now)
    found = company.find_company()
    rows = exporting.rows(segment, ids, chosen, currency=found.currency if found else "")
    return Export([str(column.label) for column in chosen], rows, len(ids), as_of)


def csv_pieces(export: Export) -> Iterator[bytes]:
    """Yield the file in pieces: UTF-8 with a mark, so that spreadsheets read Chinese right."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(export.heading)
    yield b"\xef\xbb\xbf"
    for number, row in enumerate(export.rows, start=1):
        writer.writerow([safe(cell) for cell in row])
        if number % exporting.AT_ONCE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def xlsx_file(export: Export) -> BinaryIO:
    """Write a workbook to a nameless temporary file and return it, rewound. Texts stay texts, whatever they begin with."""
    import xlsxwriter

    file = TemporaryFile()  # noqa: SIM115  the response closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, export.heading, book.add_format({"bold": True}))
    for at, row in enumerate(export.rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(at, column, cell)
            elif isinstance(cell, date):
                sheet.write_datetime(at, column, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001
            elif cell is not None:
                sheet.write_number(at, column, cell)
    book.close()
    file.seek(0)
    return file


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def file_name(segment: Segment, export: Export, file_format: str) -> str:
    """Return a file name that any system takes: the segment's name and the day it speaks of."""
    kept = "".join(letter if letter.isalnum() or letter in " -_" else "_" for letter in segment.name)
    return f"{Path(kept.strip() or 'segment').name}-{export.as_of.isoformat()}.{file_format}"
