"""The key ring: numbered random 32-byte keys per purpose, one file each, readable by the owner only.

``sealing.key`` is number 1, made on first use; ``sealing.2.key`` and on come with each rotation. The newest key is the
one to write with; every key in the folder is one to read with.
"""

import os
import re
import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings

KEY_BYTES = 32
MOST_KEYS = 255


def key(purpose: str) -> bytes:
    """Return the key to write with for ``purpose``, creating the first one if there is none."""
    return newest(purpose)[1]


def newest(purpose: str) -> tuple[int, bytes]:
    """Return the number of the key to write with, and the key."""
    held = ring(purpose)
    number = max(held)
    return number, held[number]


_chosen: list[Path] = []


def use_folder(folder: Path) -> None:
    """Read keys from a folder, in a process that has no settings: one that reads files."""
    _chosen[:] = [folder]


def _folder() -> Path:
    return _chosen[0] if _chosen else Path(settings.SHUKE_KEYS_DIR)


def ring(purpose: str) -> Mapping[int, bytes]:
    """Return every key of ``purpose`` by number; a key that another process has just added is among them."""
    folder = _folder()
    try:
        changed = folder.stat().st_mtime_ns
    except FileNotFoundError:
        changed = 0
    found = _read(folder, purpose, changed)
    if not found:
        _create(folder / f"{purpose}.key")
        found = _read(folder, purpose, folder.stat().st_mtime_ns)
    return found


def unchanging(purpose: str) -> bytes:
    """Return the one key of a purpose whose key never changes; the folder is looked at once, not at every use."""
    return _first(_folder(), purpose)


@lru_cache(maxsize=64)
def _first(_folder: Path, purpose: str) -> bytes:
    return ring(purpose)[1]


def add(purpose: str) -> int:
    """Put a new key on the ring and return its number: from now on it is the one to write with."""
    number = newest(purpose)[0] + 1
    if number > MOST_KEYS:
        raise RuntimeError(f"the ring of {purpose} is full")
    _create(_folder() / f"{purpose}.{number}.key")
    return number


def remove(purpose: str, number: int) -> None:
    """Take an old key off the ring; the newest one stays."""
    if number >= newest(purpose)[0]:
        raise ValueError("the key in use cannot be removed")
    _path(purpose, number).unlink(missing_ok=True)


def _path(purpose: str, number: int) -> Path:
    return _folder() / (f"{purpose}.key" if number == 1 else f"{purpose}.{number}.key")


@lru_cache(maxsize=64)
def _read(folder: Path, purpose: str, _changed: int) -> Mapping[int, bytes]:
    """Read the ring; ``_changed`` is when the folder last changed, so that a new key makes this read again."""
    named = re.compile(rf"{re.escape(purpose)}(?:\.(\d+))?\.key")
    found = {}
    for path in folder.glob(f"{purpose}*.key"):
        if match := named.fullmatch(path.name):
            found[int(match[1] or 1)] = _checked(path)
    return dict(sorted(found.items()))


def _checked(path: Path) -> bytes:
    found = path.read_bytes()
    if len(found) != KEY_BYTES:
        raise RuntimeError(f"key file {path.name} is damaged: expected {KEY_BYTES} bytes, found {len(found)}")
    return found


def _create(path: Path) -> None:
    """Write a new key in one step, so two processes starting together agree on the winner."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # the other process was first: its key counts
    finally:
        draft.unlink()
