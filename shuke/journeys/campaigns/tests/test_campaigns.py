"""From a plan to people asked for, in parts, by chance, at most once; and what it earned."""

from datetime import timedelta

import pytest
from django.db import transaction

from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders import actions as orders
from shuke.cdp.orders import testing
from shuke.cdp.orders.queries import buyers
from shuke.crm.messaging import queries as messaging
from shuke.crm.messaging.models import Message, SendDecision
from shuke.crm.messaging.queries import Counted
from shuke.crm.templates.testing import published
from shuke.journeys.campaigns import queries, rules
from shuke.journeys.campaigns.actions import planning, sending, settling
from shuke.journeys.campaigns.actions.planning import Plan
from shuke.journeys.campaigns.errors import BadCampaign, NeedsSecondPerson, WrongState
from shuke.journeys.campaigns.models import HELD, Campaign, Member, State
from shuke.journeys.campaigns.queries import reporting
from shuke.journeys.campaigns.tests.conftest import ADA, BEN, NOW, SIZE, a_list


def launched(campaign, now=NOW):
    planning.launch(campaign, by=ADA, now=now)
    state = sending.go_on(campaign.pk, now=now)
    campaign.refresh_from_db()
    return state


def test_everybody_is_asked_for_once_and_those_held_out_never(campaign) -> None:
    one = campaign()
    assert launched(one) == State.DONE
    asked = set(SendDecision.objects.values_list("customer_id", flat=True))
    held = set(Member.objects.filter(arm=HELD).values_list("customer_id", flat=True))

    counts = queries.counts(one)
    assert counts["people"] == SIZE
    assert 10 <= len(held) <= 40
    assert asked.isdisjoint(held)
    assert len(asked) == SIZE - len(held)
    refused = Member.objects.filter(requested_at__isnull=False).exclude(reason="").count()
    assert Message.objects.count() == len(asked) - refused
    assert refused > 0

    Campaign.objects.update(state=State.RUNNING)
    sending.go_on(one.pk, now=NOW + timedelta(minutes=1))
    assert SendDecision.objects.count() == len(asked)


def test_dying_between_asking_and_noting_asks_nobody_twice(campaign, monkeypatch) -> None:
    one = campaign()
    planning.launch(one, by=ADA, now=NOW)
    monkeypatch.setattr(sending, "update_rows", lambda *_args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sending.go_on(one.pk, now=NOW)
    messages = Message.objects.count()
    assert messages > 0
    monkeypatch.undo()
    from shuke.crm.messaging.queries import templates as seen
    from shuke.journeys.campaigns.tests.conftest import what_of

    monkeypatch.setattr(seen, "what_of", what_of)
    assert sending.go_on(one.pk, now=NOW) == State.DONE
    assert Message.objects.count() == messages


def test_before_it_begins_the_audience_is_counted_by_reason(campaign, crowd) -> None:
    few = a_list(crowd[:30], "Lately written to")
    one = campaign(exclude=[few])
    found = queries.estimate(one, now=NOW)

    assert found.audience == SIZE - 30
    assert found.excluded == {"Lately written to": 30}
    assert found.reached < found.audience
    assert sum(count for reason, count in found.reasons.items() if "consent" in reason or "never" in reason) > 0
    assert not Message.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_people(campaign, django_assert_max_num_queries) -> None:
    one = campaign()
    planning.launch(one, by=ADA, now=NOW)
    with django_assert_max_num_queries(75):
        sending.go_on(one.pk, now=NOW)


def test_a_guarded_campaign_goes_on_in_parts_and_only_after_a_while(campaign) -> None:
    one = campaign(is_guarded=True, holdout=0.0)
    assert launched(one) == State.RUNNING
    first = queries.counts(one)["asked"]
    assert first <= SIZE * 0.25

    sending.go_on(one.pk, now=NOW + timedelta(minutes=1))
    assert queries.counts(one)["asked"] == first
    Message.objects.update(state="cancelled")
    for minutes in (31, 62, 93):
        sending.go_on(one.pk, now=NOW + timedelta(minutes=minutes))
        Message.objects.update(state="cancelled")
    one.refresh_from_db()
    assert one.state == State.DONE
    assert queries.counts(one)["asked"] == SIZE


def left(monkeypatch, **by_variant):
    """Let messages have left: by variant, how many and how many of them bounced or were clicked."""

    def states_of(_kind, _id, step=None, variant=None):
        del step
        return by_variant.get(variant or "", Counted())

    monkeypatch.setattr(messaging, "states_of", states_of)


def test_a_guarded_campaign_stops_itself_and_says_why(campaign, monkeypatch) -> None:
    one = campaign(is_guarded=True, holdout=0.0, per_hour=40)
    Campaign.objects.update(stage=2)
    launched(one)
    Campaign.objects.update(stage=2)
    sending.go_on(one.pk, now=NOW)
    monkeypatch.setattr(messaging, "states_of", lambda *_args, **_said: Counted({"accepted": 40}, bounced=12))
    state = sending.go_on(one.pk, now=NOW + timedelta(minutes=2))
    one.refresh_from_db()

    assert state == one.state == State.STOPPED
    assert one.stopped_by["kind"] == "bounced"
    asked = queries.counts(one)["asked"]
    sending.go_on(one.pk, now=NOW + timedelta(hours=3))
    assert queries.counts(one)["asked"] == asked
    planning.resume(one, by=ADA, now=NOW + timedelta(hours=3))
    one.refresh_from_db()
    assert (one.state, one.is_guarded) == (State.RUNNING, False)


def test_the_rate_and_the_budget_are_kept(campaign) -> None:
    slow = campaign(per_hour=25, holdout=0.0)
    launched(slow)
    assert queries.counts(slow)["asked"] == 25
    sending.go_on(slow.pk, now=NOW + timedelta(minutes=30))
    assert queries.counts(slow)["asked"] == 25
    sending.go_on(slow.pk, now=NOW + timedelta(minutes=61))
    assert queries.counts(slow)["asked"] == 50

    dear = campaign(budget_minor=100, cost_per_thousand_minor=10_000, holdout=0.0)
    launched(dear)
    assert Member.objects.filter(campaign=dear, requested_at__isnull=False, reason="").count() <= 10


def test_the_rest_get_the_better_version(campaign, monkeypatch) -> None:
    one = campaign(versions=2, test_share=0.5, holdout=0.0, winner_hours=4)
    assert launched(one) == State.RUNNING
    tried = queries.counts(one)["asked"]
    assert 35 <= tried <= 85
    left(monkeypatch, a=Counted({"accepted": 30}, clicked=1), b=Counted({"accepted": 30}, clicked=20))
    sending.go_on(one.pk, now=NOW + timedelta(hours=1))
    sending.go_on(one.pk, now=NOW + timedelta(hours=6))
    one.refresh_from_db()

    assert one.state == State.DONE
    assert one.winner == "b"
    rest = SendDecision.objects.filter(step="winner")
    assert rest.count() == SIZE - tried
    assert set(rest.values_list("variant", flat=True)) == {"b"}
    found = reporting.report(one)
    assert [v.code for v in found.versions] == ["a", "b"]
    assert found.versions[1].against.difference > 0.5


def test_pausing_and_cancelling_keep_what_has_not_left(campaign) -> None:
    one = campaign(per_hour=20)
    launched(one)
    planning.pause(one, by=ADA, now=NOW)
    assert sending.go_on(one.pk, now=NOW + timedelta(hours=2)) == State.PAUSED
    assert queries.counts(one)["asked"] == 20
    planning.resume(one, by=ADA, now=NOW)
    planning.cancel(one, by=ADA, now=NOW)
    assert not Message.objects.filter(state="approved").exists()
    with pytest.raises(WrongState):
        planning.resume(one, by=ADA, now=NOW)


def test_a_second_person_has_to_agree(campaign) -> None:
    one = campaign()
    planning.submit(one, by=ADA, now=NOW)
    with pytest.raises(NeedsSecondPerson):
        planning.approve(one, by=ADA, now=NOW)
    planning.approve(one, by=BEN, now=NOW)
    one.refresh_from_db()
    assert (one.state, one.approved_by_label) == (State.SCHEDULED, "Ben")


def test_it_waits_for_its_moment_and_follows_the_clocks_of_people(campaign) -> None:
    later = NOW + timedelta(days=2)
    one = campaign(timing="at", starts_at=later)
    assert launched(one) == State.SCHEDULED
    assert sending.go_on(one.pk, now=later) == State.DONE

    here = campaign(timing="local", starts_at=later.replace(hour=9), holdout=0.0)
    planning.launch(here, by=ADA, now=NOW)
    assert sending.go_on(here.pk, now=NOW) == State.SCHEDULED
    sending.go_on(here.pk, now=later.replace(hour=0))
    due = set(Message.objects.filter(cause_id=here.pk).values_list("due_at", flat=True))
    assert due <= {later.replace(hour=9, minute=0)}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name": " "}, "name"), ({"include": []}, "segment or list"), ({"templates": []}, "published template"),
        ({"include": ["0190a0c0-0000-7000-8000-000000000000"]}, "no longer in use"), ({"holdout": 0.9}, "half"),
        ({"timing": "at"}, "when it begins"),
    ],
)  # fmt: skip
def test_what_makes_no_campaign_is_refused_with_the_reason(home, said, words) -> None:
    usual = {"name": "X", "include": [a_list([])], "templates": [str(published(now=NOW).uuid)]}
    with pytest.raises(BadCampaign, match=words):
        planning.plan(Plan(**{**usual, **said}), by=ADA, now=NOW)


def test_versions_of_two_channels_are_refused(home) -> None:
    two = [str(published(now=NOW).uuid), str(published(channel="sms", now=NOW).uuid)]
    with pytest.raises(BadCampaign, match="one channel"):
        planning.plan(Plan(name="X", include=[a_list([])], templates=two), by=ADA, now=NOW)


def test_a_list_emptied_before_it_begins_ends_in_nobody(campaign) -> None:
    one = campaign()
    Campaign.objects.update(include=[a_list([], "Nobody")])
    assert launched(one) == State.DONE
    assert queries.counts(one)["people"] == 0


def test_what_it_earned_counts_everybody_net_of_refunds(campaign, crowd) -> None:
    one = campaign(holdout=0.4)
    launched(one)
    treated = list(Member.objects.exclude(arm=HELD).values_list("customer_id", flat=True))
    assert reporting.report(one).earned.each.difference == 0
    shop, key = testing.shop(now=NOW), {pk: f"p{at}" for at, pk in enumerate(crowd)}
    facts = Provenance(source="test", actor="system:test", now=NOW)
    with transaction.atomic():
        orders.record(shop, [testing.order(customer=key[pk], at=NOW + timedelta(days=1)) for pk in treated], by=facts)
    settling.settle(one.pk, now=NOW + timedelta(days=2))
    bought = dict(buyers.sales().values_list("customer_id", "base_minor"))
    found = reporting.report(one)

    assert sum(bought.values()) > 0
    assert found.revenue_minor == sum(bought.get(pk, 0) for pk in treated)
    assert found.earned.each.difference == pytest.approx(found.revenue_minor / len(treated))
    assert not found.is_over
    settling.settle(one.pk, now=NOW + timedelta(days=18))
    one.refresh_from_db()
    assert one.is_settled


def test_nobody_stops_a_campaign_for_a_single_complaint() -> None:
    assert rules.alarm(10, {"complained": 1}) is None
    assert rules.alarm(1_000, {"unsubscribed": 45}).kind == "unsubscribed"
