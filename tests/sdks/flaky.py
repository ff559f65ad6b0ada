"""A network that fails: refuses or drops the first requests, and lets the others through to the collector."""

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
)


@dataclass
class Flaky:
    """What was asked, and what the next requests get instead of the collector's answer: a status, or 0 to be cut off."""

    target: str
    failures: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def flaky(target: str, failures: list[int]) -> Iterator[Flaky]:
    """Open the network in front of ``target``."""
    state = Flaky(target, list(failures))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            state.asked.append(self.path)
            if state.failures:
                status = state.failures.pop(0)
                if not status:
                    self.connection.close()
                    return
                self._answer(status, b'{"code":"busy","message":"Come back later."}', {"Retry-After": "1"})
                return
            headers = {name: value for name, value in self.headers.items() if name.lower() in _PASSED_ON}
            answer = httpx.post(state.target + self.path, content=body, headers=headers, timeout=30)
            self._answer(answer.status_code, answer.content, {})

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
