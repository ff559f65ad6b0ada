"""Small files, read at once while somebody waits: a header that is guessed, and rows with their numbers.

For files of hundreds of thousands of rows there are the imports; here a whole file is taken, or refused with reasons.
"""

import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shuke.platform.imports.engine import source
from shuke.platform.imports.rules import headers
from shuke.platform.imports.rules.refusals import Refused

MOST_BYTES = 20 * 1024 * 1024
# What is uploaded may be personal: where there is a file system in memory it never meets a disk.
_MEMORY = Path("/dev/shm")  # noqa: S108  a folder of the system, not a predictable file


@dataclass(frozen=True, slots=True)
class Small:
    """The rows of a file, each a number as spreadsheets count and its cells by field; fields of no column are left out."""

    rows: list[tuple[int, dict[str, str]]]
    fields: frozenset[str]


def read(content: bytes, aliases: Mapping[str, Sequence[str]], *, needed: Collection[str], most: int) -> Small:
    """Return the rows of a CSV, TSV or XLSX file. Raises ``Refused`` for what is no table of these fields."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        table = source.open_table(path, source.recognise(path, limit=MOST_BYTES), limit=MOST_BYTES)
        try:
            columns = headers.guess(table.headers, aliases, needed=needed)
            if lacking := [field for field in needed if field not in columns]:
                raise Refused("columns_missing", names=", ".join(str(aliases[field][0]) for field in lacking))
            places = {field: table.headers.index(header) for field, header in columns.items()}
            rows: list[tuple[int, dict[str, str]]] = []
            for number, cells in table.rows:
                if len(rows) >= most:
                    raise Refused("too_many_rows", most=most)
                rows.append((number, {field: cells[place].strip() for field, place in places.items()}))
        finally:
            table.close()
    if not rows:
        raise Refused("header_only")
    return Small(rows, frozenset(columns))
