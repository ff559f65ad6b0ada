"""Every reason that the list names holds when it is computed again from the facts, by other means."""

from collections import defaultdict
from datetime import date, timedelta

import pytest
from django.utils import translation

from shuke.cdp.customers.models import Customer
from shuke.cdp.orders.models import Order, Refund
from shuke.crm.team import queries
from shuke.crm.team.actions import planning, watching
from shuke.crm.team.models import Entry
from shuke.crm.team.queries import finding, wording
from shuke.crm.team.rules import REASONS
from shuke.crm.team.tests.conftest import NOW, TODAY, ids
from shuke.insight.predictions.models import Score
from shuke.insight.value.models import StandingInterval

RANK = ["top", "high", "medium", "low", "none"]


class World:
    """The facts themselves, read row by row."""

    def __init__(self):
        self.orders = defaultdict(list)
        for one in Order.objects.exclude(status="cancelled"):
            self.orders[one.customer_id].append((one.placed_at.date(), one.base_minor))
        self.refunds = defaultdict(list)
        for one in Refund.objects.all():
            self.refunds[one.customer_id].append((one.refunded_at.date(), one.base_minor))
        known = [one for pk, theirs in self.orders.items() if pk for one in theirs]
        self.average = sum(minor for _day, minor in known) / len(known)
        self.people = Customer.objects.in_bulk()
        self.risks = dict(Score.objects.values_list("customer_id", "churn_risk"))

    def days_since(self, pk):
        return (TODAY - max(day for day, _ in self.orders[pk])).days


def churn_holds(world, pk, facts):
    assert facts["days"] == world.days_since(pk)
    assert facts["orders"] == len(world.orders[pk])
    if facts["basis"] == "prediction":
        return world.risks[pk] >= 0.7 and facts["risk"] == world.risks[pk]
    return facts["risk"] is None and facts["stage"] in {"at_risk", "dormant"}


def overdue_holds(world, pk, facts):
    days = sorted(day for day, _ in world.orders[pk])
    rhythm = (days[-1] - days[0]).days / (len(days) - 1)
    assert facts["rhythm"] == pytest.approx(rhythm)
    assert (facts["orders"], facts["days"]) == (len(days), world.days_since(pk))
    return len(days) >= 3 and rhythm >= 7 and 1.3 * rhythm < world.days_since(pk) <= 3 * rhythm


def welcome_holds(world, pk, facts):
    ((day, minor),) = world.orders[pk]
    assert facts["minor"] == minor
    return 0 <= (TODAY - day).days <= 3 and minor >= round(1.5 * round(world.average))


def refunds_hold(world, pk, facts):
    within = [(day, minor) for day, minor in world.refunds[pk] if (TODAY - day).days < 60]
    lately = sum(minor for day, minor in within if (TODAY - day).days < 14)
    assert facts["count"] == len(within)
    assert facts["total"] == sum(minor for _, minor in within)
    assert facts["last"] == str(max(day for day, _ in within))
    return lately > 0 and (lately >= round(0.5 * round(world.average)) or len(within) >= 2)


def fall_holds(world, pk, facts):
    history = list(StandingInterval.objects.filter(customer_id=pk).order_by("valid_from"))
    at = next(i for i, one in enumerate(history) if str(one.valid_from) == facts["on"])
    assert (history[at - 1].tier, history[-1].tier) == (facts["was"], facts["now"])
    is_fresh = date.fromisoformat(facts["on"]) >= TODAY - timedelta(days=7)
    return is_fresh and facts["was"] in {"top", "high"} and RANK.index(facts["now"]) > RANK.index(facts["was"])


def birthday_holds(world, pk, facts):
    born = world.people[pk].birthday
    assert facts["orders"] == len(world.orders[pk])
    return (born.month, born.day) == (TODAY.month, TODAY.day) and world.days_since(pk) < 365


HOLDS = {
    "churn": churn_holds, "overdue": overdue_holds, "welcome": welcome_holds, "refunds": refunds_hold,
    "tier_fell": fall_holds, "birthday": birthday_holds,
}  # fmt: skip


@pytest.mark.parametrize("basis", ["prediction", "recency"])
def test_every_reason_on_the_list_holds_when_computed_again(sold, request, agent, owner, basis):
    if basis == "prediction":
        request.getfixturevalue("risky")
    else:
        watching.look(now=NOW)
    planning.plan(now=NOW)
    world = World()

    named = [(one.customer_id, code, facts) for one in Entry.objects.all() for code, facts in one.reasons]
    found = {
        (one.customer_id, one.reason)
        for each in finding.candidates(list(REASONS), today=TODAY, as_of=TODAY)
        for one in each
    }

    assert {code for _, code, _ in named} >= {"churn", "refunds", "overdue", "birthday"}
    assert [(pk, code) for pk, code, facts in named if not HOLDS[code](world, pk, facts)] == []
    assert {(pk, code) for pk, code, _ in named} <= found
    for language in ("en", "zh-hans"):
        with translation.override(language):
            for _pk, code, facts in named:
                said = wording.told(code, facts, wording.reader(sees_worth=True))
                assert said
                assert "%(" not in said
                assert "None" not in said


def test_all_kinds_of_reasons_are_found_and_nobody_whom_the_rule_does_not_fit(risky):
    world = World()
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
