"""Places at which a test may kill the process, to prove that the work around them survives it.

``CRASH_AT=ingest.before_commit:3`` in the environment of a server kills it without goodbye the third time it passes
``failpoint("ingest.before_commit")``. Unset, which is always outside such tests, passing one costs a comparison.
"""

import os
import signal
import threading

_wanted, _, _count = os.environ.get("CRASH_AT", "").partition(":")
_left = int(_count or 1)
_guard = threading.Lock()


def failpoint(name: str) -> None:
    """Die here if the environment says so."""
    if name == _wanted:
        _pass()


def _pass() -> None:
    global _left  # noqa: PLW0603  one countdown for the whole process
    with _guard:
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
