"""A process beside the server that reads requests: ``python -m shuke.cdp.ingest.engine.reading_process``.

Reading events holds the interpreter, and with it the door, for longer than writing them does. In a process of its own it
uses another core. It knows no database and keeps nothing; it ends when its standard input closes, so it never outlives the
server that started it. Without it, or when it fails, requests are read where they are needed.
"""

import gc
import logging
import pickle
import struct
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import IO, Any, Self

from shuke.cdp.ingest.engine.packing import unpack
from shuke.cdp.ingest.engine.preparing import Circumstances, Prepared, Rejected, prepare

log = logging.getLogger(__name__)

Packed = tuple[bytes, Circumstances]
Found = list[Prepared | Rejected]
# Fewer events than these are read sooner than they are handed over.
WORTH_HANDING_OVER = 40
_LENGTH = struct.Struct(">Q")


def read_here(packed: Sequence[Packed]) -> list[Found]:
    """Read requests in this process."""
    return [prepare(unpack(request), around) for request, around in packed]


class Reader:
    """Has requests read by a process of its own, which begins with the first that are worth it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def read(self, packed: Sequence[Packed], *, events: int) -> list[Found]:
        """Read requests that together hold about so many events."""
        if events < WORTH_HANDING_OVER:
            return read_here(packed)
        try:
            return self._ask(packed)
        except (OSError, EOFError, pickle.PickleError, struct.error):
            log.exception("the process that reads events failed; reading them here")
            self._end()
            return read_here(packed)

    def _ask(self, packed: Sequence[Packed]) -> list[Found]:
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-m", __name__]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603  ours
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        _send(self._process.stdin, packed)
        found: list[Found] = _receive(self._process.stdout)
        return found

    def _end(self) -> None:
        if self._process is not None:
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    stream.close()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


def _send(stream: IO[bytes], said: Any) -> None:
    content = pickle.dumps(said, protocol=5)
    stream.write(_LENGTH.pack(len(content)))
    stream.write(content)
    stream.flush()


def _receive(stream: IO[bytes]) -> Any:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return pickle.loads(content)  # noqa: S301  written by ourselves, on a pipe that nobody else holds


def main() -> None:
    """Read what is handed over until there is nothing more."""
    # Events hold no cycles and die young: looking for some costs more than it finds.
    gc.set_threshold(100_000)
    while True:
        try:
            packed = _receive(sys.stdin.buffer)
        except EOFError:
            return
        found = read_here(packed)
        for events in found:
            for event in events:
                if isinstance(event, Prepared):
                    event.call.let_go()
        try:
            _send(sys.stdout.buffer, found)
        except BrokenPipeError:
            return


if __name__ == "__main__":
    main()
