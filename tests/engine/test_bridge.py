import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from shuke.config.bridge import DjangoInThreads
from tests.engine import slow_pages

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def django(settings: Any) -> Iterator[DjangoInThreads]:
    settings.ROOT_URLCONF = "tests.engine.slow_pages"
    settings.MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]
    application = DjangoInThreads(4)
    yield application
    application.close()


class Visitor:
    """One connection: says what it sent, and can go away."""

    def __init__(
        self, path: str, *, method: str = "GET", body: bytes = b"", headers: tuple[tuple[bytes, bytes], ...] = ()
    ):
        self.scope = {
            "type": "http", "method": method, "path": path, "query_string": b"", "headers": [(b"host", b"x"), *headers],
            "scheme": "http", "http_version": "1.1",
        }  # fmt: skip
        self.body = body
        self.sent: list[dict[str, Any]] = []
        self.gone = asyncio.Event()
        self._has_asked = False

    async def receive(self) -> dict[str, Any]:
        if not self._has_asked:
            self._has_asked = True
            return {"type": "http.request", "body": self.body, "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if self.gone.is_set():
            await asyncio.Event().wait()  # as granian does: never answered
        self.sent.append(message)

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent[1:]).decode()

    async def visit(self, application: DjangoInThreads) -> "Visitor":
        await application(self.scope, self.receive, self.send)
        return self


def test_answers_several_requests_at_the_same_time(django: DjangoInThreads):
    async def four() -> list[Visitor]:
        return await asyncio.gather(*(Visitor("/meet").visit(django) for _ in range(4)))

    visitors = asyncio.run(four())

    assert [(visitor.sent[0]["status"], visitor.text) for visitor in visitors] == [(200, "met")] * 4


def test_a_stream_flows_while_it_is_made_and_ends_when_its_reader_leaves(django: DjangoInThreads):
    slow_pages.CLOSED.clear()

    async def watch() -> int:
        visitor = Visitor("/stream")
        visiting = asyncio.create_task(visitor.visit(django))
        while len(visitor.sent) < 4:
            await asyncio.sleep(0.005)
        visitor.gone.set()
        await asyncio.wait_for(visiting, 10)
        return len(visitor.sent)

    assert asyncio.run(watch()) < 200
    assert slow_pages.CLOSED.wait(5)


def test_connections_are_closed_with_the_request(django: DjangoInThreads, monkeypatch: pytest.MonkeyPatch):
    opened = []
    original = connections["default"].__class__.connect

    def connect(self: Any) -> None:
        opened.append(self)
        original(self)

    monkeypatch.setattr(connections["default"].__class__, "connect", connect)

    async def visit() -> Visitor:
        return await Visitor("/database").visit(django)

    for _ in range(3):
        assert asyncio.run(visit()).text.startswith("web")

    assert len(opened) == 3
    assert all(connection.connection is None for connection in opened)


def test_takes_an_upload_and_survives_a_failing_page(django: DjangoInThreads, caplog: pytest.LogCaptureFixture):
    body = (
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n' + b"x" * 4_000_000 + b"\r\n--b--\r\n"
    )
    headers = ((b"content-type", b"multipart/form-data; boundary=b"), (b"content-length", str(len(body)).encode()))

    async def visit() -> tuple[Visitor, Visitor]:
        upload = await Visitor("/size", method="POST", body=body, headers=headers).visit(django)
        return upload, await Visitor("/fails").visit(django)

    upload, failing = asyncio.run(visit())

    assert upload.text == "4000000"
    assert failing.sent[0]["status"] == 500
