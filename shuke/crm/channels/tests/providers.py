"""A provider on the local network that behaves as well or as badly as it is told, and what each kind calls success."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from shuke.kernel.messages import Content


@dataclass
class Fake:
    """What to answer, in turn; the last answer stays. An int is a status, "drop" hangs up after reading, a float waits first."""

    answers: list[Any] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    token_path: str = ""
    tokens: int = 0

    def next(self) -> Any:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def running(fake: Fake) -> Iterator[str]:
    """Run it and yield its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if fake.token_path and self.path.startswith(fake.token_path):
                fake.tokens += 1
                time.sleep(0.05)
                self._answer(200, {"access_token": f"T{fake.tokens}", "expires_in": 7200})
                return
            fake.requests.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            answer = fake.next()
            if callable(answer):
                answer = answer(self.path, body)
            if isinstance(answer, float):
                time.sleep(answer)
                answer = 500
            if answer == "drop":
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            status, said = (answer, b"") if isinstance(answer, int) else (200, answer)
            if isinstance(answer, tuple):
                status, said = answer
            self._answer(status, said)

        def _answer(self, status: int, said: Any) -> None:
            raw = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            if status == 429:
                self.send_header("Retry-After", "7")
            self.end_headers()
            with suppress(OSError):  # whoever asked has gone
                self.wfile.write(raw)

        do_GET = do_POST = do_PUT = _serve  # noqa: N815  http.server looks for them

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


_CONTENT = Content(text="Hello", title="Hello", body="World", provider_code="T1", params={"code": "1"})


# Of the example in RFC 8291.
PUSH_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
RECEIVER = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SUBSCRIPTION = json.dumps({"endpoint": "{home}/send/1", "keys": {"p256dh": RECEIVER, "auth": AUTH}})


@dataclass(frozen=True)
class Case:
    """How a kind is set up for tests; ``bad`` is a 200 that means no, and the state it ends in."""

    kind: str
    settings: dict[str, str]
    secrets: dict[str, str]
    address: str
    good: Any
    bad: Any
    bad_state: str
    content: Content = _CONTENT
    # What a token is fetched with, if one is.
    token_path: str = ""
    # Whether an answer of 200 that nobody can read still means yes.
    reads_body: bool = True

    def to(self, home: str) -> str:
        """Return the address, of which a subscription names the provider."""
        return self.address.replace("{home}", home)


CASES = [
    Case(
        "aliyun", {"key_id": "AKID", "sign_name": "数客"}, {"key_secret": "S"}, "+8613812340987",
        {"Code": "OK", "BizId": "B1"}, {"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "+8613812340987 illegal"}, "failed",
    ),
    Case(
        "tencent", {"key_id": "SID", "app_id": "1400", "sign_name": "数客"}, {"key_secret": "S"}, "+8613812340987",
        {"Response": {"SendStatusSet": [{"Code": "Ok", "SerialNo": "B1", "Fee": 1}]}},
        {"Response": {"SendStatusSet": [{"Code": "LimitExceeded.PhoneNumberDailyLimit", "Message": "x"}]}}, "deferred",
    ),
    Case(
        "twilio", {"account_sid": "AC1", "sender": "+15005550006"}, {"auth_token": "t"}, "+4915112345678",
        (201, {"sid": "B1", "status": "queued", "num_segments": "1"}), {"code": 21211, "message": "not a number"}, "failed",
    ),
    Case(
        "wechat_official", {"app_id": "wx1", "template_api": "template"}, {"app_secret": "s", "token": "t"}, "oABCdef-123",
        {"errcode": 0, "errmsg": "ok", "msgid": "B1"}, {"errcode": 43004, "errmsg": "oABCdef-123 does not follow"}, "failed",
        token_path="/cgi-bin/stable_token",
    ),
    Case(
        "wecom_service", {"corp_id": "ww1", "open_kfid": "wk1"}, {"corp_secret": "s", "token": "t"}, "wmABCdef123",
        {"errcode": 0, "errmsg": "ok", "msgid": "B1"}, {"errcode": 45009, "errmsg": "quota"}, "deferred",
        token_path="/cgi-bin/gettoken",
    ),
    Case(
        "web_push", {"subject": "mailto:a@willow.example"}, {"private_key": PUSH_KEY}, SUBSCRIPTION, (201, b""), (410, b"gone"),
        "failed", reads_body=False,
    ),
    Case(
        "webhook", {"url": "{home}"}, {"secret": "a secret of sixteen"}, "customer-17", {"id": "B1"},
        {"accepted": False, "reason": "customer-17 is away"}, "failed", reads_body=False,
    ),
]  # fmt: skip
