"""Programs of our own that hold the processor for long: run beside the server on a folder, watched, ended when nobody waits.

Whoever starts one hands over files and takes files; the program knows no database, no settings and no secret.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector

Tell = Callable[[int, int, str], None]
_LOOK_SECONDS = 0.5
_MOST_SAID = 500
# One thread: a web server lives beside it.
_PINNED = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV")


class Cancelled(Exception):
    """Somebody asked for an end; nothing of this run is kept."""


class ChildFailed(Exception):
    """The program ended before it was done; the text is what it said last."""


@dataclass(slots=True)
class Watch:
    """Counts steps, tells them on, and raises ``Cancelled`` between two of them when nobody wants the rest."""

    tell: Tell
    is_cancelled: Callable[[], bool]
    done: int = 0
    total: int = 0

    def add(self, steps: int) -> None:
        """Say that so many more steps are ahead."""
        self.total += steps

    def step(self, note: str) -> None:
        """Say that a step is done."""
        self.done += 1
        self.look()
        self.tell(self.done, max(self.total, self.done), note)

    def look(self) -> None:
        """Leave if nobody wants the rest."""
        if self.is_cancelled():
            raise Cancelled


def silent() -> Watch:
    """Return a watch for whoever waits without looking."""
    return Watch(lambda *_: None, lambda: False)


def run(program: str, folder: Path, watch: Watch, *, note: str = "learning") -> None:
    """Run a module of ours on ``folder`` until it is done, passing on its progress. Raises ``ChildFailed``.

    The program prints lines of JSON, ``{"done": 3, "total": 10}``, of which the first says 0 done.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with (folder / "complaints").open("wb") as complaints:
        child = subprocess.Popen(  # noqa: S603  our own program, on our own folder
            [sys.executable, "-m", program, str(folder)],
            stdout=subprocess.PIPE, stderr=complaints, stdin=subprocess.DEVNULL, cwd=_root(), env=kept | _PINNED,
        )  # fmt: skip
        try:
            _follow(child, watch, note)
        finally:
            _end(child)
    if child.returncode:
        said = (folder / "complaints").read_text(encoding="utf-8", errors="replace").strip()
        raise ChildFailed(said[-_MOST_SAID:] or f"exit {child.returncode}")


def _root() -> str:
    """Return the folder that holds the package, so that the child imports the same code."""
    return str(Path(__file__).resolve().parents[3])


def _follow(child: "subprocess.Popen[bytes]", watch: Watch, note: str) -> None:
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
                _pass_on(line, watch, note)


def _pass_on(line: bytes, watch: Watch, note: str) -> None:
    with suppress(ValueError, KeyError):
        said = json.loads(line)
        if said["done"] == 0:
            watch.add(said["total"])
        watch.step(note)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Let the child finish what it says it has finished, or end it."""
    assert child.stdout is not None
    child.stdout.close()
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
