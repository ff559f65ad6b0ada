"""Pages as PDF, printed by a program of its own: laying out a few pages takes a second that no request should wait for.

Printing needs Pango, a part of the system that a machine may lack; whoever prints then goes without, and is told so. What is
printed goes through pipes, never through files, and the program fetches nothing: pages bring along what they show.
"""

import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

_PROGRAM = "shuke.platform.ui.paper"
_MOST_SECONDS = 120
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "HOME", "VIRTUAL_ENV", "DYLD_FALLBACK_LIBRARY_PATH")


class CannotPrint(Exception):
    """This machine prints nothing, or not this page; the text says why."""


def pdf(html: str) -> bytes:
    """Return a page as PDF. Raises ``CannotPrint``."""
    missing = what_is_missing()
    if missing:
        raise CannotPrint(missing)
    done = _run([], html.encode())
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        raise CannotPrint(_last_line(done.stderr) or f"exit {done.returncode}")
    return done.stdout


@lru_cache(maxsize=1)
def what_is_missing() -> str:
    """Return what this machine lacks to print, "" for nothing; asked once, since an answer takes half a second."""
    done = _run(["--look"], b"")
    return "" if not done.returncode else _last_line(done.stderr) or f"exit {done.returncode}"


def _run(arguments: list[str], said: bytes) -> "subprocess.CompletedProcess[bytes]":
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    command = [sys.executable, "-m", _PROGRAM, *arguments]
    root = str(Path(__file__).resolve().parents[3])
    try:
        return subprocess.run(  # noqa: S603  our own program
            command, input=said, capture_output=True, timeout=_MOST_SECONDS, check=False, cwd=root, env=kept
        )
    except subprocess.TimeoutExpired:
        raise CannotPrint(f"not done after {_MOST_SECONDS} seconds") from None


def _last_line(complaints: bytes) -> str:
    lines = [line for line in complaints.decode("utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1].strip()[:300] if lines else ""


def _nothing(url: str, *_arguments: Any, **_more: Any) -> NoReturn:
    """Fetch nothing: a page that names an address does not make this machine ask for it."""
    raise ValueError(f"not fetched: {url[:80]}")


def main() -> None:
    """Print the page on standard input to standard output; with ``--look`` only see whether that would work."""
    from weasyprint import HTML

    if "--look" not in sys.argv:
        page = HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=_nothing)
        sys.stdout.buffer.write(page.write_pdf())


if __name__ == "__main__":
    main()
