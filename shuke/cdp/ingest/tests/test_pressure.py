"""Whether senders stand in line at the door."""

import pytest

from shuke.cdp.ingest.actions import receiving
from shuke.cdp.ingest.actions.receiving import Pressure


def test_pressure_is_high_while_many_share_a_commit_and_soon_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    at = 100.0
    monkeypatch.setattr(receiving.time, "monotonic", lambda: at)
    pressure = Pressure()
    assert not pressure.is_high()

    pressure.note(40)
    assert pressure.is_high()
    at += 1
    assert not pressure.is_high()

    pressure.note(2)
    assert not pressure.is_high()
