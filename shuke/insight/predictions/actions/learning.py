"""The process that learns, seen from outside: started on a folder, watched, ended when nobody wants it any more."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector

from shuke.insight.predictions.actions.progress import Watch
from shuke.insight.predictions.errors import LearningFailed

_PROGRAM = "shuke.insight.predictions.engine.child"
_LOOK_SECONDS = 0.5
_MOST_SAID = 500
# It needs no setting and no secret of ours; what it reads lies in its folder. One thread: a web server lives beside it.
_PINNED = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV")


def learn(folder: Path, watch: Watch) -> None:
    """Run the process on ``folder`` until it is done. Raises ``LearningFailed`` with what it said last."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with (folder / "complaints").open("wb") as complaints:
        child = subprocess.Popen(  # noqa: S603  our own program, on our own folder
            [sys.executable, "-m", _PROGRAM, str(folder)],
            stdout=subprocess.PIPE, stderr=complaints, stdin=subprocess.DEVNULL, cwd=_root(), env=kept | _PINNED,
        )  # fmt: skip
        try:
            _follow(child, watch)
        finally:
            _end(child)
    if child.returncode:
        said = (folder / "complaints").read_text(encoding="utf-8", errors="replace").strip()
        raise LearningFailed(said[-_MOST_SAID:] or f"exit {child.returncode}")


def _root() -> str:
    """Return the folder that holds the package, so that the child imports the same code."""
    return str(Path(__file__).resolve().parents[4])


def _follow(child: "subprocess.Popen[bytes]", watch: Watch) -> None:
    """Pass on what the child tells, looking now and then whether anybody still waits."""
    assert child.stdout is not None
    os.set_blocking(child.stdout.fileno(), False)
    unfinished = b""
    with DefaultSelector() as selector:
        selector.register(child.stdout, EVENT_READ)
        while True:
            watch.look()
            if not selector.select(_LOOK_SECONDS):
                if child.poll() is not None:
                    return
                continue
            said = child.stdout.read()
            if not said:
                return
            *lines, unfinished = (unfinished + said).split(b"\n")
            for line in lines:
                _pass_on(line, watch)


def _pass_on(line: bytes, watch: Watch) -> None:
    with suppress(ValueError, KeyError):
        said = json.loads(line)
        if said["done"] == 0:
            watch.add(said["total"])
        watch.step("learning")


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Let the child finish what it says it has finished, or end it."""
    assert child.stdout is not None
    child.stdout.close()
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
