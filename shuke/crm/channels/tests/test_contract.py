"""What every kind of channel promises, whatever its provider does: one suite for all of them."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from shuke.crm.channels import queries, testing
from shuke.crm.channels.actions import receiving
from shuke.crm.channels.errors import NotApproved, NotGenuine
from shuke.crm.channels.kinds import KINDS
from shuke.crm.channels.kinds.kind import Call, Carrier, Heard, Load, Setup
from shuke.crm.channels.kinds.push.encryption import topic_of
from shuke.crm.channels.rules.parcels import Handed
from shuke.crm.channels.tests.providers import CASES, Case, Fake, running
from shuke.crm.channels.tests.smtp import free_port
from shuke.platform.http import outgoing

NOW = testing.NOW
each_kind = pytest.mark.parametrize("case", CASES, ids=[case.kind for case in CASES])


@pytest.fixture(autouse=True)
def our_own_network(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SHUKE_OUTGOING_ALLOWED = ("127.0.0.1",)
    monkeypatch.setattr(outgoing, "_TIMEOUT", httpx.Timeout(0.4))


def _carrier(case: Case, home: str) -> Carrier:
    return KINDS[case.kind].carrier(
        Setup(
            7,
            {name: value.replace("{home}", home) for name, value in (case.settings | {"endpoint": home}).items()},
            case.secrets,
            f"{home}/hooks/x",
        )
    )


def _sent(case: Case, home: str, count: int = 1, let_go: list[str] | None = None) -> list[Handed]:
    carrier = _carrier(case, home)
    parcels = [testing.parcel(case.to(home), content=case.content) for _ in range(count)]

    def may_go(key: str) -> bool:
        if let_go is not None:
            let_go.append(key)
        return True

    try:
        return list(carrier.carry(Load(parcels, now=NOW), may_go))
    finally:
        carrier.close()


@pytest.fixture
def fake(case: Case) -> Iterator[tuple[Fake, str]]:
    made = Fake(token_path=case.token_path)
    with running(made) as home:
        yield made, home


@each_kind
def test_a_message_is_accepted_with_the_provider_s_number_and_carries_our_key(case: Case, fake) -> None:
    provider, home = fake
    provider.answers = [case.good]

    (said,) = _sent(case, home)

    assert (said.state, said.provider_id) == ("accepted", "B1" if case.kind != "web_push" else "")
    _method, path, headers, body = provider.requests[-1]
    sent = path + body.decode("latin1") + str(headers)
    # A push service is told a digest: it replaces a notification that came before under the same.
    assert (said.key if case.kind != "web_push" else topic_of(said.key)) in sent


@each_kind
def test_two_hundred_with_an_error_is_no_success(case: Case, fake) -> None:
    provider, home = fake
    provider.answers = [case.bad]

    (said,) = _sent(case, home)

    assert said.state == case.bad_state
    assert said.code
    assert case.address not in said.detail


@each_kind
def test_half_accepted_is_told_apart(case: Case, fake) -> None:
    provider, home = fake
    provider.answers = [case.good, case.bad, case.good, case.bad]

    said = _sent(case, home, 4)

    assert [one.state for one in said] == ["accepted", case.bad_state, "accepted", case.bad_state]


@each_kind
def test_an_answer_nobody_can_read_leaves_it_unknown(case: Case, fake) -> None:
    provider, home = fake
    unreadable = [b"<html>we are sorry</html>", b"", {}, [], (200, b"\xff\xfe")]
    provider.answers = [(500, b"oops"), (502, {}), *unreadable]

    said = [one.state for one in _sent(case, home, len(provider.answers))]

    assert said == ["unknown"] * 2 + ["unknown" if case.reads_body else "accepted"] * len(unreadable)


@each_kind
def test_a_connection_lost_or_a_provider_asleep_after_the_request_leaves_it_unknown(case: Case, fake) -> None:
    provider, home = fake
    provider.answers = ["drop", 1.0, case.good]
    let_go: list[str] = []

    said = _sent(case, home, 3, let_go)

    assert [one.state for one in said] == ["unknown", "unknown", "accepted"]
    assert len(let_go) == 3
    # Nothing was sent again by itself.
    assert len(provider.requests) == 3


@each_kind
def test_nobody_there_means_nothing_left_and_nobody_is_asked_again(case: Case, settings) -> None:
    closed = f"http://127.0.0.1:{free_port()}"

    assert {(one.state, one.code) for one in _sent(case, closed, 3)} == {("not_started", "no_answer")}
    settings.SHUKE_OUTGOING_ALLOWED = ()
    assert {(one.state, one.code) for one in _sent(case, closed, 2)} == {("not_started", "private_network")}


@each_kind
def test_too_much_at_once_is_tried_later(case: Case, fake) -> None:
    provider, home = fake
    provider.answers = [(429, {}), (503, b"busy"), case.good]

    said = _sent(case, home, 3)

    assert [(one.state, one.retry_after) for one in said] == [("deferred", 7), ("deferred", 30), ("accepted", None)]


@each_kind
def test_a_refused_login_stops_the_load(case: Case, fake) -> None:
    provider, home = fake
    provider.answers = [(401, b"who are you")]

    said = _sent(case, home, 3)

    assert {(one.state, one.code) for one in said} == {("not_started", "login")}
    assert len(provider.requests) == 1


@each_kind
def test_what_may_not_go_stays(case: Case, fake) -> None:
    provider, home = fake
    provider.answers = [case.good]
    carrier = _carrier(case, home)

    said = list(carrier.carry(Load([testing.parcel(case.to(home), content=case.content)], now=NOW), lambda _key: False))

    assert [one.state for one in said] == ["not_started"]
    assert not any(b"Hello" in body for _method, _path, _headers, body in provider.requests)
    with pytest.raises(NotApproved):
        list(carrier.carry([testing.parcel(case.to(home))], lambda _key: True))
    carrier.close()


@each_kind
def test_an_address_that_is_none_costs_only_its_own_message(case: Case, fake) -> None:
    provider, home = fake
    provider.answers = [case.good]
    wrong = ["", "a b", "+8613812340987,+8613812340988", "+8613812340987\r\nX: y", "x" * 600]
    bad = [testing.parcel(address, content=case.content) for address in wrong]
    good = testing.parcel(case.to(home), content=case.content)
    carrier = _carrier(case, home)

    said = list(carrier.carry(Load([*bad, good], now=NOW), lambda _key: True))

    assert [(one.state, one.is_address) for one in said] == [("failed", True)] * len(bad) + [("accepted", False)]
    carrier.close()


@each_kind
def test_whatever_is_called_at_us_is_read_or_turned_away(case: Case) -> None:
    setup = Setup(7, case.settings, case.secrets)
    bodies = [
        b"", b"\xff\x00", b"[" * 5000, b"{}", b"null", b'[{"biz_id": {"a": 1}}]', b"a=b", b"<xml><a>1</a></xml>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>',
    ]  # fmt: skip
    for method in ("GET", "POST"):
        for body in bodies:
            try:
                said = KINDS[case.kind].hear(Call(method, "https://x.example/h", {}, {}, body), setup, now=NOW)
            except NotGenuine:
                continue
            assert all(one.external_id for one in said.heard)


@pytest.mark.django_db
@pytest.mark.usefixtures("company")
def test_receipts_may_come_twice_before_the_answer_and_in_any_order() -> None:
    account = testing.default("sms")
    late = Heard("delivered", "r:1", key="0190unknown", occurred_at=NOW + timedelta(hours=1))
    early = Heard("bounced", "r:2", key="0190other", occurred_at=NOW - timedelta(hours=1))

    assert [receiving.keep(account, [one], now=NOW) for one in (late, early, late, early)] == [1, 1, 0, 0]
    assert [(one.what, one.occurred_at) for one in queries.receipts_after(0)] == [
        ("delivered", NOW),
        ("bounced", early.occurred_at),
    ]


@pytest.mark.django_db
@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(("text", "is_over"), [("r", True), ("退订", True), (" ＴＤ ", True), ("thanks", False)])
def test_a_stop_word_ends_marketing_before_anybody_reads_it(text: str, is_over: bool) -> None:
    from shuke.cdp.customers.models import Suppression

    receiving.keep(testing.default("sms"), [Heard("replied", "up:1", address="+8613812340987", text=text)], now=NOW)

    assert Suppression.objects.filter(channel="sms").exists() == is_over
