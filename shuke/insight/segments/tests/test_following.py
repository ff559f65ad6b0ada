"""Lists through merges and splits."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.models import CustomerMerge
from shuke.cdp.customers.testing import customer
from shuke.cdp.events.models import Event
from shuke.cdp.warehouse import queries as warehouse_queries
from shuke.insight.segments import handlers, queries
from shuke.insight.segments.actions import lists
from shuke.insight.segments.models import Membership, Segment
from shuke.insight.segments.testing import BY, NOW, a_list
from shuke.platform.jobs.testing import run_queued

LATER = NOW + timedelta(days=1)


def filled(*customer_ids: int, name: str = "Hand-picked") -> Segment:
    made = a_list(name=name)
    lists.add(made, customer_ids, by=BY, now=NOW)
    return made


def on(*some: Segment) -> list[list[int]]:
    for one in some:
        one.refresh_from_db()
        assert one.size == len(queries.listed_ids(one))
    return [list(queries.listed_ids(one)) for one in some]


def test_the_survivor_is_on_the_lists_of_both_and_a_split_gives_each_their_own(company, warehouse):
    one, two, other = customer(), customer(), customer()
    mine, theirs, both = filled(one.pk, name="A"), filled(two.pk, name="B"), filled(one.pk, two.pk, name="C")
    before = list(Membership.objects.order_by("pk").values())

    edge = customers.merge(one.pk, two.pk, by=BY, now=LATER)

    assert on(mine, theirs, both) == [[one.pk], [one.pk], [one.pk]]
    lists.add(theirs, [other.pk], by=BY, now=LATER)
    done = customers.split(edge.uuid, by=BY, now=LATER + timedelta(days=1))

    assert on(mine, theirs, both) == [[one.pk], [other.pk, two.pk] if other.pk < two.pk else [two.pk, other.pk],
                                      [one.pk, two.pk]]  # fmt: skip
    assert [row for row in Membership.objects.order_by("pk").values() if row["customer_id"] != other.pk] == before
    assert done.report == {}


def test_taken_off_meanwhile_comes_back_and_put_on_meanwhile_stays(company, warehouse):
    one, two = customer(), customer()
    theirs, later = filled(two.pk, name="A"), filled(name="B")
    edge = customers.merge(one.pk, two.pk, by=BY, now=LATER)
    lists.remove(theirs, [one.pk], by=BY, now=LATER)
    lists.add(later, [one.pk], by=BY, now=LATER + timedelta(hours=1))

    done = customers.split(edge.uuid, by=BY, now=LATER + timedelta(days=1))

    assert on(theirs, later) == [[two.pk], [one.pk]]
    assert done.report["segments.lists"] == {"stays": {"lists": 1}}


def test_a_merge_announces_nobody(company, warehouse):
    one, two = customer(), customer()
    filled(two.pk)
    before = Event.objects.filter(name__startswith="segment.").count()

    customers.merge(one.pk, two.pk, by=BY, now=LATER)

    assert Event.objects.filter(name__startswith="segment.").count() == before


@pytest.mark.django_db(transaction=True)
def test_the_warehouse_follows(company, warehouse):
    one, two = customer(), customer()
    mine = filled(two.pk)
    edge = customers.merge(one.pk, two.pk, by=BY, now=LATER)

    handlers.follow_joined(list(Event.objects.filter(name="customer.merged")))
    run_queued(now=LATER + timedelta(days=9999))

    table = warehouse_queries.table("segment_members")
    found = warehouse_queries.execute(table.filter(table.segment_id == mine.pk)).to_pydict()
    assert found["customer_id"] == [one.pk]

    customers.split(edge.uuid, by=BY, now=LATER + timedelta(days=1))
    handlers.follow_joined(list(Event.objects.filter(name="customer.split")))
    run_queued(now=LATER + timedelta(days=9999))
    found = warehouse_queries.execute(table.filter(table.segment_id == mine.pk)).to_pydict()
    assert found["customer_id"] == [two.pk]


_pair = st.tuples(st.integers(0, 3), st.integers(0, 3))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    held=st.lists(st.sets(st.integers(0, 3)), min_size=3, max_size=3),
    pairs=st.lists(_pair, min_size=1, max_size=4),
    ending=st.randoms(use_true_random=False),
    at_once=st.booleans(),
)
def test_merges_undone_in_any_order_leave_lists_as_they_were(company, warehouse, held, pairs, ending, at_once):
    with transaction.atomic():
        ids = [customer().pk for _ in range(4)]
        some = [filled(*(ids[n] for n in members), name=f"L{at}") for at, members in enumerate(held)]
        before = list(Membership.objects.order_by("pk").values())
        wanted = [customers.Wanted(ids[a], ids[b]) for a, b in pairs]
        for part in [wanted] if at_once else [[one] for one in wanted]:
            customers.merge_together(part, by=BY, now=LATER)
        live = {edge.merged_id for edge in CustomerMerge.objects.all()}
        assert not {pk for members in on(*some) for pk in members} & live
        edges = list(CustomerMerge.objects.all())
        ending.shuffle(edges)
        for edge in edges:
            customers.split(edge.uuid, by=BY, now=LATER)
            on(*some)
        assert list(Membership.objects.order_by("pk").values()) == before
        assert len(before) == sum(map(len, held))
        transaction.set_rollback(True)
