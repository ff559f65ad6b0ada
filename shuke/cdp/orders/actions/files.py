"""Where uploaded files lie: a private folder per import, streamed in, removed when no longer needed."""

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from django.conf import settings

from shuke.cdp.orders.engine.source import LIMIT_BYTES
from shuke.cdp.orders.errors import UnreadableFile
from shuke.cdp.orders.errors.wording import sentence

_CHUNK_BYTES = 1024 * 1024


def folder(uuid: UUID) -> Path:
    """Return the folder of one import."""
    return Path(settings.SHUKE_FILES_DIR) / "imports" / str(uuid)


def source(uuid: UUID) -> Path:
    """Return the uploaded file."""
    return folder(uuid) / "source"


def stage(uuid: UUID) -> Path:
    """Return the staged records."""
    return folder(uuid) / "stage.sqlite3"


def sample(uuid: UUID) -> Path:
    """Return the file's first rows, kept to show how a mapping reads them."""
    return folder(uuid) / "sample.json"


def limit_bytes() -> int:
    """Return how large an upload, and what it unpacks to, may be."""
    return int(getattr(settings, "SHUKE_IMPORT_MOST_BYTES", LIMIT_BYTES))


def receive(uuid: UUID, chunks: Iterable[bytes]) -> tuple[int, str]:
    """Write an upload to its folder as it arrives; return its size and SHA-256.

    Raises ``UnreadableFile`` for an empty file or one beyond the limit, and leaves nothing behind.
    """
    target = source(uuid)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size, most = hashlib.sha256(), 0, limit_bytes()
    try:
        with target.open("wb") as file:
            target.chmod(0o600)
            for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise UnreadableFile(sentence("too_large_file", {"limit": most}), code="too_large_file")
                digest.update(chunk)
                file.write(chunk)
        if not size:
            raise UnreadableFile(sentence("empty_file", {}), code="empty_file")
    except BaseException:
        remove(uuid)
        raise
    return size, digest.hexdigest()


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
