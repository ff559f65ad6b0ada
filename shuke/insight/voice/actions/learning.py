"""The process that learns, seen from outside: given a task through a pipe, ended when nobody wants the answer any more."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

from shuke.insight.voice.errors import LearningFailed

_PROGRAM = "shuke.insight.voice.engine.child"
_LOOK_SECONDS = 0.2
_MOST_SAID = 500
# It needs no setting and no secret of ours. One thread: a web server lives beside it.
_PINNED = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV")


class Cancelled(Exception):
    """Somebody asked for an end; nothing of this run is kept."""


def never() -> bool:
    """Say that nobody asks for an end."""
    return False


def ask(task: dict[str, Any], *, is_cancelled: Callable[[], bool] = never) -> dict[str, Any]:
    """Give a task to a process of its own and return its answer. Raises ``LearningFailed`` and ``Cancelled``."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    child = subprocess.Popen(  # noqa: S603  our own program
        [sys.executable, "-m", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=str(Path(__file__).resolve().parents[4]), env=kept | _PINNED,
    )  # fmt: skip
    said: list[bytes] = [b"", b""]

    def converse() -> None:
        said[0], said[1] = child.communicate(json.dumps(task, ensure_ascii=False).encode())

    talk = Thread(target=converse, daemon=True)
    talk.start()
    while talk.is_alive():
        talk.join(_LOOK_SECONDS)
        if talk.is_alive() and is_cancelled():
            child.kill()
            talk.join()
            raise Cancelled
    if child.returncode:
        # Only the last line: what stands above it might quote a text.
        last = said[1].decode(errors="replace").strip().splitlines()[-1:]
        raise LearningFailed((last[0] if last else f"exit {child.returncode}")[:_MOST_SAID])
    found: dict[str, Any] = json.loads(said[0])
    return found
