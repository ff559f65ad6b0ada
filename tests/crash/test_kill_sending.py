"""A dispatcher killed at every named point: marketing never leaves twice, what was asked for is never lost, nothing is hidden."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.crash.stepping import step
from tests.engine.homes import Home

pytestmark = [pytest.mark.crash]

_WORK = """
from shuke.cdp.customers.actions import PersonRecord, consents, resolve
from shuke.cdp.events.actions import Provenance
from shuke.cdp.events.models import Event
from shuke.crm.channels.actions import sending
from shuke.crm.channels.rules.parcels import Handed
from shuke.crm.messaging.actions import dispatching
from shuke.crm.messaging.actions.requesting import request
from shuke.crm.messaging.models import Message
from shuke.crm.messaging.queries import rendering, templates
from shuke.crm.messaging.queries.rendering import Written
from shuke.crm.messaging.queries.templates import What
from shuke.crm.messaging.rules.candidates import Candidate
from shuke.kernel.messages import Content
from shuke.platform.company import actions as company
WHATS = {"sale": What("sale", 1, "email", "marketing", ""), "receipt": What("receipt", 2, "email", "transactional", "")}
templates.what_of = lambda ids: {one: WHATS[one] for one in ids if one in WHATS}
rendering.rendered = lambda some, now: {one.key: Written(Content(subject="S", text="T"), "en") for one in some}

class Carrier:
    # What truly left, on the disk before the answer: the other side of the connection.
    def carry(self, load, may_go):
        for one in load.parcels:
            if not may_go(one.key):
                yield Handed(one.key, "not_started", code="refused")
                continue
            with open(sys.argv[2], "a") as sink:
                sink.write(one.key + "\\n")
            yield Handed(one.key, "accepted", provider_id=one.key)
    def close(self):
        pass

sending._carrier = lambda *_: Carrier()
dispatching.CONNECTIONS = 2
if sys.argv[1] == "found":
    call_command("migrate", verbosity=0)
    company.found(name="Willow", currency="GBP", time_zone="UTC", language="en", now=now)
    by = Provenance("web", "system:test", now)
    with transaction.atomic():
        made = resolve([PersonRecord(external_id=f"p{n}", email=f"p{n}@example.com") for n in range(30)], namespace="web", by=by)
        consents.record([
            consents.Statement("email", f"p{n}@example.com", "marketing", "confirmed", "web_form", now, evidence={"form": "f"})
            for n in range(30)
        ], by=by)
    at = now.replace(hour=12)
    request([
        Candidate(one.customer_id, "email", name, f"{name}{n}", "test", 1)
        for n, one in enumerate(made) for name in ("sale", "receipt")
    ], now=at)
else:
    at = now.replace(hour=12) + timedelta(minutes=int(sys.argv[3]))
    dispatching.run(lambda: at, worker=f"here/{os.getpid()}/send-0")
    rows = list(Message.objects.values_list("template", "state", "uuid"))
    print("shown", json.dumps([[name, state, uuid.hex] for name, state, uuid in rows]))
"""
POINTS = ["claiming", "claimed", "prepared", "leaving", "handed", "recorded"]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("founded") / "home")
    assert step(home, _WORK, "found", "")[0]
    return home


def sent_and_shown(founded: Home, folder: Path, *crashes: str) -> tuple[Counter[str], list[Any]]:
    """Dispatch, dying where told, until nothing is left; return what truly left, and what is shown of it."""
    home, sink = Home(folder / "home"), folder / "sink"
    shutil.copytree(founded.path, home.path)
    sink.touch()
    for number, crash in enumerate(crashes):
        lived, _said = step(home, _WORK, "run", str(sink), str(number), crash_at=crash)
        assert not lived, crash
    for minute in ("30", "60"):  # what may have left is tried again after a pause
        lived, said = step(home, _WORK, "run", str(sink), minute)
        assert lived
    return Counter(sink.read_text().split()), json.loads(said.rpartition("shown ")[2])


@pytest.mark.parametrize("point", POINTS)
def test_dying_at_a_point_of_sending(point: str, founded: Home, tmp_path: Path) -> None:
    crashes = [f"messaging.{point}:1"] * 2

    left, shown = sent_and_shown(founded, tmp_path, *crashes)

    marketing = {uuid: state for name, state, uuid in shown if name == "sale"}
    asked_for = {uuid: state for name, state, uuid in shown if name == "receipt"}
    assert len(marketing) == len(asked_for) == 30
    assert [uuid for uuid in marketing if left[uuid] > 1] == []
    assert [uuid for uuid, state in marketing.items() if left[uuid] == 0 and state != "unknown"] == []
    assert set(marketing.values()) <= {"accepted", "unknown"}
    assert [uuid for uuid in asked_for if left[uuid] == 0] == []
    assert set(asked_for.values()) == {"accepted"}
    # Of each row of messages that was on its way, and no others.
    assert sum(state == "unknown" for state in marketing.values()) <= 20 * len(crashes)
