"""The compiler, the explanation and a plain reading of the language agree, on random rules and data."""

import json
import random

import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from shuke.cdp.warehouse import queries as warehouse
from shuke.cdp.warehouse.testing import fresh_warehouse, seed
from shuke.insight.segments.engine import compiler, explaining
from shuke.insight.segments.engine.resolved import Book, Definition
from shuke.insight.segments.rules.language import clauses_of
from shuke.insight.segments.rules.parsing import parse
from shuke.insight.segments.rules.truth import holds
from shuke.insight.segments.rules.writing import plain
from shuke.insight.segments.tests import oracle, strategies
from shuke.insight.segments.tests.worlds import PEOPLE, world

SEEDS = range(3)


@pytest.fixture(scope="module")
def companies(tmp_path_factory):
    """Three random companies, each in a warehouse of its own, with two lists."""
    kept = []
    for number in SEEDS:
        data = world(number)
        dice = random.Random(number)
        lists = {one: set(dice.sample(range(1, PEOPLE + 1), 12)) for one in strategies.LISTS}
        listed = [
            {"segment_id": at, "customer_id": who}
            for at, one in enumerate(strategies.LISTS, start=1)
            for who in lists[one]
        ]
        context = fresh_warehouse(tmp_path_factory.mktemp(f"company{number}"))
        opened = context.__enter__()
        seed({**data, "segment_members": listed})
        kept.append((context, opened, data, lists))
    yield kept
    for context, *_ in reversed(kept):
        context.__exit__(None, None, None)


def found(rule, company, book, *, asof=True):
    _, opened, _, _ = company
    former = warehouse.bind(opened)
    try:
        asked = compiler.members(rule, as_of=strategies.AS_OF, book=book, table=warehouse.table, asof=asof)
        return [row["customer_id"] for row in warehouse.rows(asked)]
    finally:
        warehouse.bind(former)


def a_book(inner):
    lists = {one: Definition(at, f"list {at}", None) for at, one in enumerate(strategies.LISTS, start=1)}
    return Book.of({**lists, strategies.RULES[0]: Definition(9, "rule", parse(inner))})


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(said=strategies.rules, inner=strategies.plain_rules, number=st.sampled_from(SEEDS))
def test_the_compiled_rule_finds_whom_a_plain_reading_finds(companies, said, inner, number):
    rule, book, company = parse(said), a_book(inner), companies[number]

    ids = found(rule, company, book)

    assert len(ids) == len(set(ids))
    if '"sequence"' in json.dumps(said):  # how engines without such a join are asked
        assert set(found(rule, company, book, asof=False)) == set(ids)
    assert set(ids) == oracle.members(said, company[2], strategies.AS_OF, company[3], {strategies.RULES[0]: inner})
    assert parse(plain(rule)) == rule


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(said=strategies.clauses, number=st.sampled_from(SEEDS), who=st.integers(1, PEOPLE))
def test_the_figures_shown_for_a_clause_decide_as_the_compiled_clause_does(companies, said, number, who):
    book, company = a_book({"all": []}), companies[number]
    rule = parse({"all": [said]})
    (clause,) = clauses_of(rule)
    if strategies.RULES[0] in said.get("value", ()) if isinstance(said.get("value"), list) else False:
        return

    former = warehouse.bind(company[1])
    try:
        asked = explaining.question([(0, clause)], who, as_of=strategies.AS_OF, book=book, table=warehouse.table)
        actual = explaining.actuals(warehouse.rows(asked), {0: clause}, book)[0]
    finally:
        warehouse.bind(former)

    assert holds(clause, actual, strategies.AS_OF) is (who in found(rule, company, book))


CANARY = "can'ary\"; DROP TABLE customers; --"


def test_texts_of_a_rule_reach_the_engine_only_as_literals(companies):
    rule = parse(
        {
            "any": [
                {"field": "customer.country", "op": "is", "value": [CANARY]},
                {"field": "customer.city", "op": "contains", "value": CANARY},
                {
                    "event": CANARY, "op": "at_least", "value": 2, "period": {"since": {"event": CANARY}},
                    "where": {"product": [CANARY], "properties": [{"name": "a", "op": "is", "value": [CANARY]}, {"name": "a", "op": "contains", "value": CANARY}]},
                },
                {"sequence": [{"event": CANARY}, {"order": "placed", "where": {"category": [CANARY]}}], "op": "did"},
                {"reach": "email", "op": "may", "topic": CANARY},
                {"split": CANARY, "op": "between", "value": [1, 1]},
                {
                    "orders": "count", "op": "at_least", "value": 2,
                    "where": {"category": [CANARY], "brand": [CANARY], "country": [CANARY], "channel": [CANARY], "currency": [CANARY]},
                },
            ]
        }
    )  # fmt: skip

    former = warehouse.bind(companies[0][1])
    try:
        sql = warehouse.sql(compiler.count(rule, as_of=strategies.AS_OF, book=Book(), table=warehouse.table))
        assert warehouse.scalar(compiler.count(rule, as_of=strategies.AS_OF, book=Book(), table=warehouse.table)) < 3
    finally:
        warehouse.bind(former)

    statements = sqlglot.parse(sql, read="duckdb")
    assert len(statements) == 1
    holding = [node for node in statements[0].walk() if "canary" in _own_text(node).replace("'", "")]
    assert len(holding) >= 16
    assert all(isinstance(node, exp.Literal) and node.is_string for node in holding)


def _own_text(node):
    return "".join(str(value).lower() for value in node.args.values() if isinstance(value, str))


@pytest.mark.parametrize(
    "where",
    [
        {"category": ["a"]},
        {"category": ["护肤"], "brand": ["p"]},
        {"product": [1, 3]},
        {"product": [2], "country": ["法国"]},
        {"product": [2], "refunded": True},
        {"shop": [2]},
        {"currency": ["CNY"], "channel": ["web"]},
        {"refunded": False},
        {"amount": {"at_least": 500}},
        {"brand": ["q"], "amount": {"at_most": 900}},
    ],
    ids=str,
)
@pytest.mark.parametrize("asked", [("count", 1), ("count", 2), ("gross", 600), ("average", 500)], ids=str)
def test_each_filter_of_orders_alone(companies, where, asked):
    measure, value = asked
    said = {"all": [{"orders": measure, "op": "at_least", "value": value, "where": where}]}

    for company in companies:
        assert set(found(parse(said), company, Book())) == oracle.members(said, company[2], strategies.AS_OF)
