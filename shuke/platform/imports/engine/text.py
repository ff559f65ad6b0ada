"""Reading delimited text of unknown encoding, a row at a time, whatever its size."""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from typing_extensions import override

from shuke.platform.imports.rules.mapping import DELIMITERS
from shuke.platform.imports.rules.refusals import Refused

GZIP_MAGIC = b"\x1f\x8b"
_SAMPLE_BYTES = 8 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024
_LONGEST_CELL = 1_000_000
_UNDECODED = re.compile("[\udc80-\udcff]")
_BEYOND = re.compile("[^\x00-\x7f]")
_ALONE = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")
_NOT_TEXT = (
    b"%PDF",
    b"PK\x03\x04",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\xd0\xcf\x11\xe0",
    b"Rar!",
    b"7z\xbc\xaf",
    b"BZh",
)


class Counted(io.RawIOBase):
    """A binary stream that counts what passes and refuses more than ``limit`` bytes: what a small archive unpacks to."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream, self._limit = stream, limit
        self.passed = 0

    @override
    def readable(self) -> bool:
        """Return True."""
        return True

    @override
    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer``; raise ``Refused`` for damaged archives and beyond the limit."""
        try:
            chunk = self._stream.read(len(buffer))
        except (OSError, EOFError, zlib.error) as damaged:
            raise Refused("damaged_archive") from damaged
        self.passed += len(chunk)
        if self.passed > self._limit:
            raise Refused("too_large_file", limit=self._limit)
        buffer[: len(chunk)] = chunk
        return len(chunk)


@dataclass(frozen=True, slots=True)
class TextForm:
    """How a text file is written."""

    encoding: str
    delimiter: str


def open_bytes(path: Path, limit: int) -> tuple[Counted, IO[bytes]]:
    """Open a file, unpacking gzip; return the stream of its content and the file itself, whose position shows progress."""
    file = path.open("rb")
    is_gzip = file.read(2) == GZIP_MAGIC
    file.seek(0)
    return Counted(gzip.GzipFile(fileobj=file) if is_gzip else file, limit), file  # type: ignore[arg-type]


def sniff(path: Path, limit: int) -> TextForm:
    """Work out encoding and delimiter; refuse what is empty or no text at all."""
    content, file = open_bytes(path, limit)
    with file:
        buffered = io.BufferedReader(content, _CHUNK_BYTES)
        head = buffered.read(_CHUNK_BYTES)
        if not head.strip():
            raise Refused("empty_file")
        if head.startswith(_NOT_TEXT):
            raise Refused("not_a_table")
        encoding = _by_mark(head) or _by_content(head, buffered)
    text = head.decode(encoding, "replace")
    if (
        sum(character < " " and character not in "\t\r\n\f\v" for character in text[:100_000])
        > len(text[:100_000]) // 100
    ):
        raise Refused("not_a_table")
    return TextForm(encoding, _delimiter(text))


def _by_mark(head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8"
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else ""


def _by_content(head: bytes, rest: IO[bytes]) -> str:
    """UTF-8 if nothing contradicts it; else Chinese or Western by how bytes beyond ASCII stand together.

    Chinese characters are pairs of high bytes; accented letters stand alone between ASCII letters. A few broken rows
    in a UTF-8 file leave it UTF-8: they are refused one by one later.
    """
    wrong, beyond, alone, done = 0, 0, 0, 0
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    chunk = head
    while chunk and done < _SAMPLE_BYTES:
        done += len(chunk)
        if not chunk.isascii():
            text = decoder.decode(chunk)
            wrong += len(_UNDECODED.findall(text))
            beyond += len(_BEYOND.findall(text))
            alone += len(_ALONE.findall(chunk))
        chunk = rest.read(_CHUNK_BYTES)
    if not wrong or wrong * 20 < beyond:
        return "utf-8"
    return "cp1252" if alone * 2 > wrong else "gb18030"


def _delimiter(text: str) -> str:
    """The delimiter that splits the first rows into the most columns, as many in each."""
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    scores = {}
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter))
        width, rows = max(widths.items(), key=lambda found: (found[1], found[0]))
        scores[delimiter] = (rows / max(1, sum(widths.values())) * (width > 1), width)
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best][1] > 1 else ","


def rows(content: Counted, form: TextForm) -> Iterator[list[str]]:
    """Yield the rows of a text; bytes that are no text arrive as lone surrogates, a quote that never ends as one row."""
    encoding = "utf-8-sig" if form.encoding == "utf-8" else form.encoding
    errors = "replace" if form.encoding == "utf-16" else "surrogateescape"
    csv.field_size_limit(_LONGEST_CELL)
    text = io.TextIOWrapper(io.BufferedReader(content, _CHUNK_BYTES), encoding, errors, newline="")
    reader = csv.reader(text, delimiter=form.delimiter)
    while True:
        try:
            yield from reader
            return
        except csv.Error:
            yield ["\udcff"]  # one cell nobody can read: refused with its row number like any other
