"""The control socket: how a command reaches the server that owns ``SHUKE_HOME``.

A Unix socket in the home folder that only its owner may open. One connection is one command, in lines of JSON::

    → {"command": "stats", "arguments": {}}
    ← {"progress": {"done": 1, "total": 3, "note": "orders"}}      any number of times
    ← {"result": {...}}   or   {"error": {"code": "...", "message": "...", "kind": "CONFLICT"}}
"""

import json
import logging
import os
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from typing_extensions import override

from shuke.kernel.errors import Kind, ShukeError

log = logging.getLogger(__name__)

Report = Callable[[int, int, str], None]
Command = Callable[[dict[str, Any], Report], dict[str, Any]]

MAX_REQUEST_BYTES = 1024 * 1024
LONGEST_ADDRESS_BYTES = 100


class Refused(ShukeError):
    """The server refused a command; carries the code and kind of the refusal on the other side."""

    def __init__(self, message: str, *, code: str, kind: Kind) -> None:
        super().__init__(message)
        self.code, self.kind = code, kind  # type: ignore[misc]


class ControlServer:
    """Answers commands while its block is open, each on a thread of its own."""

    def __init__(self, home: Path, commands: Mapping[str, Command]) -> None:
        self._home, self._commands = home, commands

    def __enter__(self) -> Self:
        path = socket_path(self._home)
        path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            with _address(self._home) as address:
                self._server = _Server(address, _Exchange)
        finally:
            os.umask(before)
        self._server.commands = self._commands
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.2,), name="control", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        socket_path(self._home).unlink(missing_ok=True)


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    commands: Mapping[str, Command]


class _Exchange(socketserver.StreamRequestHandler):
    server: _Server

    @override
    def handle(self) -> None:
        try:
            self._answer()
        except (BrokenPipeError, ConnectionResetError):
            log.debug("whoever gave a command stopped listening")

    def _answer(self) -> None:
        from django.db import close_old_connections

        try:
            request = json.loads(self.rfile.readline(MAX_REQUEST_BYTES))
            command = self.server.commands[request["command"]]
        except (ValueError, KeyError, TypeError):
            self._say(error={"code": "control.unknown", "message": "unknown command", "kind": Kind.INVALID.name})
            return
        try:
            self._say(result=command(request.get("arguments") or {}, self._report))
        except ShukeError as refusal:
            self._say(error={"code": refusal.code, "message": str(refusal), "kind": refusal.kind.name})
        except (BrokenPipeError, ConnectionResetError):
            raise
        except Exception as error:
            log.exception("the command %s failed", request["command"])
            message = f"{type(error).__name__}: {error}"
            self._say(error={"code": "control.failed", "message": message, "kind": Kind.UNAVAILABLE.name})
        finally:
            close_old_connections()

    def _report(self, done: int, total: int, note: str = "") -> None:
        self._say(progress={"done": done, "total": total, "note": note})

    def _say(self, **reply: Any) -> None:
        self.wfile.write(json.dumps(reply, ensure_ascii=False, default=str).encode() + b"\n")
        self.wfile.flush()


def is_listening(home: Path) -> bool:
    """Whether a server of ours answers for ``home``."""
    try:
        with _connect(home):
            return True
    except OSError:
        return False


def ask(home: Path, command: str, arguments: dict[str, Any], report: Report) -> dict[str, Any]:
    """Have the running server carry out a command, and return its result.

    Raises ``Refused`` for what the server refuses, ``OSError`` when it cannot be reached or goes away meanwhile.
    """
    with _connect(home) as connection, connection.makefile("rwb") as stream:
        stream.write(json.dumps({"command": command, "arguments": arguments}).encode() + b"\n")
        stream.flush()
        for line in stream:
            reply = json.loads(line)
            if "progress" in reply:
                said = reply["progress"]
                report(said["done"], said["total"], said["note"])
            elif "result" in reply:
                result: dict[str, Any] = reply["result"]
                return result
            else:
                error = reply["error"]
                raise Refused(error["message"], code=error["code"], kind=Kind[error["kind"]])
    raise ConnectionResetError("the server stopped before the command was done; what it had finished is kept")


def socket_path(home: Path) -> Path:
    """Return where the socket is."""
    return home / "control.sock"


@contextmanager
def _address(home: Path) -> Iterator[str]:
    """Yield a name for the socket that is short enough: the system allows about a hundred bytes."""
    path = str(socket_path(home))
    if len(os.fsencode(path)) < LONGEST_ADDRESS_BYTES or not Path("/proc/self/fd").exists():
        yield path
        return
    folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{socket_path(home).name}"
    finally:
        os.close(folder)


def _connect(home: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _address(home) as address:
            connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection
