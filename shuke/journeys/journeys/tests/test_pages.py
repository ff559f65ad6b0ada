"""The pages: drawing by forms, switching on, looking at people, mending what is stuck, replaying, asking why."""

from datetime import timedelta

import pytest

from shuke.cdp.customers.models import Customer
from shuke.cdp.customers.testing import customer
from shuke.journeys.journeys.actions import defining, entering
from shuke.journeys.journeys.actions.entering import Entrant
from shuke.journeys.journeys.models import Journey, Run, RunState, Trouble
from shuke.journeys.journeys.rules import graph as graphs
from shuke.journeys.journeys.testing import BY, drawn, happened, moved, said, switched_on

WAIT = {"amount": 1, "unit": "hours"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(client, marketer):
    client.force_login(marketer)
    return client


def test_a_journey_is_drawn_by_forms_alone_and_switched_on(pages, company):
    pages.post("/journeys/new/", {"name": "Second order"})
    journey = Journey.objects.get()
    place = f"/journeys/{journey.uuid}/draw/"

    made = pages.post(f"{place}add/", {"after": "start", "exit": "next", "kind": "wait"})
    assert made.headers["Location"] == f"{place}?step=wait1"
    assert "1 day" in pages.get(f"{place}?step=wait1").content.decode()
    refused = pages.post(f"{place}step/wait1/", {"amount": "0", "unit": "days", "to-next": "end"})
    assert refused.status_code == 422
    pages.post(f"{place}step/wait1/", {"amount": "2", "unit": "days", "to-next": "end"})
    pages.post(f"{place}add/", {"after": "wait1", "exit": "next", "kind": "split"})
    pages.post(f"{place}step/split1/", {"arms": "a 50\nb 50", "to-a": "end", "to-b": "end"})
    pages.post(f"{place}add/", {"after": "split1", "exit": "b", "kind": "tag"})
    assert "1 step needs something." in pages.get(place).content.decode()
    pages.post(f"{place}step/tag1/", {"tag": "B side", "to-next": "end"})
    pages.post(f"{place}step/start/", {"event": "order.paid", "where": "gross_minor >= 5000", "to-next": "wait1"})
    settings = {"name": "Second order", "goal": "order.placed", "goal_where": "", "goal_days": "14", "exit": "", "exit_where": "",
                "reentry": "days", "reentry_days": "30", "holdout": "10", "per_hour": "0", "segment": "", "rule": ""}  # fmt: skip
    assert pages.post(f"{place}settings/", settings).status_code == 302

    switched = pages.post(f"/journeys/{journey.uuid}/on/", follow=True)
    journey.refresh_from_db()
    assert journey.state == "on", [str(one) for one in switched.context["messages"]]
    graph = graphs.read(journey.version.graph)
    assert graph.trigger.settings["where"] == [{"property": "gross_minor", "op": "ge", "value": 5000}]
    assert (graph.first, graph.after("split1", "b"), graph.after("tag1", "next")) == ("wait1", "tag1", "end")
    assert graph.settings.goal.event == "order.placed"
    shown = pages.get(f"/journeys/{journey.uuid}/").content.decode()
    assert "2 days" in shown
    assert "B side" in shown


def test_conditions_that_are_none_are_named(pages, company):
    journey = defining.create("J", drawn(), by=BY, now=company.created_at)

    answer = pages.post(
        f"/journeys/{journey.uuid}/draw/step/start/",
        {"event": "order.paid", "where": "gross_minor ~ 3", "to-next": "end"},
    )

    assert answer.status_code == 422
    assert "“gross_minor ~ 3” is no condition" in answer.content.decode()


def test_a_step_is_taken_out_and_what_led_to_it_leads_on(pages, company):
    journey = defining.create(
        "J", drawn(("a", "wait", WAIT), ("b", "tag", {"tag": "x"})), by=BY, now=company.created_at
    )

    pages.post(f"/journeys/{journey.uuid}/draw/step/a/remove/")
    journey.refresh_from_db()

    assert graphs.read(journey.draft).first == "b"
    assert pages.post(f"/journeys/{journey.uuid}/draw/step/start/remove/").status_code == 404
    assert pages.post(f"/journeys/{journey.uuid}/draw/place/", {"places": '{"b": [10, -20]}'}).status_code == 204
    assert pages.post(f"/journeys/{journey.uuid}/draw/place/", {"places": '{"b": "far"}'}).status_code == 422
    journey.refresh_from_db()
    assert (graphs.read(journey.draft).steps["b"].x, graphs.read(journey.draft).steps["b"].y) == (10, -20)


def test_what_is_not_ready_is_not_switched_on(pages, company):
    journey = defining.create("J", drawn(("a", "send", {})), by=BY, now=company.created_at)

    answer = pages.post(f"/journeys/{journey.uuid}/on/", follow=True).content.decode()

    journey.refresh_from_db()
    assert journey.state == "draft"
    assert "“Template”: it is missing" in answer


def test_people_and_what_is_stuck_are_shown_and_mended(pages, company, now, monkeypatch, django_assert_max_num_queries):
    who = [customer(external_id=f"p{n}", name=f"Person {n}").pk for n in range(12)]
    journey = switched_on(
        drawn(("pause", "wait", WAIT), ("mark", "tag", {"tag": "x"}), reentry="never"), name="Marking", now=now
    )
    entering.enter(journey, [Entrant(pk, f"c{pk}", {"number": "A7"}) for pk in who], now=now)
    moved(now)
    stuck = Run.objects.filter(customer_id=who[0])
    stuck.update(state=RunState.STUCK, due_at=None)
    Trouble.objects.create(run=stuck.get(), journey=journey, step="pause", hop=0, code="x", message="It broke.", at=now)

    with django_assert_max_num_queries(30):
        listed = pages.get(f"/journeys/{journey.uuid}/people/?state=active").content.decode()
    assert listed.count("Their way") == 11
    assert "1 hour" in listed
    way = pages.get(f"/journeys/runs/{stuck.get().uuid}/").content.decode()
    assert "It broke." in way
    assert "A7" in way
    assert "It broke." in pages.get(f"/journeys/{journey.uuid}/troubles/").content.decode()
    pages.post(f"/journeys/{journey.uuid}/troubles/retry/")
    assert stuck.get().state == RunState.ACTIVE
    with django_assert_max_num_queries(30):
        assert "Marking" in pages.get("/journeys/").content.decode()
    asked = Customer.objects.get(pk=who[1])
    answer = pages.get(f"/journeys/{journey.uuid}/why/?customer={asked.uuid}").content.decode()
    assert "The journey is on." in answer
    assert "0 times" in answer
    pages.post(f"/journeys/{journey.uuid}/enter/", {"customer": asked.uuid})
    again = pages.get(f"/journeys/{journey.uuid}/why/?customer={asked.uuid}").content.decode()
    assert "was on this journey already" in again


def test_a_draft_is_replayed_on_what_happened_and_nothing_is_written(pages, company):
    from django.utils import timezone

    now = timezone.now()
    who = [customer(external_id=f"p{n}").pk for n in range(30)]
    waits = ("paid", "wait_for", {"event": "order.paid", **WAIT})
    graph = drawn(
        waits,
        ("mark", "tag", {"tag": "x"}),
        edges=["start next paid", "paid happened end", "paid timeout mark", "mark next end"],
    )
    journey = defining.create("J", graph, by=BY, now=now)
    at = now - timedelta(days=3)
    happened(
        *(said("order.placed", pk, at) for pk in who),
        *(said("order.paid", pk, at + timedelta(minutes=5)) for pk in who[:10]),
        now=now,
    )

    answer = pages.get(f"/journeys/{journey.uuid}/replay/?days=7")

    found = answer.context["found"]
    assert (found.events, found.began, found.done) == (40, 30, 30)
    assert found.passed == {("paid", "happened"): 10, ("paid", "timeout"): 20, ("mark", "next"): 20}
    assert not Run.objects.exists()


def test_people_are_moved_to_a_new_version_with_a_preview(pages, company, now):
    who = customer(external_id="p").pk
    journey = switched_on(drawn(("old", "wait", WAIT)), now=now)
    entering.enter(journey, [Entrant(who, "c")], now=now)
    moved(now)
    defining.revise(journey, drawn(("new", "wait", WAIT)), by=BY, now=now)
    defining.publish(journey, by=BY, now=now)

    preview = pages.get(f"/journeys/{journey.uuid}/move/").content.decode()
    assert "1 people stand at “Wait 1 hour”" in preview
    pages.post(f"/journeys/{journey.uuid}/move/", {"home-old": "new"})

    run = Run.objects.get()
    assert (run.step, run.version.number, run.state) == ("new", 2, RunState.ACTIVE)


def test_programs_and_webhooks_send_customers_on_a_journey(client, company, actor, now):
    from shuke.platform.staff import api_keys

    who = [customer(external_id=f"p{n}") for n in range(3)]
    journey = switched_on(
        drawn(("pause", "wait", WAIT), trigger={"kind": "webhook", "settings": {}}, reentry="never"), now=now
    )
    _key, text = api_keys.create("shop", ["journeys:read", "journeys:write"], by=actor, now=now)
    said = {"entrants": [{"customer": str(one.uuid), "key": "k", "context": {"score": 7}} for one in who[:2]]}
    for began in (2, 0):
        answer = client.post(
            f"/api/v1/journeys/{journey.uuid}/enter",
            said,
            content_type="application/json",
            headers={"Authorization": f"Bearer {text}"},
        )
        assert (answer.status_code, answer.json()["began"]) == (200, began)

    place = f"/journeys/hooks/{journey.hook}/"
    for began in (1, 0):
        answer = client.post(
            place, {"shop": "web", "external_id": "p2", "id": "x", "score": 9}, content_type="application/json"
        )
        assert (answer.status_code, answer.json()["began"]) == (200, began)
    assert sorted(run.context["score"] for run in Run.objects.all()) == [7, 7, 9]
    for body, status in (
        (b"{", 422),
        (b"[]", 422),
        (b'{"customer": "x"}', 422),
        (b'{"shop": "web", "external_id": "p9"}', 422),
    ):
        assert client.post(place, body, content_type="application/json").status_code == status
    assert client.post("/journeys/hooks/unknown/", b"{}", content_type="application/json").status_code == 404
