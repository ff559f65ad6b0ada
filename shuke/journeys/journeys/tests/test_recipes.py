"""Every recipe makes a draft that can be switched on, and runs; the plan tells of it."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from shuke.cdp.customers.testing import customer
from shuke.crm.templates import queries as templates
from shuke.journeys.journeys.actions import cooking, defining, scheduling
from shuke.journeys.journeys.engine import Facts, Traveller, advance
from shuke.journeys.journeys.errors import UnknownRecipe
from shuke.journeys.journeys.models import Journey, Run
from shuke.journeys.journeys.queries import checking, cookbook, facts, planning
from shuke.journeys.journeys.rules import kinds
from shuke.journeys.journeys.rules.days import is_lunar_anniversary
from shuke.journeys.journeys.rules.graph import read
from shuke.journeys.journeys.rules.letters import EN, LETTERS, ZH
from shuke.journeys.journeys.rules.recipes import CHANNELS, RECIPES
from shuke.journeys.journeys.testing import BY

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(company):
    return company


def test_every_recipe_can_be_switched_on_with_texts_in_both_languages():
    for code in RECIPES:
        journey = cooking.cook(code, by=BY, now=NOW)
        assert checking.problems_of(journey.draft) == [], code
        defining.publish(journey, by=BY, now=NOW)

    assert Journey.objects.filter(state="on").count() == len(RECIPES)
    assert set(cookbook.WORDS) == set(RECIPES) == {code for _label, codes in cookbook.SHELVES for code in codes}
    made = list(templates.templates())
    assert len(made) == len(LETTERS) * len(CHANNELS), "templates are shared between recipes"
    languages = templates.languages_of(made)
    assert {tuple(languages[one.pk]) for one in made} == {(EN, ZH)}
    plan = planning.plan(now=NOW)
    assert len(plan.lines) == len(RECIPES)
    assert all(line.what and line.channels for line in plan.lines if line.journey.recipe != "call_back")


@pytest.mark.parametrize("code", RECIPES)
def test_every_recipe_runs_to_its_end_and_sends_its_letters(code):
    """In the machine alone: whatever is waited for comes in vain, conditions hold, e-mail reaches everybody."""
    ways = {letter: {channel: f"{letter}-{channel}" for channel in CHANNELS} for letter in RECIPES[code].letters}
    graph = read(RECIPES[code].draw(ways))
    known = Facts(
        "UTC",
        {step.id: {1} for step in graph.of_kind(kinds.CHECK)},
        {step.id: {1: ["email"]} for step in graph.of_kind(kinds.REACH)},
    )
    one, now, sent, moved = Traveller(1, 1, graph.first, 0, NOW), NOW, Counter(), None
    for _ in range(100):
        (moved,), asks = advance(graph, [one], known, journey="j", now=now)
        assert asks == []
        sent.update(move.step for move in moved.moves if move.acts)
        if moved.ending:
            break
        now = max(now, moved.due_at)

    assert moved.ending == "done"
    assert set(sent) == ({f"{letter}_email" for letter in RECIPES[code].letters} or {"call"})
    assert set(sent.values()) == {1}


def test_an_unknown_recipe_is_refused():
    with pytest.raises(UnknownRecipe):
        cooking.cook("nothing", by=BY, now=NOW)


def _on(code, monkeypatch):
    monkeypatch.setattr(facts, "members_of", lambda rule, some, now: set(some))
    journey = cooking.cook(code, by=BY, now=NOW)
    journey.draft["settings"] |= {"holdout": 0, "rule": None}
    defining.revise(journey, journey.draft, by=BY, now=NOW)
    defining.publish(journey, by=BY, now=NOW)
    return journey


def test_birthdays_come_once_a_year_and_not_before_their_hour(monkeypatch):
    born = customer(external_id="a", birthday=date(1990, 3, 3)).pk
    customer(external_id="b", birthday=date(1990, 3, 4))
    _on("birthday", monkeypatch)

    scheduling.look(now=NOW)
    scheduling.look(now=datetime(2026, 3, 3, 8, 59, tzinfo=UTC))
    assert not Run.objects.exists()
    for minute in (0, 5):
        scheduling.look(now=datetime(2026, 3, 3, 9, minute, tzinfo=UTC))
    assert list(Run.objects.values_list("customer_id", flat=True)) == [born]


def test_a_lunar_birthday_follows_the_moon(monkeypatch):
    """27 January 1990 was the first day of a lunar year; so were 10 February 2024 and 17 February 2026."""
    assert is_lunar_anniversary(date(1990, 1, 27), date(2026, 2, 17))
    born = customer(external_id="a", birthday=date(1990, 1, 27)).pk
    _on("lunar_birthday", monkeypatch)

    scheduling.look(now=datetime(2026, 2, 16, 12, 0, tzinfo=UTC))
    assert not Run.objects.exists()
    scheduling.look(now=datetime(2026, 2, 17, 12, 0, tzinfo=UTC))
    assert list(Run.objects.values_list("customer_id", flat=True)) == [born]


def test_festivals_and_fixed_times_let_everybody_in_once(monkeypatch):
    who = {customer(external_id=f"p{n}").pk for n in range(3)}
    _on("double_11", monkeypatch)
    day = datetime(2026, 11, 8, 11, 0, tzinfo=UTC)

    scheduling.look(now=day - timedelta(days=1))
    assert not Run.objects.exists()
    scheduling.look(now=day)
    scheduling.look(now=day + timedelta(minutes=5))
    assert set(Run.objects.values_list("customer_id", flat=True)) == who
    assert Run.objects.count() == 3
    Run.objects.all().delete()
    Journey.objects.update(state="archived")

    _on("member_day", monkeypatch)
    scheduling.look(now=datetime(2026, 3, 8, 9, 59, tzinfo=UTC))
    assert not Run.objects.exists()
    for hour in (10, 11):
        scheduling.look(now=datetime(2026, 3, 8, hour, 1, tzinfo=UTC))
    assert Run.objects.count() == 3
