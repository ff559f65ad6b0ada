"""The key ring: one random 32-byte file per purpose, made on first use, readable by the owner only."""

import os
import secrets
from functools import lru_cache
from pathlib import Path

from django.conf import settings

KEY_BYTES = 32


def key(purpose: str) -> bytes:
    """Return the key for ``purpose``, creating its file if there is none."""
    return _read(settings.SHUKE_KEYS_DIR, purpose)


@lru_cache(maxsize=32)
def _read(folder: Path, purpose: str) -> bytes:
    path = folder / f"{purpose}.key"
    if not path.exists():
        _create(path)
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
