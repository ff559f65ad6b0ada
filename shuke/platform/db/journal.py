"""An append-only file beside the database for what must outlive a restore of an older backup.

One line of JSON per fact, on the disk before the transaction that causes it can commit. A fact whose transaction was
rolled back after all may stand here too: so only facts belong here whose repetition keeps something away (an erasure, a
suppression), never one that lets something through. No address stands here, only blind indexes and public ids.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

FILE_NAME = "privacy.jsonl"


def path() -> Path:
    """Return where the journal is."""
    return Path(settings.SHUKE_HOME) / "journal" / FILE_NAME


def append(entries: Iterable[Mapping[str, Any]], *, now: datetime) -> None:
    """Add facts and return once they are on the disk."""
    lines = [json.dumps({"at": now.isoformat(), **entry}, ensure_ascii=False, default=str) for entry in entries]
    if not lines:
        return
    file = path()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # A line that a crash cut short must not swallow the next one.
        size = os.fstat(descriptor).st_size
        is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, (("\n" if is_torn else "") + "\n".join(lines) + "\n").encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def since(moment: datetime) -> Iterator[dict[str, Any]]:
    """Yield the facts written at or after a moment, in order; a line that was cut short is passed over."""
    file = path()
    if not file.exists():
        return
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                entry = json.loads(line)
                at = datetime.fromisoformat(entry["at"])
            except (ValueError, KeyError, TypeError):
                continue
            if at >= moment:
                yield entry
