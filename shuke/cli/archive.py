"""The backup file: a gzipped tar that carries the checksum of everything in it.

``backup.json`` says what made it; ``database/`` holds the database, ``files/`` what people uploaded or exported, and
``keys/``, if asked for, the keys. The warehouse is not in it: it is made anew from the database.
"""

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any, Self

from django.utils.translation import gettext as _
from typing_extensions import override

from shuke.cli.errors import BadBackup

FORMAT = 1
DESCRIPTION = "backup.json"
FOLDERS = ("database", "files", "keys")
_CHUNK_BYTES = 1024 * 1024
_LEVEL = 3


@dataclass(slots=True)
class Description:
    """What a backup says of itself."""

    version: str
    engine: str
    made_at: str
    migrations: list[list[str]]
    counts: dict[str, int]
    # Of the keys that sealed its personal data, to notice when it is restored beside others.
    key_fingerprints: dict[str, str]
    has_keys: bool
    checksums: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    @classmethod
    def read(cls, text: bytes) -> Self:
        """Read ``backup.json``; raise ``BadBackup`` for anything else."""
        try:
            said: dict[str, Any] = json.loads(text)
            known = said.get("format") == FORMAT
            if not known:
                raise BadBackup(_("This backup was made by another version of Shuke, in a format unknown here."))
            return cls(**said)
        except (ValueError, TypeError, AttributeError) as broken:
            raise BadBackup(_("This is no backup made by Shuke.")) from broken


def write(path: Path, folder: Path, description: Description) -> None:
    """Pack what is in ``folder`` into a new file at ``path``, then read it back and compare.

    ``path`` appears only when it is complete and on the disk.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=_LEVEL) as tar:
                for file in sorted(folder.rglob("*")):
                    if file.is_file():
                        name = file.relative_to(folder).as_posix()
                        description.checksums[name] = _add(tar, file, name)
                _add_text(tar, DESCRIPTION, json.dumps(asdict(description), indent=1))
            raw.flush()
            os.fsync(raw.fileno())
        for _name in _verified(draft, None):
            pass
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def unpack(path: Path, folder: Path) -> Description:
    """Unpack a backup into ``folder`` and return its description; raise ``BadBackup`` unless it is whole."""
    for _name in _verified(path, folder):
        pass
    return Description.read((folder / DESCRIPTION).read_bytes())


def _add(tar: tarfile.TarFile, file: Path, name: str) -> str:
    digest = hashlib.sha256()
    info = tar.gettarinfo(str(file), name)
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    with file.open("rb") as content:
        tar.addfile(info, _Hashing(content, digest))
    return digest.hexdigest()


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    tar.addfile(info, io.BytesIO(content))


class _Hashing(io.RawIOBase):
    """Passes a file on and notes its checksum on the way."""

    def __init__(self, content: IO[bytes], digest: Any) -> None:
        self._content, self._digest = content, digest

    @override
    def read(self, size: int = -1) -> bytes:
        piece = self._content.read(size)
        self._digest.update(piece)
        return piece


def _verified(path: Path, folder: Path | None) -> Iterator[str]:
    """Read every member, writing it to ``folder`` if given, and compare with the description at the end."""
    found: dict[str, str] = {}
    said = b""
    try:
        with tarfile.open(path, mode="r:gz") as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isfile() and _is_ours(member.name) else None
                if content is None:
                    raise BadBackup(_("This is no backup made by Shuke: it holds “{name}”.").format(name=member.name))
                found[member.name], kept = _copy(content, folder / member.name if folder else None, member.name)
                said = kept or said
                yield member.name
    except (tarfile.TarError, EOFError, OSError) as broken:
        if isinstance(broken, FileNotFoundError | PermissionError):
            raise
        raise BadBackup(_("{file} is damaged or no backup: {reason}").format(file=path.name, reason=broken)) from broken
    description = Description.read(said)
    found.pop(DESCRIPTION, None)
    if found != description.checksums:
        raise BadBackup(_("{file} is damaged: its contents do not match their checksums.").format(file=path.name))


def _is_ours(name: str) -> bool:
    parts = PurePosixPath(name).parts
    if name == DESCRIPTION:
        return True
    return len(parts) > 1 and parts[0] in FOLDERS and all(re.fullmatch(r"[^/\0]+", p) and p != ".." for p in parts)


def _copy(content: IO[bytes], target: Path | None, name: str) -> tuple[str, bytes]:
    digest = hashlib.sha256()
    kept = io.BytesIO()
    if target is not None:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with target.open("wb") if target is not None else io.BytesIO() as copy:
        while piece := content.read(_CHUNK_BYTES):
            digest.update(piece)
            copy.write(piece) if target is not None else None
            if name == DESCRIPTION:
                kept.write(piece)
    if target is not None:
        target.chmod(0o600)
    return digest.hexdigest(), kept.getvalue()
