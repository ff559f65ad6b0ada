"""Events under today's customers: through overrides, squashed, and rebuilt, the answers are the same."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import PersonRecord, VisitorRecord
from shuke.cdp.customers.models import Identity
from shuke.cdp.customers.queries import identities
from shuke.cdp.customers.testing import people
from shuke.cdp.events import queries as log
from shuke.cdp.events.actions import NewEvent, Provenance, publish
from shuke.cdp.orders.testing import order, recorded, refund, shop
from shuke.cdp.warehouse import actions, queries
from shuke.cdp.warehouse.engine.lake import Lake

pytestmark = pytest.mark.engine
NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
BY = Provenance(source="web", actor="source:1", now=NOW)


def see(name, anonymous_id="", user_id=""):
    """Let somebody be seen doing something; it is written under whoever it is at that moment."""
    with transaction.atomic():
        said = [VisitorRecord(anonymous_id=anonymous_id, user_id=user_id)]
        [visitor] = customers.resolve_visitors(said, namespace="web", by=BY)
        event = NewEvent(
            name, visitor.customer_id, NOW, NOW, "web", "source:1", {}, identity_id=visitor.identity_id
        )  # fmt: skip
        publish([event])
    return visitor


def owners():
    """Whose each outside event is today, by name."""
    found = queries.events()
    rows = queries.rows(found.filter(found.name.upper() == found.name))
    return {row["name"]: row["customer_id"] for row in rows}


def in_every_way(expected):
    """Compare incremental, squashed and rebuilt with what is expected."""
    actions.catch_up(now=NOW)
    assert owners() == expected
    actions.squash()
    assert queries.scalar(queries.table("identity_overrides").count()) == 0
    assert owners() == expected
    actions.rebuild(now=NOW)
    assert owners() == expected


def test_history_follows_whoever_becomes_known_and_leaves_a_shared_device(warehouse, company):
    see("A", "a1")
    actions.catch_up(now=NOW)
    ada = see("B", "a1", "ada").customer_id
    see("C", "a1")
    in_every_way({"A": ada, "B": ada, "C": ada})

    bob = see("D", "a1", "bob").customer_id
    see("E", "a1")

    in_every_way({"A": None, "B": ada, "C": None, "D": bob, "E": None})


def test_merges_and_splits_carry_events_along(warehouse, company, actor):
    see("A", "a1")
    ada, bob = see("B", "a1", "ada").customer_id, see("C", "", "bob").customer_id
    actions.catch_up(now=NOW)
    edge = customers.merge(bob, ada, by=actor, now=NOW)
    see("D", "", "ada")
    customers.tag([bob], "VIP", by=actor, now=NOW)
    in_every_way({"A": bob, "B": bob, "C": bob, "D": bob})
    assert _ids("customers") == {bob}
    assert {row["customer_id"] for row in queries.rows(queries.table("identities"))} == {bob}

    customers.split(edge.uuid, by=actor, now=NOW)

    in_every_way({"A": ada, "B": ada, "C": bob, "D": ada})
    assert _ids("customers") == {ada, bob}
    assert _ids("customer_tags") == {bob}
    assert queries.rows(queries.table("customer_redirects")) == []


def _ids(name):
    return {row["customer_id"] for row in queries.rows(queries.table(name))}


def test_what_concerns_a_merged_customer_as_such_counts_for_the_survivor(warehouse, company, actor):
    a, b, c = (one.pk for one in people(*(PersonRecord(external_id=str(n)) for n in range(1, 4))))
    with transaction.atomic():
        publish([NewEvent("NOTE", c, NOW, NOW, "web", "staff:1", {})])
    first, second = customers.merge(b, c, by=actor, now=NOW), customers.merge(a, b, by=actor, now=NOW)
    in_every_way({"NOTE": a})
    customers.split(second.uuid, by=actor, now=NOW)
    in_every_way({"NOTE": b})
    customers.split(first.uuid, by=actor, now=NOW)
    in_every_way({"NOTE": c})


def test_orders_and_refunds_change_hands_too(warehouse, company, actor):
    willow = shop(now=NOW)
    recorded(willow, order("1", customer="ada", at=NOW), order("2", customer="bob", at=NOW), now=NOW)
    recorded(willow, refund("R1", customer="ada", at=NOW, amount_minor=100, order_number="1"), now=NOW)
    actions.catch_up(now=NOW)
    ada, bob = (_customer_of(willow, value) for value in ("ada", "bob"))
    edge = customers.merge(bob, ada, by=actor, now=NOW)
    recorded(willow, order("3", customer="ada", at=NOW), order("4", customer="bob", at=NOW), now=NOW)
    actions.catch_up(now=NOW)
    for name in ("orders", "order_lines", "refunds"):
        assert _ids(name) == {bob}

    customers.split(edge.uuid, by=actor, now=NOW)
    actions.catch_up(now=NOW)

    rows = queries.rows(queries.table("orders"))
    assert {row["number"]: row["customer_id"] for row in rows} == {"1": ada, "2": bob, "3": ada, "4": bob}
    assert _ids("refunds") == {ada}


def _customer_of(willow, value):
    return Identity.objects.get(namespace=willow.code, value=value).customer_id


def test_the_log_and_the_warehouse_agree(warehouse, company, actor):
    see("A", "a1")
    ada, bob = see("B", "a1", "ada").customer_id, see("C", "", "bob").customer_id
    customers.merge(bob, ada, by=actor, now=NOW)
    actions.catch_up(now=NOW)

    for pk in (ada, bob):
        found = queries.events()
        mine = {row["event_id"] for row in queries.rows(found.filter(found.customer_id == pk))}
        past = identities.past_of(pk) if pk == bob else log.Past([], [])
        assert mine == {str(event.uuid) for event in log.timeline_of(past)}


def test_a_lake_reassigns_events_too(tmp_path):
    import pyarrow as pa

    from shuke.cdp.warehouse.testing import completed, schema_of

    lake = Lake(tmp_path / "lake", time_zone="UTC", schema_version=1)
    rows = [
        completed("events", {"position": n, "identity_id": n % 3, "customer_id": 7, "occurred_at": NOW + timedelta(days=40 * n)})
        for n in range(6)
    ]  # fmt: skip
    for row in rows:
        row["occurred_at"] = row["occurred_at"].replace(tzinfo=None)
    with lake.batch() as batch:
        batch.append("events", pa.Table.from_pylist(rows, schema=schema_of("events")))
    with lake.batch() as batch:
        batch.reassign(
            pa.table({"identity_id": pa.array([0, 1], pa.int64()), "customer_id": pa.array([8, None], pa.int64())})
        )

    found = lake.read("events", lake.current().paths_of("events")).to_pylist()
    assert {(row["identity_id"], row["customer_id"]) for row in found} == {(0, 8), (1, None), (2, 7)}
