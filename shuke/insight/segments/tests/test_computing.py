"""Members are stored as intervals; changes are announced once, the first computation is not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connections

from shuke.cdp.customers import actions as customers
from shuke.cdp.events import actions as log
from shuke.cdp.events import queries as events
from shuke.cdp.events.models import Event
from shuke.cdp.warehouse import queries as warehouse_queries
from shuke.cdp.warehouse.testing import seed
from shuke.insight.segments import errors, jobs, queries
from shuke.insight.segments.actions import compute, define
from shuke.insight.segments.extensions import MembersDataset
from shuke.insight.segments.models import Computation, Membership, Segment
from shuke.insight.segments.rules.membership import FOLLOWER, Age
from shuke.insight.segments.testing import BUYERS, BY, segment
from shuke.kernel.clock import utcnow
from shuke.platform.jobs.context import JobContext
from shuke.platform.jobs.models import Job
from shuke.platform.jobs.testing import run_queued

TWICE = {"all": [{"orders": "count", "op": "at_least", "value": 2}]}


def announced():
    return list(Event.objects.filter(name__startswith="segment.").order_by("pk").values_list("name", "customer_id"))


def stored():
    table = warehouse_queries.table("segment_members")
    return sorted((row["segment_id"], row["customer_id"]) for row in warehouse_queries.rows(table))


def test_the_first_computation_announces_nobody(shop, ada, bob, now):
    buyers = segment()

    done = compute.recompute(buyers, by=BY, now=now)

    assert (done.size, done.entered, done.left, done.as_of) == (2, 2, 0, date(2024, 6, 15))
    assert announced() == []
    assert stored() == [(buyers.pk, ada.pk), (buyers.pk, bob.pk)]


def test_later_computations_announce_who_entered_and_left(shop, ada, bob, cy, now):
    buyers = segment(is_computed=True)
    seed({"orders": [{"order_id": 9, "customer_id": cy.pk, "placed_on": date(2024, 6, 16), "gross_minor": 1}]})
    compute.recompute(buyers, by=BY, now=now + timedelta(hours=1))
    define.update(buyers, name=buyers.name, rule=TWICE, by=BY, now=now + timedelta(hours=2))

    compute.recompute(buyers, by=BY, now=now + timedelta(hours=3))

    assert announced() == [
        ("segment.entered", cy.pk), ("segment.left", bob.pk), ("segment.left", cy.pk),
    ]  # fmt: skip
    assert [row.customer_id for row in queries.members(buyers)] == [ada.pk]
    assert {row.customer_id for row in queries.members_on(buyers, now + timedelta(hours=2))} == {ada.pk, bob.pk, cy.pk}
    assert [(point.size, point.entered, point.left) for point in queries.growth(buyers)] == [
        (2, 2, 0),
        (3, 1, 0),
        (1, 0, 2),
    ]
    assert stored() == [(buyers.pk, ada.pk)]


def test_computing_again_changes_nothing(shop, now):
    buyers = segment(is_computed=True)

    done = compute.recompute(buyers, by=BY, now=now + timedelta(hours=1))

    assert (done.entered, done.left) == (0, 0)
    assert Membership.objects.count() == 2
    assert Computation.objects.count() == 1
    assert buyers.computed_at == now + timedelta(hours=1)


def test_a_customer_may_come_back(shop, ada, bob, now):
    buyers = segment(is_computed=True)
    for hour, rule in enumerate((TWICE, BUYERS), start=1):
        define.update(buyers, name="Buyers", rule=rule, by=BY, now=now + timedelta(hours=hour))
        compute.recompute(buyers, by=BY, now=now + timedelta(hours=hour, minutes=1))

    intervals = Membership.objects.filter(segment=buyers, customer=bob).order_by("entered_at")

    assert [interval.left_at is None for interval in intervals] == [False, True]


def test_an_interrupted_first_computation_is_finished_quietly(shop, ada, now):
    buyers = segment()
    Membership.objects.create(segment=buyers, customer=ada, entered_at=now)

    compute.recompute(buyers, by=BY, now=now)

    assert announced() == []
    assert Membership.objects.filter(segment=buyers, left_at=None).count() == 2


def test_says_when_an_answer_is_old(shop, ada, now):
    buyers = segment()

    def age(moment=now, until=date(2024, 6, 15), waiting=None):
        return queries.freshness_of(buyers, data_until=until, now=moment, waiting_since=waiting).age

    assert age() is Age.NEVER_COMPUTED
    compute.recompute(buyers, by=BY, now=now)
    assert age() is Age.CURRENT
    assert age(until=date(2024, 6, 16)) is Age.NEWER_DATA
    log.advance(FOLLOWER, events.last_position(), now=now)
    assert age(waiting=queries.waiting_since()) is Age.CURRENT
    customers.tag([ada.pk], "VIP", by=BY, now=now + timedelta(seconds=1))
    assert queries.waiting_since() == now + timedelta(seconds=1)
    assert age(moment=now + timedelta(seconds=9), waiting=queries.waiting_since()) is Age.CURRENT
    # Whoever follows the log, or the loader before it, has come to a stand.
    assert age(moment=now + timedelta(seconds=15), waiting=queries.waiting_since()) is Age.BEHIND
    assert age(moment=now + timedelta(days=2)) is Age.LATE
    define.update(buyers, name="Buyers", rule=TWICE, by=BY, now=now + timedelta(minutes=1))
    assert age() is Age.RULE_CHANGED


def test_the_daily_job_computes_every_segment(shop, now):
    one, two = segment(), segment(TWICE, name="Twice")

    ran = run_queued()

    assert [job.state for job in ran] == ["done", "done"]
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.size, two.size) == (2, 1)


def test_without_data_there_is_nothing_to_compute(warehouse, company, now):
    with pytest.raises(errors.NothingToAnalyse):
        compute.recompute(segment(), by=BY, now=now)


def test_what_the_warehouse_is_given_after_a_rebuild_is_what_it_had(shop, now):
    segment(is_computed=True)

    rebuilt = [row[:2] for batch in MembersDataset().batches(1) for row in batch]

    assert rebuilt == stored()


def test_computing_all_waits_for_the_standings_it_rests_on(shop, now):
    buyers = segment()
    queued = utcnow()
    Job.objects.filter(name="segments.compute").delete()
    Job.objects.create(name="value.recompute", run_at=queued, created_at=queued)
    context = JobContext(Job(name="segments.recompute"))

    jobs.compute_all(context)

    buyers.refresh_from_db()
    assert buyers.computed_at is None
    assert Job.objects.get(name="segments.recompute").run_at > queued


@pytest.mark.django_db(transaction=True)
def test_two_threads_do_not_enter_the_same_members_twice(shop, now):
    buyers = segment()

    def compute_it():
        try:
            return compute.recompute(Segment.objects.get(pk=buyers.pk), by=BY, now=now).entered
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        entered = sorted(done.result() for done in [pool.submit(compute_it) for _ in range(3)])

    assert entered == [0, 0, 2]
    assert Membership.objects.count() == 2
