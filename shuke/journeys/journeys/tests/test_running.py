"""Journeys that run: events let people in, timers and events move them, steps act once."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.testing import customer
from shuke.journeys.journeys import queries
from shuke.journeys.journeys.actions import advancing, defining, entering, hearing, mending
from shuke.journeys.journeys.actions.entering import Entrant
from shuke.journeys.journeys.models import Journey, Refusal, Run, RunState, Tally, Trouble, Visit
from shuke.journeys.journeys.queries import facts
from shuke.journeys.journeys.rules.graph import read
from shuke.journeys.journeys.testing import BY, drawn, happened, moved, said, switched_on
from shuke.journeys.journeys.tests import reference, worlds

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WAIT = {"amount": 1, "unit": "hours"}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(company):
    return company


def person(n=1):
    return customer(external_id=f"p{n}", name=f"Person {n}").pk


def path(run):
    return list(Visit.objects.filter(run=run).order_by("hop").values_list("step", "exit"))


def test_an_event_lets_somebody_in_and_a_timer_moves_them():
    who = person()
    journey = switched_on(drawn(("pause", "wait", WAIT), ("mark", "tag", {"tag": "Bought"})), now=NOW)

    happened(said("order.placed", who, NOW, number="7"), now=NOW)
    moved(NOW)
    (run,) = Run.objects.all()
    assert (run.step, run.due_at, run.context) == ("pause", NOW + HOUR, {"number": "7"})

    moved(NOW + HOUR - timedelta(seconds=1))
    assert path(run) == []
    moved(NOW + HOUR)
    run.refresh_from_db()
    assert (run.state, path(run)) == (RunState.DONE, [("pause", "next"), ("mark", "next")])
    assert [tag.name for tag in customers.tags_of([who])[who]] == ["Bought"]
    assert dict(Tally.objects.values_list("step", "count")) == {"pause": 1, "mark": 1}
    assert journey.state == "on"


def test_the_same_event_twice_is_one_entry():
    who = person()
    journey = switched_on(drawn(("pause", "wait", WAIT)), now=NOW)
    entrant = Entrant(who, "event:1")

    assert entering.enter(journey, [entrant, entrant], now=NOW).began == 1
    assert entering.enter(journey, [entrant], now=NOW).began == 0
    assert Run.objects.count() == 1
    assert not Refusal.objects.exists()


@pytest.mark.parametrize(("comes", "exit_"), [(True, "happened"), (False, "timeout")])
def test_an_event_is_waited_for_until_a_timeout(comes, exit_):
    who = person()
    waits = ("paid", "wait_for", {"event": "order.paid", "where": [{"property": "number", "op": "same"}], **WAIT})
    switched_on(drawn(waits, edges=["start next paid", "paid happened end", "paid timeout end"]), now=NOW)
    happened(said("order.placed", who, NOW, number="7"), now=NOW)
    moved(NOW)

    happened(said("order.paid", who, NOW, number="8"), now=NOW)
    moved(NOW)
    assert Run.objects.get().state == RunState.ACTIVE, "another order's payment"
    if comes:
        happened(said("order.paid", who, NOW + HOUR / 2, number="7"), now=NOW + HOUR / 2)
        moved(NOW + HOUR / 2)
    moved(NOW + HOUR)
    assert path(Run.objects.get()) == [("paid", exit_)]


def test_what_came_before_the_wait_was_written_is_not_missed():
    """The event is heard after the entry but before the run stands at its first step."""
    who = person()
    waits = ("paid", "wait_for", {"event": "order.paid", **WAIT})
    switched_on(drawn(waits, edges=["start next paid", "paid happened end", "paid timeout end"]), now=NOW)

    happened(said("order.placed", who, NOW), said("order.paid", who, NOW), now=NOW)
    moved(NOW)

    assert path(Run.objects.get()) == [("paid", "happened")]


def test_a_goal_ends_a_way_and_counts_for_those_held_out():
    inside, out = person(1), person(2)
    journey = switched_on(drawn(("pause", "wait", WAIT), goal={"event": "order.paid"}), now=NOW)
    happened(said("order.placed", inside, NOW), said("order.placed", out, NOW), now=NOW)
    Run.objects.filter(customer_id=out).update(state=RunState.HELD, due_at=None)
    moved(NOW)

    later = NOW + timedelta(minutes=5)
    happened(said("order.paid", inside, later), said("order.paid", out, later), now=later)
    moved(NOW + HOUR)

    assert dict(Run.objects.values_list("customer_id", "state")) == {inside: RunState.GOAL, out: RunState.HELD}
    assert set(Run.objects.values_list("goal_at", flat=True)) == {later}
    assert not Visit.objects.exists()
    assert journey.version is not None


def test_chance_holds_the_same_people_out_each_time():
    ids = [person(n) for n in range(60)]
    journey = switched_on(drawn(("pause", "wait", WAIT), holdout=30), now=NOW)

    found = entering.enter(journey, [Entrant(pk, f"a:{pk}") for pk in ids], now=NOW)
    held = set(Run.objects.filter(state=RunState.HELD).values_list("customer_id", flat=True))
    moved(NOW + HOUR)
    entering.enter(journey, [Entrant(pk, f"b:{pk}") for pk in ids], now=NOW + HOUR)

    assert 8 <= found.held <= 28
    assert found.held + found.began == 60
    assert set(Run.objects.filter(state=RunState.HELD).values_list("customer_id", flat=True)) == held
    assert not Visit.objects.filter(run__state=RunState.HELD).exists()


@pytest.mark.parametrize(
    ("settings", "after", "reason"),
    [
        ({"reentry": "never"}, timedelta(days=900), "before"),
        ({"reentry": "days", "reentry_days": 30}, timedelta(days=29), "before"),
        ({"reentry": "days", "reentry_days": 30}, timedelta(days=30), ""),
        ({"reentry": "always"}, HOUR / 2, "inside"),
        ({"reentry": "always"}, HOUR, ""),
    ],
)
def test_who_may_come_again(settings, after, reason):
    who = person()
    journey = switched_on(drawn(("pause", "wait", WAIT), **settings), now=NOW)
    entering.enter(journey, [Entrant(who, "first")], now=NOW)
    moved(NOW)
    moved(NOW + after)

    entering.enter(journey, [Entrant(who, "again")], now=NOW + after)

    assert list(Refusal.objects.values_list("reason", flat=True)) == ([reason] if reason else [])
    assert Run.objects.count() == (1 if reason else 2)


def test_journeys_that_set_each_other_off_are_stopped_and_said_so():
    who = person()
    a = drawn(("mark", "tag", {"tag": "A"}), ("off", "tag", {"tag": "B", "remove": True}),
              trigger={"kind": "event", "settings": {"event": "customer.tagged", "where": [{"property": "tag", "op": "eq", "value": "B"}]}})  # fmt: skip
    b = drawn(("mark", "tag", {"tag": "B"}), ("off", "tag", {"tag": "A", "remove": True}),
              trigger={"kind": "event", "settings": {"event": "customer.tagged", "where": [{"property": "tag", "op": "eq", "value": "A"}]}})  # fmt: skip
    first, second = switched_on(a, name="A", now=NOW), switched_on(b, name="B", now=NOW)
    happened(now=NOW)
    entering.enter(first, [Entrant(who, "begin")], now=NOW)

    for _ in range(30):
        moved(NOW)
        happened(now=NOW)
    moved(NOW)

    assert Run.objects.filter(state=RunState.ACTIVE).count() == 0
    assert Run.objects.count() == entering.MOST_DEEP
    assert list(Refusal.objects.values_list("reason", flat=True)) == ["loop"]
    assert second.pk != first.pk


def test_a_paused_journey_stands_still_and_goes_on():
    who = person()
    journey = switched_on(drawn(("pause", "wait", WAIT)), now=NOW)
    happened(said("order.placed", who, NOW), now=NOW)
    moved(NOW)
    defining.pause(journey, by=BY, now=NOW)
    happened(said("order.placed", person(2), NOW), now=NOW)
    moved(NOW + 2 * HOUR)
    assert not Visit.objects.exists()
    assert Run.objects.count() == 1

    defining.resume(journey, by=BY, now=NOW + 2 * HOUR)
    moved(NOW + 2 * HOUR)
    assert Run.objects.get().state == RunState.DONE


def test_those_in_flight_stay_on_their_version_or_are_moved():
    who, other = person(1), person(2)
    journey = switched_on(drawn(("pause", "wait", WAIT), ("old", "wait", WAIT)), now=NOW)
    happened(said("order.placed", who, NOW), said("order.placed", other, NOW), now=NOW)
    moved(NOW)
    Run.objects.filter(customer_id=other).update(step="old")
    defining.revise(
        journey,
        drawn(("pause", "wait", {"amount": 3, "unit": "hours"}), ("new", "tag", {"tag": "New"})),
        by=BY,
        now=NOW,
    )
    version = defining.publish(journey, by=BY, now=NOW)
    journey.refresh_from_db()

    assert version.number == 2
    assert set(Run.objects.values_list("version__number", flat=True)) == {1}
    preview = defining.preview_move(journey)
    assert (preview.keeps, preview.homeless) == (1, {"old": 1})
    defining.move_all(journey, {}, by=BY, now=NOW)
    moved(NOW + 2 * HOUR)
    assert Run.objects.get(customer_id=other).ending == "moved_out"
    assert Run.objects.get(customer_id=who).due_at == NOW + 3 * HOUR


def test_a_step_that_cannot_act_keeps_its_people_until_it_is_tried_again():
    who = person()
    journey = switched_on(drawn(("mark", "tag", {"tag": "Rule"}), ("then", "tag", {"tag": "Then"})), now=NOW)
    from shuke.cdp.customers.actions import tags

    label = tags.tag_named("Rule", now=NOW)
    tags.set_automatic(label.pk, is_automatic=True)
    happened(said("order.placed", who, NOW), now=NOW)
    moved(NOW)

    (trouble,) = Trouble.objects.filter(closed_at=None)
    assert (trouble.step, trouble.run.state) == ("mark", RunState.STUCK)
    assert trouble.message
    tags.set_automatic(label.pk, is_automatic=False)
    assert mending.retry(journey, by=BY, now=NOW) == 1
    moved(NOW)
    assert path(trouble.run) == [("mark", "next"), ("then", "next")]
    assert not Trouble.objects.filter(closed_at=None).exists()


def test_entries_are_spread_over_the_hour():
    ids = [person(n) for n in range(5)]
    journey = switched_on(drawn(("mark", "tag", {"tag": "x"}), per_hour=2), now=NOW)
    entering.enter(journey, [Entrant(pk, f"c:{pk}") for pk in ids], now=NOW)

    moved(NOW)
    assert Visit.objects.count() == 1
    moved(NOW + HOUR)
    assert Visit.objects.count() == 3
    moved(NOW + 2 * HOUR)
    assert Visit.objects.count() == 5


def test_the_number_of_queries_does_not_depend_on_how_many_move():
    arms = [{"name": "a", "weight": 1}, {"name": "b", "weight": 1}]
    graph = drawn(("pick", "split", {"arms": arms}), ("mark", "tag", {"tag": "x"}), ("pause", "wait", WAIT),
                  edges=["start next pick", "pick a mark", "pick b pause", "mark next pause", "pause next end"])  # fmt: skip
    journey = switched_on(graph, now=NOW)
    counts = []
    for size in (20, 3, 40):
        entering.enter(journey, [Entrant(person(f"{size}-{n}"), f"{size}:{n}") for n in range(size)], now=NOW)
        with CaptureQueriesContext(connection) as seen:
            advancing.move_due(now=NOW)
        counts.append(len(seen))
        moved(NOW)
    assert counts[1] == counts[2] <= 40


def _lives(dice, ids):
    return {pk: worlds.life(dice, NOW) for pk in ids}


@pytest.mark.parametrize("seed", range(8))
def test_random_journeys_run_as_one_person_at_a_time_would(seed, monkeypatch):
    """Random graphs and random events against the naive interpreter of ``reference``."""
    dice = Random(seed)
    ids = [person(f"{seed}-{n}") for n in range(12)]
    graph_said = worlds.graph(dice)
    members = {name: {pk for pk in ids if dice.random() < 0.5} for name in (f"s{n}" for n in range(9))}
    channels = {pk: dice.sample(("email", "sms", "wechat_oa"), dice.randint(0, 2)) for pk in ids}
    by_rule = {}
    for step in graph_said["steps"]:
        if step["kind"] == "check":
            step["settings"] = {"rule": {"all": [], "name": step["id"]}}
            by_rule[step["id"]] = members[step["id"]]
    monkeypatch.setattr(facts, "members_of", lambda rule, some, now: by_rule[rule["name"]] & set(some))
    monkeypatch.setattr(facts, "reachable", lambda some, settings, now: channels)
    monkeypatch.setattr(defining.checking, "problems_of", lambda said: [])
    journey = switched_on(graph_said, now=NOW)
    graph, lives, end = read(graph_said), _lives(dice, ids), NOW + 20 * HOUR

    _run_through(lives, end)

    for pk in ids:
        wanted = reference.live(
            graph, lives[pk], journey=str(journey.uuid), customer=pk, members=members, channels=channels, end=end
        )
        found = [
            (run.entered_at, str(run.state), path(run), run.ended_at)
            for run in Run.objects.filter(customer_id=pk).order_by("entered_at", "pk")
        ]
        assert found == wanted, graph_said
    counted = Counter(Visit.objects.values_list("step", "exit"))
    kept = defaultdict(int)
    for step, exit_, number in Tally.objects.values_list("step", "exit", "count"):
        kept[step, exit_] += number
    assert dict(counted) == dict(kept)


def _run_through(lives, end):
    """Let time pass: at each moment first what happens, then whoever is due."""
    waiting = sorted(
        ((at, pk, name, said_) for pk, life in lives.items() for at, name, said_ in life), key=lambda one: one[:2]
    )
    while True:
        due = advancing.next_due()
        moments = [one for one in (due, waiting[0][0] if waiting else None) if one is not None and one <= end]
        if not moments:
            return
        now = min(moments)
        some = [one for one in waiting if one[0] == now]
        waiting = waiting[len(some) :]
        happened(*(said(name, pk, at, **said_) for at, pk, name, said_ in some), now=now)
        moved(now)


def test_erased_people_leave_and_are_forgotten():
    from shuke.journeys.journeys.extensions import JourneysPersonalData

    who = person()
    switched_on(drawn(("pause", "wait", WAIT)), now=NOW)
    happened(said("order.placed", who, NOW, number="7"), now=NOW)
    port = JourneysPersonalData()
    assert port.export([who])["journeys"][0]["set_off_by"] == {"number": "7"}

    assert port.erase([who], now=NOW) == {"journey_runs": 1}
    run = Run.objects.get()
    assert (run.customer_id, run.context, run.state) == (None, {}, RunState.LEFT)
    moved(NOW + HOUR)
    assert not Visit.objects.exists()


def test_an_unknown_journey_is_said_to_be_unknown():
    from uuid import uuid4

    with pytest.raises(queries.UnknownJourney):
        queries.by_uuid(uuid4())
    assert hearing.wanted_names() == set()
    assert Journey.objects.count() == 0


def test_a_merge_gives_ways_to_the_survivor_and_a_split_gives_them_back():
    from shuke.cdp.customers import actions as people
    from shuke.cdp.customers.models import CustomerMerge

    kept, merged = person(1), person(2)
    one = switched_on(drawn(("pause", "wait", WAIT)), name="One", now=NOW)
    two = switched_on(drawn(("pause", "wait", WAIT)), name="Two", now=NOW)
    for journey, who in ((one, kept), (one, merged), (two, merged)):
        entering.enter(journey, [Entrant(who, f"c{who}")], now=NOW)
    moved(NOW)
    before = list(Run.objects.order_by("pk").values_list("customer_id", "state", "due_at", "home"))

    people.merge(kept, merged, by=BY, now=NOW)
    assert list(Run.objects.order_by("pk").values_list("customer_id", "state")) == [
        (kept, RunState.ACTIVE), (kept, RunState.LEFT), (kept, RunState.ACTIVE)
    ]  # fmt: skip
    people.split(CustomerMerge.objects.get().uuid, by=BY, now=NOW)
    assert list(Run.objects.order_by("pk").values_list("customer_id", "state", "due_at", "home")) == before


def test_a_task_goes_to_whoever_looks_after_the_customer_once(marketer):
    from shuke.crm.team.actions import configuring, tasks
    from shuke.crm.team.models import Task

    mine, anybodys = person(1), person(2)
    configuring.assign([mine], marketer.pk, by=BY, now=NOW)
    journey = switched_on(drawn(("call", "team.task", {"text": "Call back", "days": 2})), now=NOW)
    entering.enter(journey, [Entrant(pk, f"c{pk}") for pk in (mine, anybodys)], now=NOW)
    moved(NOW)

    assert dict(Task.objects.values_list("customer_id", "staff_id")) == {mine: marketer.pk, anybodys: None}
    assert {(one.text, (one.due_on - NOW.date()).days) for one in Task.objects.all()} == {("Call back", 2)}
    one = Task.objects.get(customer_id=mine)
    assert tasks.ask([tasks.Asked(mine, one.key, "again")], due_on=NOW.date(), by=BY, now=NOW) == 0
    assert tasks.tick_off(one.uuid, by=BY, now=NOW)
    assert not tasks.tick_off(one.uuid, by=BY, now=NOW)


def test_a_message_passes_the_gate_once_and_the_answer_stands_in_the_trace():
    from shuke.crm.messaging.models import Message, SendDecision
    from shuke.crm.templates import queries as templates
    from shuke.journeys.journeys.actions import cooking
    from shuke.journeys.journeys.queries import tracing, wording

    who = person(1)
    cooking.cook("after_purchase", by=BY, now=NOW)
    (template,) = templates.usable("email")
    send = ("send", "send", {"channel": "email", "template": str(template.uuid)})
    journey = switched_on(drawn(send, ("pause", "wait", WAIT)), now=NOW)
    entering.enter(journey, [Entrant(who, "c")], now=NOW)
    moved(NOW)

    run = Run.objects.get()
    (decision,) = SendDecision.objects.all()
    assert decision.key == f"journey-run:{run.pk}:step:send:visit:0"
    assert "no_address" in decision.reasons
    assert not Message.objects.exists()
    assert Visit.objects.get().note.startswith("denied|")
    said_ = tracing.trace(run, wording.names())[0].note
    assert said_.startswith("no message: ")
