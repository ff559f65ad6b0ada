"""Facts that arrive in any order and number: what is followed is what is computed as a set, and what plain Python finds."""

import random
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuke.cdp.warehouse import queries as warehouse
from shuke.cdp.warehouse.testing import fresh_warehouse, seed
from shuke.insight.segments.actions import keeping
from shuke.insight.segments.actions.keeping import Watched
from shuke.insight.segments.engine import compiler
from shuke.insight.segments.engine.resolved import Book, Definition
from shuke.insight.segments.models import Kind, Membership, Segment
from shuke.insight.segments.rules.dependencies import every_clause, reads_of
from shuke.insight.segments.rules.parsing import parse
from shuke.insight.segments.tests import oracle, strategies
from shuke.insight.segments.tests.worlds import PEOPLE, world

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
STEPS = 4
# By what event each kind of fact is announced, and the tables whose rows come with it.
ARRIVING = {
    "orders": "order.placed", "refunds": "order.refunded", "events": None, "customer_tags": "customer.tagged",
    "customer_attributes": "customer.attributes_changed", "reachability": "consent.granted",
}  # fmt: skip
WITH = {"orders": ("order_lines", "order_id"), "refunds": ("refund_lines", "refund_id")}
positions = iter(range(1_000, 10**9))


def arrivals(data, dice):
    """Deal the facts of a company out to a beginning and some later moments."""
    steps = [{name: [] for name in (*data, "log")} for _ in range(STEPS + 1)]
    steps[0] |= {name: data[name] for name in ("customers", "products", "value_standing")}
    for name, said in ARRIVING.items():
        for row in data[name]:
            at = dice.choice([0, 0, *range(STEPS + 1)])
            steps[at][name].append(row)
            if name in WITH:
                table, key = WITH[name]
                steps[at][table] += [line for line in data[table] if line[key] == row[key]]
            steps[at]["log"].append(envelope(said or row["name"], row))
    for step in steps:
        dice.shuffle(step["log"])
    return steps


def envelope(name, row):
    properties = {"order_id": row.get("order_id"), "refund_id": row.get("refund_id")}
    return SimpleNamespace(
        name=name, customer_id=row["customer_id"], properties=properties, uuid=uuid4(), position=next(positions)
    )


def made(number, said, inner):
    """A segment as it is followed, without the checks of names that its random rule would not stand."""
    lists = {one: Definition(at, f"list {at}", None) for at, one in enumerate(strategies.LISTS, start=1)}
    rule, rules = parse(said), {strategies.RULES[0]: parse(inner), **dict.fromkeys(strategies.LISTS)}
    book = Book.of({**lists, strategies.RULES[0]: Definition(9, "rule", parse(inner))})
    segment = Segment.objects.create(
        pk=number, uuid=uuid4(), name=f"{number}", kind=Kind.RULE, rule=said, created_at=NOW, changed_at=NOW,
        rule_changed_at=NOW, computed_at=NOW,
    )  # fmt: skip
    return Watched(segment, rule, book, reads_of(rule, rules), every_clause(rule, rules))


def as_a_set(one, day):
    asked = compiler.members(one.rule, as_of=day, book=one.book, table=warehouse.today)
    return {row["customer_id"] for row in warehouse.rows(asked)}


def members(one):
    return set(
        Membership.objects.filter(segment=one.segment, left_at__isnull=True).values_list("customer_id", flat=True)
    )


def compute(one, day):
    Membership.objects.filter(segment=one.segment).delete()
    Membership.objects.bulk_create(
        Membership(segment=one.segment, customer_id=who, entered_at=NOW) for who in as_a_set(one, day)
    )


def live_through(said_rules, inner, number, folder, monkeypatch):
    dice = random.Random(number)
    data = world(number)
    asked = []
    monkeypatch.setattr(keeping, "_ask", lambda some, _day, _now: asked.extend(some))
    lists = {one: set(dice.sample(range(1, PEOPLE + 1), 12)) for one in strategies.LISTS}
    with fresh_warehouse(folder):
        seed({"segment_members": [{"segment_id": at, "customer_id": who} for at, one in enumerate(strategies.LISTS, start=1) for who in lists[one]]})  # fmt: skip
        Segment.objects.bulk_create(
            Segment(pk=at, uuid=one, name=f"list {at}", kind=Kind.LIST, created_at=NOW, changed_at=NOW, rule_changed_at=NOW)
            for at, one in enumerate(strategies.LISTS, start=1)
        )  # fmt: skip
        Membership.objects.bulk_create(
            Membership(segment_id=at, customer_id=who, entered_at=NOW)
            for at, one in enumerate(strategies.LISTS, start=1)
            for who in lists[one]
        )
        some = [made(100 + at, said, inner) for at, said in enumerate(said_rules)]
        day = strategies.AS_OF - timedelta(days=dice.randint(0, 12))
        for at, step in enumerate(arrivals(data, dice)):
            log = step.pop("log")
            seed({name: rows for name, rows in step.items() if rows})
            if at == 0:
                for one in some:
                    compute(one, day)
                Segment.objects.filter(pk__gte=100).update(as_of=day)
                continue
            before = day
            day = (
                strategies.AS_OF if at == STEPS else min(strategies.AS_OF, day + timedelta(days=dice.choice([0, 1, 5])))
            )
            for one in some:
                one.segment.as_of = before
            keeping.apply(log, some, day, now=NOW)
            keeping.turn(some, day, now=NOW)
            for one in asked:
                compute(one, day)
            asked.clear()
        return [(one, members(one), as_a_set(one, day)) for one in some], data, lists


def judge(said_rules, inner, number, folder, monkeypatch):
    simple = [said for said in said_rules if not reads_of(parse(said), {strategies.RULES[0]: parse(inner)}).is_derived]
    found, data, lists = live_through(simple, inner, number, folder, monkeypatch)
    for (_one, followed, computed), said in zip(found, simple, strict=True):
        plain = oracle.members(said, data, strategies.AS_OF, lists, {strategies.RULES[0]: inner})
        assert followed == computed == plain, said
    Membership.objects.all().delete()
    Segment.objects.all().delete()


many = st.lists(strategies.rules, min_size=8, max_size=25)
quietly = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]  # fmt: skip


@settings(max_examples=3, deadline=None, suppress_health_check=quietly)
@given(said=many, inner=strategies.plain_rules, number=st.integers(0, 10**6))
def test_what_is_followed_is_what_is_computed(company, said, inner, number, tmp_path_factory, monkeypatch):
    judge(said, inner, number, tmp_path_factory.mktemp("company"), monkeypatch)


@pytest.mark.slow
@settings(max_examples=70, deadline=None, suppress_health_check=quietly)
@given(said=many, inner=strategies.plain_rules, number=st.integers(0, 10**6))
def test_a_thousand_rules_are_followed_truly(company, said, inner, number, tmp_path_factory, monkeypatch):
    judge(said, inner, number, tmp_path_factory.mktemp("company"), monkeypatch)
