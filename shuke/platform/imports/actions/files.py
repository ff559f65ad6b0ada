"""Where uploaded files lie: a private folder per import, streamed in, removed when no longer needed."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Collection, Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from shuke.kernel.ids import uuid7
from shuke.platform.imports import queries
from shuke.platform.imports.engine.source import LIMIT_BYTES
from shuke.platform.imports.errors import UnreadableFile
from shuke.platform.imports.errors.wording import sentence
from shuke.platform.imports.rules.refusals import Refusal

_CHUNK_BYTES = 1024 * 1024


def folder(uuid: UUID) -> Path:
    """Return the folder of one import."""
    return Path(settings.SHUKE_FILES_DIR) / "imports" / str(uuid)


def source(uuid: UUID) -> Path:
    """Return the uploaded file."""
    return folder(uuid) / "source"


def stage(uuid: UUID) -> Path:
    """Return the staged records."""
    return queries.stage_path(uuid)


def mark_of_stage(uuid: UUID) -> str:
    """Return under which circumstances the staged records were read, "" if there are none."""
    if not stage(uuid).exists():
        return ""
    with closing(sqlite3.connect(stage(uuid))) as database:
        found = database.execute("SELECT value FROM meta WHERE name = 'mark'").fetchone()
    return str(found[0]) if found else ""


def mark_stage(uuid: UUID, mark: str) -> None:
    """Note under which circumstances the staged records were read."""
    with closing(sqlite3.connect(stage(uuid))) as database, database:
        database.execute("INSERT OR REPLACE INTO meta VALUES ('mark', ?)", (mark,))


def refuse(uuid: UUID, places: tuple[int, int], codes: Collection[str], refused: Iterable[tuple[int, Refusal]]) -> None:
    """Note what turned out only when staged records between two ``seq`` were written; doing it again changes nothing."""
    news = list(refused)
    marks = ",".join("?" * len(codes))
    with closing(sqlite3.connect(stage(uuid))) as database, database:
        found = f"SELECT 1 FROM refusals WHERE seq BETWEEN ? AND ? AND code IN ({marks}) LIMIT 1"  # noqa: S608
        if not news and not database.execute(found, (*places, *codes)).fetchone():
            return
        database.execute(f"DELETE FROM refusals WHERE seq BETWEEN ? AND ? AND code IN ({marks})", (*places, *codes))  # noqa: S608
        database.executemany(
            "INSERT INTO refusals VALUES (?,?,?,?,?,?,?)",
            [(seq, one.row, one.column, one.value, one.code, one.number, json.dumps(one.facts)) for seq, one in news],
        )


def sample(uuid: UUID) -> Path:
    """Return the file's first rows, kept to show how a mapping reads them."""
    return folder(uuid) / "sample.json"


def limit_bytes() -> int:
    """Return how large an upload, and what it unpacks to, may be."""
    return int(getattr(settings, "SHUKE_IMPORT_MOST_BYTES", LIMIT_BYTES))


class Receiving:
    """An upload on its way into a folder of its own; raises ``UnreadableFile`` beyond the limit and keeps nothing."""

    def __init__(self) -> None:
        self.uuid = uuid7()
        self.size = 0
        self._digest, self._most = hashlib.sha256(), limit_bytes()
        target = source(self.uuid)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = target.open("wb")
        target.chmod(0o600)

    def write(self, chunk: bytes) -> None:
        """Take the next piece."""
        self.size += len(chunk)
        if self.size > self._most:
            self.discard()
            raise UnreadableFile(sentence("too_large_file", {"limit": self._most}), code="too_large_file")
        self._digest.update(chunk)
        self._file.write(chunk)

    def finish(self) -> str:
        """Close the file and return its SHA-256; refuse an empty one."""
        self._file.close()
        if not self.size:
            self.discard()
            raise UnreadableFile(sentence("empty_file", {}), code="empty_file")
        return self._digest.hexdigest()

    def discard(self) -> None:
        """Remove what arrived."""
        self._file.close()
        remove(self.uuid)


def receive(chunks: Iterable[bytes]) -> Receiving:
    """Write ``chunks`` to a new folder."""
    arriving = Receiving()
    try:
        for chunk in chunks:
            arriving.write(chunk)
    except BaseException:
        arriving.discard()
        raise
    return arriving


def chunks_of(path: Path) -> Iterable[bytes]:
    """Yield a file piece by piece."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def remove(uuid: UUID) -> None:
    """Remove everything of an import from the disk."""
    shutil.rmtree(folder(uuid), ignore_errors=True)


def remove_source(uuid: UUID) -> None:
    """Remove the uploaded file and its sample, which hold personal data in clear; refusals stay."""
    source(uuid).unlink(missing_ok=True)
    sample(uuid).unlink(missing_ok=True)


def remove_strays(known: set[UUID], *, before: datetime) -> None:
    """Remove folders that belong to no import: uploads whose request broke off at the end."""
    root = Path(settings.SHUKE_FILES_DIR) / "imports"
    for stray in root.iterdir() if root.exists() else ():
        if stray.name not in {str(uuid) for uuid in known} and stray.stat().st_mtime < before.timestamp():
            shutil.rmtree(stray, ignore_errors=True)
