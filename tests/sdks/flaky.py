"""A network that fails: refuses, drops or loses the answers of the next requests, and lets the others through to Shuke."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from typing_extensions import override

_PASSED_ON = (
    "authorization",
    "content-type",
    "content-encoding",
    "user-agent",
    "anonymousid",
    "sentat",
    "x-retry-count",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    # What browsers ask before they send to another origin, and what tells settings where they are asked for.
    "origin",
    "host",
    "access-control-request-method",
    "access-control-request-headers",
)
# Instead of a status: the connection breaks before the request arrives, or after it arrived but before its answer.
CUT_OFF, SWALLOWED = 0, -1


@dataclass
class Flaky:
    """What was asked, and what the next requests get instead of Shuke's answer: a status, ``CUT_OFF`` or ``SWALLOWED``."""

    target: str
    failures: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def flaky(target: str, failures: list[int]) -> Iterator[Flaky]:
    """Open the network in front of ``target``."""
    state = Flaky(target, list(failures))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._pass_on("GET", b"")

        def do_OPTIONS(self) -> None:
            self._pass_on("OPTIONS", b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            state.asked.append(self.path)
            failure = state.failures.pop(0) if state.failures else None
            if failure == CUT_OFF:
                self.connection.close()
            elif failure is not None and failure != SWALLOWED:
                self._answer(
                    failure,
                    b'{"code":"busy","message":"Come back later."}',
                    {"Retry-After": "1", "Access-Control-Allow-Origin": "*"},
                )
            else:
                self._pass_on("POST", body, is_lost=failure == SWALLOWED)

        def _pass_on(self, method: str, body: bytes, *, is_lost: bool = False) -> None:
            headers = {name: value for name, value in self.headers.items() if name.lower() in _PASSED_ON}
            answer = httpx.request(method, state.target + self.path, content=body, headers=headers, timeout=30)
            if is_lost:
                self.connection.close()
                return
            kept = {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}
            self._answer(answer.status_code, answer.content, kept)

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *said: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
