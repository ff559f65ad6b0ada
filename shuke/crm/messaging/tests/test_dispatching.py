"""Sending: the gate binds, each message leaves as often as its class allows, and everything that happened is visible."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from shuke.cdp.customers.actions import suppressing
from shuke.cdp.customers.models import Suppression
from shuke.cdp.events.actions import Provenance
from shuke.cdp.events.models import Event
from shuke.crm.channels.actions import sending
from shuke.crm.channels.actions.sending import Handed
from shuke.crm.channels.models import OutboxMessage
from shuke.crm.channels.queries import shown
from shuke.crm.messaging.actions import claiming, dispatching, recording, restoring, stopping
from shuke.crm.messaging.actions.requesting import request
from shuke.crm.messaging.models import Message, SendDecision, State
from shuke.crm.messaging.queries import rendering
from shuke.crm.messaging.queries.rendering import Unwritable, Written
from shuke.crm.messaging.tests.conftest import BY, NOW, says, wanted
from shuke.kernel.messages import Content
from shuke.platform.jobs.models import Job

HTML = '<html><body><a href="https://shop.example/p/1?a=1&amp;b=2">Tea</a></body></html>'


@pytest.fixture(autouse=True)
def written(monkeypatch, settings, tmp_path):
    """Templates that say something simple; nothing of an earlier test's process and journal is known."""
    settings.SHUKE_HOME = tmp_path
    restoring.forget_process()

    def rendered(some, *, now):
        return {
            one.key: Unwritable("missing_data", "order.number") if one.context.get("broken")
            else Written(Content(subject="Tea", text="Tea is here", html=HTML), one.language or "en")
            for one in some
        }  # fmt: skip

    monkeypatch.setattr(rendering, "rendered", rendered)


class Carrier:
    """Says of each parcel what a test wants it to say."""

    def __init__(self, answers):
        self.answers, self.carried = answers, []

    def carry(self, load, may_go):
        for one in load.parcels:
            answer = self.answers.get(one.address, "accepted")
            if answer == "not_started" or not may_go(one.key):
                yield Handed(one.key, "not_started", code="refused")
                continue
            self.carried.append(one)
            if answer == "dies":
                raise RuntimeError("the connection is gone")
            code = {"failed": "550"}.get(answer, "")
            yield Handed(one.key, answer, provider_id=f"x-{one.key}", code=code, is_address=answer == "failed")

    def close(self):
        """Hold nothing."""


@pytest.fixture
def carrier(monkeypatch):
    made = Carrier({})
    monkeypatch.setattr(sending, "_carrier", lambda *_: made)
    return made


def dispatch(now=NOW, worker="here/1/send-0"):
    return dispatching.run(lambda: now, worker=worker)


def state(customer):
    return Message.objects.get(customer=customer).state


def test_what_is_allowed_arrives_in_the_outbox_with_a_way_out(crowd):
    request([wanted(one) for one in crowd], now=NOW)

    assert dispatch() == 4

    assert {one.state for one in Message.objects.all()} == {State.ACCEPTED}
    assert Message.objects.filter(domain="example.com").count() == 4
    letter = shown(OutboxMessage.objects.first())
    assert letter.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = letter.headers["List-Unsubscribe"].strip("<>")
    assert "/p/u/" in link
    assert link in letter.content["text"]
    assert link in letter.content["html"]
    assert "shop.example" not in letter.content["html"]
    assert "/p/c/" in letter.content["html"]
    assert Event.objects.filter(name="message.sent").count() == 4
    decision = Message.objects.first().decision
    assert (decision.stage, decision.result, decision.expires_at) == ("claim", "allow", NOW + timedelta(seconds=60))


def test_what_is_asked_for_carries_no_way_out_and_no_tracking(crowd):
    request([wanted(crowd[0], "receipt")], now=NOW)

    dispatch()

    letter = shown(OutboxMessage.objects.get())
    assert letter.headers == {}
    assert letter.content["html"] == HTML


def test_what_changed_since_it_was_asked_for_counts(crowd):
    request([wanted(one) for one in crowd[:3]], now=NOW)
    says("p0@example.com", "withdrawn")
    by = Provenance("web", "system:test", NOW)
    suppressing.suppress("email", "p1@example.com", scope="all", reason="complaint", by=by)

    assert dispatch() == 1

    assert [state(one) for one in crowd[:3]] == [State.SUPPRESSED, State.SUPPRESSED, State.ACCEPTED]
    denied = SendDecision.objects.filter(stage="claim", result="deny").order_by("pk")
    assert [one.first_reason for one in denied] == ["suppressed:marketing", "suppressed:all"]
    assert Event.objects.filter(name="message.suppressed").count() == 2


def test_whoever_unsubscribes_after_the_claim_is_withheld(crowd, monkeypatch):
    request([wanted(one) for one in crowd[:2]], now=NOW)
    prepare = dispatching.prepare

    def and_then_somebody_leaves(claimed, *, now):
        says("p0@example.com", "withdrawn", method="one_click_post")
        return prepare(claimed, now=now)

    monkeypatch.setattr(dispatching, "prepare", and_then_somebody_leaves)

    assert dispatch() == 1
    assert [state(one) for one in crowd[:2]] == [State.SUPPRESSED, State.ACCEPTED]
    assert OutboxMessage.objects.count() == 1


def test_each_answer_of_a_carrier_has_its_state(crowd, carrier):
    carrier.answers = {"p0@example.com": "accepted", "p1@example.com": "failed", "p2@example.com": "deferred",
                       "p3@example.com": "unknown"}  # fmt: skip
    request([wanted(one) for one in crowd[:4]], now=NOW)

    dispatch()

    assert [state(one) for one in crowd[:4]] == ["accepted", "failed", "deferred", "unknown"]
    assert Message.objects.get(customer=crowd[2]).due_at == NOW + timedelta(minutes=5)
    assert Suppression.objects.get().reason == "hard_bounce"
    assert sorted(one.properties["code"] for one in Event.objects.filter(name="message.failed")) == [
        "550",
        "unknown",
    ]


def test_marketing_that_may_have_left_never_leaves_again_and_a_receipt_does(crowd, carrier):
    carrier.answers = {"p0@example.com": "dies"}
    request([wanted(crowd[0]), wanted(crowd[0], "receipt")], now=NOW)

    for minutes in (0, 1, 7, 30):
        dispatch(NOW + timedelta(minutes=minutes))

    receipts = [one for one in carrier.carried if one.purpose == "transactional"]
    assert [one.purpose for one in carrier.carried].count("marketing") == 1
    assert len(receipts) == 3
    assert len({one.key for one in receipts}) == 1
    assert Message.objects.get(template="sale").state == State.UNKNOWN


def test_what_is_put_off_is_tried_again_for_three_days(crowd, carrier):
    carrier.answers = {"p0@example.com": "deferred"}
    request([wanted(crowd[0], "care")], now=NOW)
    says("p0@example.com", "granted", purpose="service")
    request([wanted(crowd[0], "care", "again")], now=NOW)

    tries, at = [], NOW
    while Message.objects.exclude(state__in=(State.FAILED, State.SUPPRESSED)).exists():
        dispatch(at)
        tries.append(at)
        at = Message.objects.get(key="again").due_at
    pauses = [(b - a).total_seconds() for a, b in pairwise(tries)]

    assert Message.objects.get(key="again").reason == "gave_up"
    assert min(pauses) >= 300
    assert tries[-1] - NOW >= timedelta(days=3)


def test_a_worker_that_died_leaves_nothing_in_doubt_unnamed(crowd):
    request([wanted(one) for one in crowd[:3]] + [wanted(crowd[0], "receipt")], now=NOW)
    claimed = claiming.claim("here/1/send-0", limit=50, is_journal_replayed=True, now=NOW).taken
    keys = {one.message.customer_id: one.message.uuid.hex for one in claimed if one.message.template == "sale"}
    receipt = next(one.message.uuid.hex for one in claimed if one.message.template == "receipt")
    recording.depart([keys[crowd[0].pk], receipt], worker="here/1/send-0", now=NOW)

    assert recording.recover(worker="there/1/send-0", now=NOW) == 0
    assert recording.recover(worker="here/2/send-0", now=NOW) == 4

    states = {(one.template, one.customer_id): one.state for one in Message.objects.all()}
    assert states == {
        ("sale", crowd[0].pk): State.UNKNOWN, ("sale", crowd[1].pk): State.APPROVED, ("sale", crowd[2].pk): State.APPROVED,
        ("receipt", crowd[0].pk): State.DEFERRED,
    }  # fmt: skip
    assert Event.objects.filter(name="message.failed").count() == 1


def test_a_message_that_cannot_be_written_names_what_is_missing(crowd):
    request([wanted(crowd[0], context={"broken": True}), wanted(crowd[1])], now=NOW)

    dispatch()

    lost = Message.objects.get(customer=crowd[0])
    assert (lost.state, lost.reason, lost.decision.facts["missing"]) == ("suppressed", "missing_data", "order.number")
    assert state(crowd[1]) == State.ACCEPTED


def test_a_stop_holds_everything_at_once_and_lets_it_go_on(crowd):
    request([wanted(one) for one in crowd[:2]], now=NOW)
    stopping.stop_everything(reason="wrong prices", by=BY, now=NOW)
    assert dispatch() == 0

    stopping.go_on(by=BY, now=NOW)
    stopping.stop_everything(channel="email", reason="", by=BY, now=NOW)
    assert dispatch() == 0

    stopping.go_on(channel="email", by=BY, now=NOW)
    assert dispatch() == 2


def test_nothing_leaves_before_the_journal_is_replayed(crowd, monkeypatch):
    request([wanted(crowd[0])], now=NOW)
    monkeypatch.setattr(restoring.privacy, "replay_journal", lambda **_: 1 / 0)
    assert dispatch() == 0
    assert state(crowd[0]) == State.APPROVED

    monkeypatch.undo()


def test_caps_hold_at_the_moment_of_sending(crowd):
    request([wanted(crowd[0], "sale", "a", value=1), wanted(crowd[0], "news", "b", value=3)], now=NOW)
    request([wanted(crowd[0], "shoes", "c", value=2, not_before=NOW + timedelta(days=2))], now=NOW)
    Message.objects.filter(key="c").update(due_at=NOW)

    dispatch()

    assert dict(Message.objects.values_list("key", "reason")) == {"a": "frequency_cap:all:1", "b": "", "c": ""}


def test_night_falls_while_it_waits(crowd):
    request([wanted(crowd[0])], now=NOW)
    night = NOW.replace(hour=22)

    assert dispatch(night) == 0

    message = Message.objects.get()
    assert (message.state, message.waits_for) == (State.APPROVED, "quiet_hours")
    assert message.due_at == (NOW + timedelta(days=1)).replace(hour=7)  # eight in London's summer
    assert dispatch(message.due_at) == 1


def test_what_waits_too_long_expires(crowd):
    request([wanted(crowd[0], expires_at=NOW + timedelta(hours=1))], now=NOW)

    assert dispatch(NOW + timedelta(hours=1)) == 0
    assert Message.objects.get().reason == "expired"


def test_claiming_takes_as_many_queries_for_many_as_for_one(crowd):
    def queries_for(some, start):
        request([wanted(one, key=f"{start}{one.pk}", template="receipt") for one in some], now=NOW)
        with CaptureQueriesContext(connection) as seen:
            claiming.claim("w", limit=50, is_journal_replayed=True, now=NOW)
        return len(seen)

    queries_for(crowd[:1], "warm")
    assert queries_for(crowd[:1], "one") == queries_for(crowd[1:5], "many") <= 32


def test_what_was_asked_for_goes_first(crowd):
    request([wanted(one) for one in crowd[:4]] + [wanted(crowd[5], "receipt")], now=NOW)

    taken = claiming.claim("w", limit=2, is_journal_replayed=True, now=NOW).taken

    assert [one.message.template for one in taken] == ["receipt", "sale"]


def test_the_database_refuses_to_let_a_message_leave_late(crowd):
    request([wanted(crowd[0])], now=NOW)
    claiming.claim("w", limit=2, is_journal_replayed=True, now=NOW)
    late = NOW + timedelta(seconds=61)

    assert recording.depart([Message.objects.get().uuid.hex], worker="w", now=late) == set()
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.update(state=State.SENDING, sent_at=late)


def test_asking_wakes_the_dispatcher_and_what_is_due_soon_wakes_it_again(crowd):
    request([replace(wanted(crowd[0]), not_before=NOW + timedelta(seconds=20))], now=NOW)
    assert not Job.objects.filter(name="messaging.dispatch").exists()

    dispatch()

    assert Job.objects.get(name="messaging.dispatch").run_at == NOW + timedelta(seconds=20)
