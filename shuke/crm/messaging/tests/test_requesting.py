"""Asking for messages: a decision for everybody, a message for those allowed, once."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import suppressing
from shuke.cdp.customers.models import Customer
from shuke.cdp.events.actions import Provenance
from shuke.cdp.events.models import Event
from shuke.crm.messaging import queries
from shuke.crm.messaging.actions import stopping
from shuke.crm.messaging.actions.requesting import request
from shuke.crm.messaging.errors import BadCandidate
from shuke.crm.messaging.models import Message, SendDecision, State
from shuke.crm.messaging.queries import explaining
from shuke.crm.messaging.tests.conftest import BY, NOW, says, wanted
from shuke.platform.jobs.models import Job


def test_everybody_gets_a_decision_and_the_allowed_a_message(crowd):
    answers = request([wanted(one) for one in crowd], now=NOW)

    assert [one.is_allowed for one in answers] == [True] * 4 + [False] * 2
    assert {one.reasons for one in answers[4:]} == {("consent:never_asked",)}
    assert SendDecision.objects.count() == 6
    assert list(Message.objects.values_list("customer_id", flat=True)) == [one.pk for one in crowd[:4]]
    assert Job.objects.filter(name="messaging.dispatch").count() == 1


def test_asking_again_gives_the_first_answer(crowd):
    first = request([wanted(one) for one in crowd], now=NOW)
    says("p5@example.com")

    again = request([wanted(one) for one in crowd], now=NOW + timedelta(hours=1))

    assert [replace(one, is_repeated=False) for one in again] == first
    assert all(one.is_repeated for one in again)
    assert (SendDecision.objects.count(), Message.objects.count()) == (6, 4)


def test_a_key_twice_in_a_batch_is_one_message(crowd):
    one, other = request([wanted(crowd[0], key="k"), wanted(crowd[0], key="k")], now=NOW)

    assert one.message == other.message
    assert other.is_repeated
    assert Message.objects.count() == 1


def test_the_number_of_queries_does_not_depend_on_how_many(crowd):
    def queries_for(some, start):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            request([wanted(one, key=f"{start}:{one.pk}") for one in some], now=NOW)
        return len(seen)

    queries_for(crowd[:1], "warm")
    few, many = queries_for(crowd[1:2], "few"), queries_for(crowd[1:4], "many")

    assert few == many <= 34


@pytest.mark.parametrize(
    ("template", "channel", "reason"),
    [("gone", "email", "unknown_template"), ("old", "email", "template_archived"), ("sale", "sms", "wrong_channel")],
)
def test_a_template_that_may_not_be_used(crowd, template, channel, reason):
    (answer,) = request([wanted(crowd[0], template, channel=channel)], now=NOW)

    assert answer.reasons[0] == reason


def test_whom_nobody_may_write_to(crowd):
    erased, restricted, young, _spam = crowd[:4]
    Customer.objects.filter(pk=erased.pk).update(erased_at=NOW)
    Customer.objects.filter(pk=restricted.pk).update(restricted_at=NOW)
    Customer.objects.filter(pk=young.pk).update(birthday=date(2012, 1, 1))
    by = Provenance("web", "system:test", NOW)
    suppressing.suppress("email", "p3@example.com", scope="marketing", reason="complaint", by=by)

    answers = request([wanted(one) for one in crowd[:4]], now=NOW)

    assert [one.reasons[0] for one in answers] == ["erased", "restricted", "under_age", "suppressed:marketing"]


def test_a_topic_may_be_refused_alone_and_agreed_to_alone(crowd):
    says("p0@example.com", "withdrawn", topic="shoes")
    says("p4@example.com", topic="shoes")

    shoes = request([wanted(crowd[0], "shoes"), wanted(crowd[1], "shoes"), wanted(crowd[4], "shoes")], now=NOW)
    others = request([wanted(crowd[0]), wanted(crowd[4])], now=NOW)

    assert [one.is_allowed for one in shoes] == [False, True, True]
    assert [one.is_allowed for one in others] == [True, False]


def test_at_night_it_waits_for_the_morning_where_the_person_is(crowd):
    Customer.objects.filter(pk=crowd[1].pk).update(country="中国")
    evening = NOW.replace(hour=15)  # four in London, eleven in Shanghai

    here, there = request([wanted(one) for one in crowd[:2]], now=evening)
    (receipt,) = request([wanted(crowd[1], "receipt")], now=evening)

    assert (here.due_at, here.waits_for) == (evening, "")
    assert there.due_at == (NOW + timedelta(days=1)).replace(hour=0)  # eight in the morning
    assert there.waits_for == "quiet_hours"
    assert receipt.due_at == evening


def test_what_would_come_too_late_is_refused(crowd):
    Customer.objects.filter(pk=crowd[0].pk).update(country="CN")
    evening = NOW.replace(hour=15)

    (answer,) = request([wanted(crowd[0], expires_at=evening + timedelta(hours=2))], now=evening)

    assert answer.reasons == ("quiet_hours", "expired")


def test_more_than_the_policy_allows_is_refused_and_what_was_asked_for_is_not(crowd):
    answers = request([wanted(crowd[0], name, f"k{name}") for name in ("sale", "news", "shoes", "receipt")], now=NOW)

    assert [one.reasons for one in answers] == [(), (), ("arbitration",), ()]


def test_the_more_valuable_takes_the_slot(crowd):
    request([wanted(crowd[0], "sale", "cheap", value=1), wanted(crowd[0], "news", "better", value=2)], now=NOW)

    (answer,) = request([wanted(crowd[0], "shoes", "best", value=3)], now=NOW)

    assert answer.is_allowed
    lost = Message.objects.get(key="cheap")
    assert (lost.state, lost.reason) == (State.SUPPRESSED, "arbitration")
    assert lost.decision.facts["instead"] == ["best"]
    assert Event.objects.get(name="message.suppressed").properties["key"] == "cheap"


def test_the_same_template_is_not_sent_twice_in_a_day(crowd):
    request([wanted(crowd[0], key="a")], now=NOW)

    (answer,) = request([wanted(crowd[0], key="b")], now=NOW + timedelta(hours=2))
    (later,) = request([wanted(crowd[0], key="c")], now=NOW + timedelta(hours=25))

    assert answer.reasons == ("same_template",)
    assert not later.is_allowed  # the first has still not left


def test_a_stop_refuses_what_nobody_asked_for_and_holds_the_rest(crowd):
    stopping.stop_everything(reason="wrong prices", by=BY, now=NOW)

    sale, receipt = request([wanted(crowd[0]), wanted(crowd[0], "receipt")], now=NOW)

    assert sale.reasons == ("stopped:all",)
    assert (receipt.is_allowed, receipt.waits_for) == (True, "stop")


def test_a_paused_cause_holds_and_a_stopped_one_takes_out(crowd):
    request([wanted(crowd[0])], now=NOW)
    stopping.pause("campaign", 1, by=BY, now=NOW)
    request([wanted(crowd[1])], now=NOW)
    assert list(Message.objects.values_list("is_paused", flat=True)) == [True, True]

    assert stopping.stop("campaign", 1, by=BY, now=NOW) == 2
    assert queries.states_of("campaign", 1).states == {"suppressed": 2}


def test_a_merged_person_is_written_to_under_who_they_are_now(crowd):
    customers.merge(crowd[0].pk, crowd[1].pk, by=BY, now=NOW)

    (answer,) = request([wanted(crowd[1])], now=NOW)

    assert answer.is_allowed
    assert Message.objects.get().customer_id == crowd[0].pk


def test_a_wrong_candidate_is_named_before_anything_is_decided(crowd):
    with pytest.raises(BadCandidate) as caught:
        request([wanted(crowd[0]), replace(wanted(crowd[1]), key="")], now=NOW)

    assert caught.value.facts == {"at": 1, "field": "key"}
    assert not SendDecision.objects.exists()


def test_counting_says_what_asking_does(crowd):
    counts = queries.count_by_reason([one.pk for one in crowd], "email", "sale", NOW)

    assert counts == {"": 4, "consent:never_asked": 2}
    assert not SendDecision.objects.exists()


def test_why_names_the_clause(crowd):
    request([wanted(one) for one in crowd], now=NOW)

    (said,) = explaining.why(crowd[5].pk, "campaign", 1)

    assert [(one.code, one.reasons) for one in said.failed] == [("consent", ("consent:never_asked",))]
    assert queries.outcome_of([wanted(crowd[5]).key])[wanted(crowd[5]).key].state == "denied"
    assert queries.states_of("campaign", 1).refused == {"consent:never_asked": 2}


def test_who_can_be_reached_how(crowd):
    found = queries.reachable_channels([one.pk for one in crowd], "marketing", "", NOW)

    assert [found[one.pk] for one in crowd] == [["email", "sms", "onsite"]] * 2 + [["email", "onsite"]] * 2 + [
        ["onsite"]
    ] * 2


@pytest.mark.engine
def test_the_database_refuses_what_no_decision_allows(crowd):
    request([wanted(one) for one in crowd], now=NOW)
    message, denied = Message.objects.first(), SendDecision.objects.filter(result="deny").first()
    for state in (State.SENDING, State.ACCEPTED, State.UNKNOWN):
        with pytest.raises(IntegrityError), transaction.atomic():
            Message.objects.filter(pk=message.pk).update(state=state, sent_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        SendDecision.objects.filter(pk=denied.pk).update(result="allow")
    values = {
        field.attname: getattr(message, field.attname) for field in Message._meta.concrete_fields if field.name != "id"
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(**values | {"uuid": "0" * 32, "key": denied.key, "decision_id": denied.pk})
    with pytest.raises(IntegrityError), transaction.atomic():
        SendDecision.objects.filter(pk=denied.pk).delete()
