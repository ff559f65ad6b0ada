"""One server at a time owns ``SHUKE_HOME``: its warehouse file, its queue of jobs and its control socket."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from django.utils.translation import gettext as _

from shuke.kernel.errors import Kind, ShukeError


class HomeIsTaken(ShukeError):
    """Another process of ours works in this ``SHUKE_HOME``."""

    code = "shuke.home_is_taken"
    kind = Kind.CONFLICT


class HomeLock:
    """Held while a process owns ``SHUKE_HOME``. The operating system lets go of it when the process dies, however."""

    def __init__(self, home: Path) -> None:
        self._path = home / "server.lock"

    def __enter__(self) -> Self:
        self._file = self._path.open("a+", encoding="ascii")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            pid = self._file.read().strip() or "?"
            self._file.close()
            raise HomeIsTaken(
                _(
                    "Shuke is already running in {home} (process {pid}). Stop it first, or set SHUKE_HOME to another folder."
                ).format(home=self._path.parent, pid=pid),
                pid=pid,
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.truncate(0)
        self._file.close()
