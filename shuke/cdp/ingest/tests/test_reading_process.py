"""The process that reads events says what reading them here would say, and can be done without."""

import json
import signal
from datetime import UTC, datetime
from typing import Any

import pytest

from shuke.cdp.ingest.engine import reading_process
from shuke.cdp.ingest.engine.packing import Request, pack
from shuke.cdp.ingest.engine.preparing import Circumstances, Sender
from shuke.cdp.ingest.engine.reading_process import Reader, read_here
from shuke.cdp.ingest.rules.plan import KNOWN
from shuke.cdp.ingest.tests.clients import track

AROUND = Circumstances(7, datetime(2024, 6, 15, 12, tzinfo=UTC), Sender(1, True, True, False, "web"), dict(KNOWN), b"s")


def requests() -> list[Any]:
    bodies = [
        {"batch": [track(n, properties={"price": "x", "email": "a@example.com"}) for n in range(50)]},
        {"batch": [{"type": "dance"}]},
    ]
    return [(pack(Request("", json.dumps(body).encode())), AROUND) for body in bodies]


def told(found: list[Any]) -> list[Any]:
    return [
        [
            (one.name, getattr(one, "properties", None), getattr(one, "findings", None), getattr(one, "marks", None), getattr(one, "reason", ""))
            for one in events
        ]
        for events in found
    ]  # fmt: skip


def test_it_says_the_same() -> None:
    with Reader() as reader:
        assert told(reader.read(requests(), events=51)) == told(read_here(requests()))


def test_few_events_are_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_process.subprocess, "Popen", None)
    with Reader() as reader:
        assert told(reader.read(requests(), events=2)) == told(read_here(requests()))


def test_a_process_that_died_is_replaced() -> None:
    with Reader() as reader:
        first = told(reader.read(requests(), events=51))
        assert reader._process is not None
        reader._process.send_signal(signal.SIGKILL)
        reader._process.wait()
        assert told(reader.read(requests(), events=51)) == first
        assert told(reader.read(requests(), events=51)) == first
