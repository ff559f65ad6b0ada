"""Segments follow single facts: through the front doors, behind the loader, without computing anybody else anew."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.testing import customer
from shuke.cdp.events.actions import NewEvent, publish
from shuke.cdp.events.models import Event
from shuke.cdp.orders.testing import order, recorded, shop
from shuke.cdp.warehouse.testing import load
from shuke.insight.segments.actions import compute, keeping
from shuke.insight.segments.models import Computation, Membership, Segment
from shuke.insight.segments.testing import BY, segment
from shuke.platform.jobs.models import Job

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
TWICE = {"all": [{"orders": "count", "op": "at_least", "value": 2, "period": {"last_days": 30}}]}


def members(one):
    return set(Membership.objects.filter(segment=one, left_at__isnull=True).values_list("customer_id", flat=True))


def told(name):
    return list(Event.objects.filter(name=name).order_by("position").values_list("customer_id", flat=True))


def keep_up(now=NOW):
    load(now)
    return keeping.keep_up(now=now)


def placed(*records, at=NOW):
    return recorded(shop(now=NOW), *records, now=at)


@pytest.fixture
def twice(company, warehouse):
    """Ada bought once; the segment of those who did twice is computed and followed."""
    placed(order(customer="ada", at=NOW - timedelta(days=3)), order(customer="bob", at=NOW - timedelta(days=60)))
    placed(order(customer="cy", at=NOW - timedelta(hours=2)))
    load(NOW)
    made = segment(TWICE, name="Twice", now=NOW - timedelta(minutes=1))
    compute.recompute(made, by=BY, now=NOW)
    keep_up()
    return made


def test_an_order_moves_its_customer_and_says_why(twice):
    placed(order(customer="ada", at=NOW - timedelta(hours=1)))

    assert keep_up() == 1
    (row,) = Membership.objects.filter(segment=twice)
    assert row.entered_because == "order.placed"
    assert told("segment.entered") == [row.customer_id]
    twice.refresh_from_db()
    assert (twice.size, twice.as_of) == (1, date(2024, 6, 15))
    (point,) = Computation.objects.filter(segment=twice, as_of=twice.as_of)
    assert (point.size, point.entered) == (1, 1)


def test_doing_it_again_publishes_nothing_new(twice):
    placed(order(customer="ada", at=NOW - timedelta(hours=1)))
    keep_up()
    keeping.log.advance(keeping.SUBSCRIBER, 1, now=NOW)

    assert keep_up() == 0
    assert len(told("segment.entered")) == 1


def test_days_that_turn_move_those_whose_facts_grow_old(twice):
    placed(order(customer="ada", at=NOW - timedelta(hours=1)))
    keep_up()

    later = NOW + timedelta(days=28)
    placed(order(customer="eve", at=later), at=later)

    assert keep_up(later) == 1
    (row,) = Membership.objects.filter(segment=twice)
    assert row.left_because == "day"
    assert told("segment.left") == [row.customer_id]
    twice.refresh_from_db()
    assert twice.as_of == later.date()
    assert not Job.objects.filter(name="segments.compute", created_at__gt=NOW).exists()


def test_a_visit_moves_its_customer_on_a_day_without_a_sale(twice):
    viewed = segment({"all": [{"event": "Product Viewed", "op": "did"}]}, name="Viewed", now=NOW - timedelta(minutes=1))
    compute.recompute(viewed, by=BY, now=NOW)
    keep_up()
    ada = customer(name="Ada", email="ada@example.com")
    tomorrow = NOW + timedelta(days=1)
    with transaction.atomic():
        publish([
            NewEvent("Product Viewed", ada.pk, tomorrow, tomorrow, "web", "test", {"product_id": "p1"})
        ])  # fmt: skip

    keep_up(tomorrow)

    assert members(viewed) == {ada.pk}


def test_only_what_rests_on_the_change_is_worked_out(twice, monkeypatch):
    viewed = segment({"all": [{"event": "Product Viewed", "op": "did"}]}, name="Viewed", now=NOW - timedelta(minutes=1))
    compute.recompute(viewed, by=BY, now=NOW)
    keep_up()
    asked = []
    real = keeping.compiler.members
    monkeypatch.setattr(keeping.compiler, "members", lambda rule, **k: asked.append(rule) or real(rule, **k))

    placed(order(customer="bob", at=NOW - timedelta(hours=1)))
    keep_up()

    assert len(asked) == 1


def test_a_tag_an_undo_and_a_newcomer(company, warehouse):
    ada = customer(name="Ada", email="ada@example.com")
    placed(order(customer="zoe", at=NOW))
    load(NOW)
    customers.tag([ada.pk], "VIP", by=BY, now=NOW)
    load(NOW)
    tag = next(iter(Event.objects.filter(name="customer.tagged"))).properties["tag_id"]
    rule = {
        "any": [
            {"field": "customer.tag", "op": "has_any", "value": [tag]},
            {"orders": "count", "op": "equals", "value": 0},
        ]
    }
    made = segment(rule, name="VIP or none", now=NOW - timedelta(minutes=1))
    compute.recompute(made, by=BY, now=NOW)
    keep_up()

    customers.untag([ada.pk], tag, by=BY, now=NOW)
    keep_up()
    assert ada.pk in members(made)
    newcomer = customer(name="New", email="new@example.com")
    keep_up()

    assert newcomer.pk in members(made)


def test_a_batch_takes_the_same_queries_for_many_segments(twice, django_assert_max_num_queries):
    for number in range(20):
        one = segment(
            {"all": [{"orders": "count", "op": "at_least", "value": 1 + number, "period": {"last_days": 30}}]},
            name=f"At least {number + 1}", now=NOW - timedelta(minutes=1),
        )  # fmt: skip
        compute.recompute(one, by=BY, now=NOW)
    keep_up()
    placed(*(order(customer="ada", at=NOW - timedelta(hours=one)) for one in range(1, 10)))
    load(NOW)

    with django_assert_max_num_queries(48):
        assert keeping.keep_up(now=NOW) == 10


def test_a_rule_that_rests_on_what_is_gone_holds_up_nobody(twice):
    broken = segment(TWICE, name="Broken", now=NOW - timedelta(minutes=1))
    compute.recompute(broken, by=BY, now=NOW)
    Segment.objects.filter(pk=broken.pk).update(
        rule={"all": [{"field": "customer.tag", "op": "has_any", "value": [999]}]}, changed_at=NOW
    )
    placed(order(customer="ada", at=NOW - timedelta(hours=1)))

    assert keep_up() == 1
