"""Reading workbooks. Values only: formulas are never run, their stored results are what counts."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from shuke.platform.imports.rules.refusals import Refused

XLSX_MAGIC = b"PK\x03\x04"
MOST_BYTES = 150 * 1024 * 1024
_MOST_UNPACKED_BYTES = 2 * 1024 * 1024 * 1024
MOST_CELLS = 20_000_000
_FORMULA = re.compile(rb"<f[ >/]")


def is_workbook(path: Path) -> bool:
    """Whether a file looks like a workbook by its first bytes."""
    with path.open("rb") as file:
        return file.read(4) == XLSX_MAGIC


def _check(path: Path) -> None:
    if path.stat().st_size > MOST_BYTES:
        raise Refused("too_large_workbook", limit=MOST_BYTES)
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as damaged:
        raise Refused("damaged_archive") from damaged
    if unpacked > _MOST_UNPACKED_BYTES:
        raise Refused("too_large_workbook", limit=_MOST_UNPACKED_BYTES)


def _open(path: Path) -> Any:
    import python_calamine

    _check(path)
    try:
        return python_calamine.load_workbook(str(path))
    except (python_calamine.CalamineError, OSError, ValueError) as damaged:
        raise Refused("not_a_workbook") from damaged


def likely(path: Path) -> tuple[str, list[str]]:
    """Return the first sheet that holds a table, a header with something below it, and the names of all sheets."""
    workbook = _open(path)
    names = list(workbook.sheet_names)
    if len(names) > 1:
        for name in names:
            found = workbook.get_sheet_by_name(name)
            if found.height > 1 and found.width > 1:
                return name, names
    return (names[0] if names else ""), names


def rows(path: Path, sheet: str) -> Iterator[list[str]]:
    """Yield the rows of a sheet ("" for the first) as the text a person would see, ids and dates unharmed."""
    workbook = _open(path)
    names = list(workbook.sheet_names)
    if not names:
        raise Refused("empty_file")
    if sheet and sheet not in names:
        raise Refused("sheet_missing", sheet=sheet, sheets=", ".join(names))
    read = 0
    for row in workbook.get_sheet_by_name(sheet or names[0]).iter_rows():
        read += len(row)
        if read > MOST_CELLS:
            raise Refused("too_many_cells_in_workbook", limit=MOST_CELLS)
        yield [_text(value) for value in row]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time | timedelta):
        return str(value)
    return str(value)


def count_formulas(path: Path) -> int:
    """Return how many cells of a workbook hold formulas."""
    found = 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                with archive.open(name) as sheet:
                    tail = b""
                    while chunk := sheet.read(1024 * 1024):
                        found += len(_FORMULA.findall(tail + chunk))
                        tail = chunk[-2:] if not _FORMULA.search(tail + chunk[-2:]) else b""
    return found
