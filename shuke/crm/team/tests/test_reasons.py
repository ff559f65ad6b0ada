"""Every reason that the list names holds when it is computed again from the facts, by other means."""

import pytest
from django.utils import translation

from shuke.crm.team import queries
from shuke.crm.team.actions import planning, watching
from shuke.crm.team.models import Entry
from shuke.crm.team.queries import finding, wording
from shuke.crm.team.rules import REASONS
from shuke.crm.team.testing import HOLDS, World
from shuke.crm.team.tests.conftest import NOW, TODAY, ids


@pytest.mark.parametrize("basis", ["prediction", "recency"])
def test_every_reason_on_the_list_holds_when_computed_again(sold, request, agent, owner, basis):
    if basis == "prediction":
        request.getfixturevalue("risky")
    else:
        watching.look(now=NOW)
    planning.plan(now=NOW)
    world = World(TODAY)

    named = [(one.customer_id, code, facts) for one in Entry.objects.all() for code, facts in one.reasons]
    found = {
        (one.customer_id, one.reason)
        for each in finding.candidates(list(REASONS), today=TODAY, as_of=TODAY)
        for one in each
    }

    assert {code for _, code, _ in named} >= {"churn", "refunds", "overdue", "birthday"}
    assert [(pk, code) for pk, code, facts in named if not world.holds(pk, code, facts)] == []
    assert {(pk, code) for pk, code, _ in named} <= found
    wrong = {
        "churn": "days",
        "overdue": "orders",
        "refunds": "total",
        "welcome": "minor",
        "birthday": "orders",
        "tier_fell": "minor",
    }
    assert not any(world.holds(pk, code, facts | {wrong[code]: facts[wrong[code]] + 1}) for pk, code, facts in named)
    for language in ("en", "zh-hans"):
        with translation.override(language):
            for _pk, code, facts in named:
                said = wording.told(code, facts, wording.reader(sees_worth=True))
                assert said
                assert "%(" not in said
                assert "None" not in said


def test_all_kinds_of_reasons_are_found_and_nobody_whom_the_rule_does_not_fit(risky):
    world = World(TODAY)
    found = {
        reason: {one.customer_id: one.facts for one in each}
        for reason, each in zip(REASONS, finding.candidates(list(REASONS), today=TODAY, as_of=TODAY), strict=True)
    }

    assert all(found[reason] for reason in HOLDS), {reason: len(each) for reason, each in found.items()}
    for pk in ids().values():
        risk = world.risks[pk]
        assert (pk in found["churn"]) == (risk >= 0.7)
        is_one_big = len(world.orders[pk]) == 1 and world.days_since(pk) <= 3
        is_big = is_one_big and world.orders[pk][0][1] >= round(1.5 * round(world.average))
        nets = sum(minor for _, minor in world.orders[pk]) - sum(minor for _, minor in world.refunds[pk]) > 0
        assert (pk in found["welcome"]) == (is_big and nets)


def test_predicted_figures_are_for_those_who_may_see_predictions(risky):
    (facts,) = [one.facts for one in finding.candidates(["churn"], today=TODAY, as_of=TODAY)[0]][:1]

    with translation.override("en"):
        assert "Churn risk" in wording.told("churn", facts, wording.reader(sees_worth=True))
        assert "Churn risk" not in wording.told("churn", facts, wording.reader(sees_worth=False))
        assert "days ago" in wording.told("churn", facts, wording.reader(sees_worth=False))


def test_finding_takes_as_many_queries_for_many(risky, django_assert_max_num_queries):
    with django_assert_max_num_queries(9):
        finding.candidates(list(REASONS), today=TODAY, as_of=TODAY)
    assert queries.look().basis == "prediction"
