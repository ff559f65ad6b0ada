"""Pages for staff: what went out, why and why not, the policy with its replay, the switch."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shuke.crm.messaging.actions.requesting import request
from shuke.crm.messaging.models import Message, PolicyVersion, SendDecision, Stop
from shuke.crm.messaging.queries import browsing, standing
from shuke.crm.messaging.rules.policy import Cap, Policy
from shuke.crm.messaging.tests.conftest import wanted


@pytest.fixture
def login(request):
    """Log in as somebody of a role."""
    return lambda role: request.getfixturevalue("client_of")(request.getfixturevalue(role))


@pytest.fixture
def asked(crowd):
    now = timezone.now().replace(hour=12) - timedelta(days=1)
    request([wanted(one, name, f"{name}{one.pk}") for one in crowd for name in ("sale", "receipt")], now=now)
    return now


def test_the_lists_show_states_and_reasons(login, asked, crowd):
    client = login("marketer")

    assert client.get("/messages/").content.decode().count("/messages/0") >= 10
    refused = client.get("/messages/?tab=refused").content.decode()
    assert refused.count("Never agreed") == 2 + 1  # and the filter
    one = client.get(f"/messages/?customer={crowd[0].uuid}").content.decode()
    assert one.count("/messages/0") == 2
    assert client.get("/messages/?state=accepted").content.decode().count("/messages/0") == 0


def test_the_list_takes_as_many_queries_for_many_as_for_few(login, asked):
    client = login("marketer")
    client.get("/messages/")
    with CaptureQueriesContext(connection) as many:
        client.get("/messages/")
    Message.objects.filter(pk__gt=Message.objects.order_by("pk")[2].pk).delete()
    with CaptureQueriesContext(connection) as few:
        client.get("/messages/")

    assert len(few) == len(many)


def test_a_decision_is_told_clause_by_clause(login, asked):
    client = login("agent")
    denied = SendDecision.objects.filter(result="deny").first()

    page = client.get(f"/messages/refused/{denied.pk}/").content.decode()
    message = client.get(f"/messages/{Message.objects.first().uuid}/").content.decode()

    assert page.count("Never agreed") == 1
    assert page.count("<tr>") == message.count("<tr>") == 15


def test_the_policy_is_tried_before_it_is_put_in_force(login, asked):
    client = login("marketer")
    fields = {
        "quiet_from": "21:00", "quiet_until": "08:00", "when_quiet": "drop", "same_template_hours": "24", "least_age": "14",
        "stop_text_zh": "拒收请回复R", "stop_text_en": "Reply STOP", "cap-all-7": "0", "topics": "a | 甲 | A",
    }  # fmt: skip

    tried = client.post("/messages/policy/", fields | {"do": "try"}).content.decode()
    assert "Written to often enough within 7 days" in tried
    assert not PolicyVersion.objects.exists()

    client.post("/messages/policy/", fields | {"note": "calmer"})
    client.post("/messages/policy/", fields)
    in_force = standing.policy()
    assert (in_force.number, in_force.policy.caps, in_force.policy.when_quiet) == (1, (Cap(days=7, most=0),), "drop")
    assert [one.code for one in in_force.policy.topics] == ["a"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("topics", "no bars", "Line 1 is no topic"),
        ("quiet_until", "20:30", "less than two hours"),
        ("least_age", "99", "21"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused_where_it_is_wrong(login, company, field, value, said):
    fields = {
        "quiet_from": "21:00", "quiet_until": "08:00", "when_quiet": "wait", "same_template_hours": "24", "least_age": "14",
        "stop_text_zh": "拒收请回复R", "stop_text_en": "Reply STOP",
    }  # fmt: skip

    page = login("marketer").post("/messages/policy/", fields | {field: value}).content.decode()

    assert said in page
    assert not PolicyVersion.objects.exists()


def test_the_switch_stops_and_lets_go_on(login, company):
    client = login("marketer")

    client.post("/messages/stop/", {"channel": "", "reason": "wrong prices"})
    assert Stop.objects.get().scope == "all"
    assert "wrong prices" in client.get("/messages/").content.decode()
    client.post("/messages/go-on/", {"channel": ""})
    assert not Stop.objects.exists()
    assert login("agent").post("/messages/stop/", {}).status_code == 403


def test_a_replay_of_the_policy_in_force_says_what_was_decided(asked):
    said = browsing.simulate(Policy(), now=asked + timedelta(hours=1))

    assert {code: then for code, _today, then in said.rows} == {"": 10, "consent:never_asked": 2}


def test_health_is_shown_by_channel_and_domain(login, asked):
    assert login("marketer").get("/messages/health/").status_code == 200
