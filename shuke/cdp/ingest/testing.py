"""Sources and events for tests: through the door, and from the inbox into the log."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
from typing_extensions import override

from shuke.cdp.ingest.actions import sources, work_off
from shuke.cdp.ingest.actions.book import BOOK, Book
from shuke.cdp.ingest.actions.receiving import Parcel, Writer, write
from shuke.cdp.ingest.api import Collector
from shuke.cdp.ingest.engine.packing import Request
from shuke.cdp.ingest.models import DeadLetter, Source
from shuke.platform.company.actions import shop_named
from shuke.platform.staff.actor import Actor

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)


def source(name: str = "Web", *, shop: str = "web", now: datetime = NOW, **said: Any) -> Source:
    """Make a source through the front door."""
    home = shop_named(shop, now=now, currency="GBP")
    made = sources.create(name=name, shop_id=home.pk, by=Actor.system("test"), now=now, **said)
    BOOK.refresh(now=now)
    return made


class Collects(Writer):
    """Says of every request that it is written, and holds it: ``Door`` writes it on the test's own connection."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[Parcel] = []

    @override
    def offer(self, parcel: Parcel) -> "asyncio.Future[None]":
        """Hold a request."""
        self.held.append(parcel)
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    def write_held(self) -> None:
        """Write what is held."""
        held, self.held = self.held, []
        if held:
            write(held)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the collector answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        """Return the body as JSON."""
        return msgspec.json.decode(self.body)


@dataclass(slots=True)
class Door:
    """The collector without a network."""

    writer: Writer = field(default_factory=Collects)
    app: Collector = field(init=False)

    def __post_init__(self) -> None:
        self.app = Collector(writer=self.writer)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = b"",
        *,
        key: str = "",
        headers: Mapping[str, str] | None = None,
        query: str = "",
    ) -> Answer:
        """Send a request; a body that is not bytes goes as JSON, a key as Basic user name."""
        raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
        said = {name.lower(): value for name, value in (headers or {}).items()}
        if key:
            said["authorization"] = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
        scope = {
            "type": "http", "method": method, "path": path, "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("latin1")) for name, value in said.items()],
            "client": ("203.0.113.7", 5000), "scheme": "http",
        }  # fmt: skip
        BOOK.refresh()
        answer = asyncio.run(self._asked(scope, raw))
        if isinstance(self.writer, Collects):
            self.writer.write_held()
        return answer

    async def _asked(self, scope: dict[str, Any], raw: bytes) -> Answer:
        sent: list[dict[str, Any]] = []
        parts = [raw[start : start + 65_536] for start in range(0, len(raw), 65_536)] or [b""]

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        headers = {name.decode(): value.decode("latin1") for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent[1:]))

    def post(self, path: str, body: Any, *, key: str = "", **rest: Any) -> Answer:
        """Send events."""
        return self.ask("POST", path, body, key=key, **rest)


def letter(source: Source, *, now: datetime = NOW) -> DeadLetter:
    """Send an event that cannot be taken, and return where it was put."""
    body = msgspec.json.encode({"type": "track", "userId": "u1"})
    write([Parcel(source.pk, now, 1, Request("track", body))])
    settle(now=now)
    return DeadLetter.objects.latest("pk")


def sends(source: Source, said: Any, *, now: datetime = NOW) -> None:
    """Send one event to a source and carry it to the log."""
    write([Parcel(source.pk, now, 1, Request("track", msgspec.json.encode(said)))])
    settle(now=now)


def settle(*, now: datetime = NOW) -> None:
    """Carry everything in the inbox to the log."""
    while work_off(now=now):
        pass


__all__ = ["NOW", "Answer", "Book", "Collects", "Door", "sends", "settle", "source"]
