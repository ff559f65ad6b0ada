"""One file, whatever it is, as a header and numbered rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from shuke.platform.imports.engine import sheet, text
from shuke.platform.imports.engine.text import TextForm
from shuke.platform.imports.rules import headers as names
from shuke.platform.imports.rules.refusals import Refused

# The number a spreadsheet gives a row, and its cells.
Row = tuple[int, list[str]]
_MOST_COLUMNS = 1_000
LIMIT_BYTES = 4 * 1024**3


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is written: text with an encoding and a delimiter, or a sheet of a workbook."""

    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)
    is_workbook: bool = False


@dataclass(slots=True)
class Table:
    """A file opened for reading: ``rows`` are numbered as in a spreadsheet, ``position`` says how far we are."""

    headers: list[str]
    rows: Iterator[Row]
    position: Callable[[], int]
    size: int
    close: Callable[[], None]


def recognise(path: Path, *, limit: int = LIMIT_BYTES) -> Form:
    """Work out how a file is written; refuse what is empty, too large or no table."""
    size = path.stat().st_size
    if not size:
        raise Refused("empty_file")
    if size > limit:
        raise Refused("too_large_file", limit=limit)
    if sheet.is_workbook(path):
        chosen, names = sheet.likely(path)
        return Form(sheet=chosen, sheets=names, is_workbook=True)
    found = text.sniff(path, limit)
    return Form(found.encoding, found.delimiter)


def open_table(path: Path, form: Form, *, limit: int = LIMIT_BYTES) -> Table:
    """Open a file and read its header, the first row that is not blank; refuse a file without rows below it."""
    size = path.stat().st_size
    if not size:
        raise Refused("empty_file")
    if sheet.is_workbook(path):
        lines = sheet.rows(path, form.sheet)
        return _table(lines, lambda: 0, 0, lambda: None)
    content, file = text.open_bytes(path, limit)
    lines = text.rows(content, TextForm(form.encoding, form.delimiter))
    return _table(lines, file.tell, size, file.close)


def _table(lines: Iterator[list[str]], position: Callable[[], int], size: int, close: Callable[[], None]) -> Table:
    numbered = enumerate(lines, 1)
    for _number, cells in numbered:
        if any(cell.strip() for cell in cells):
            break
    else:
        raise Refused("empty_file")
    while len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    if len(cells) > _MOST_COLUMNS:
        raise Refused("too_many_columns", most=_MOST_COLUMNS)
    headers = names.unique(cells)
    return Table(headers, _rows(numbered, len(headers)), position, size, close)


def _rows(numbered: Iterator[tuple[int, list[str]]], width: int) -> Iterator[Row]:
    """Leave out blank rows; make every row at least as wide as the header, and not wider if the rest is blank."""
    for number, cells in numbered:
        if len(cells) != width:
            if not any(cells):
                continue
            if len(cells) < width:
                cells.extend([""] * (width - len(cells)))
            while len(cells) > width and not cells[-1].strip():
                cells.pop()
        elif not cells[0] and not any(cells):
            continue
        yield number, cells
