"""Rules are read strictly; what is wrong is named with its path."""

import json

import pytest

from shuke.insight.segments.errors import InvalidRule
from shuke.insight.segments.rules.language import Group, Join, LastDays, Measure, Op, OrdersClause, Where
from shuke.insight.segments.rules.parsing import MAX_CLAUSES, MAX_DEPTH, parse, parse_text
from shuke.insight.segments.rules.writing import canonical, plain

COUNTRY = {"field": "customer.country", "op": "is", "value": ["France"]}


def problems(said):
    with pytest.raises(InvalidRule) as refusal:
        parse(said)
    return [(problem.path, problem.key) for problem in refusal.value.problems]


def test_reads_a_nested_rule():
    rule = parse(
        {
            "all": [
                COUNTRY,
                {
                    "none": [
                        {
                            "orders": "net",
                            "op": "more_than",
                            "value": 500,
                            "period": {"last_days": 90},
                            "where": {"shop": [3]},
                        }
                    ]
                },
            ]
        }
    )

    assert rule.join is Join.ALL
    assert rule.nodes[1] == Group(
        Join.NONE, (OrdersClause(Measure.NET, Op.MORE_THAN, 500, LastDays(90), Where(shop=(3,))),)
    )


def test_a_rule_is_always_written_the_same_way():
    one = {"all": [{"value": ["a", "a", "b"], "op": "is", "field": "customer.city"}]}
    other = {"all": [{"field": "customer.city", "op": "is", "value": ["a", "b"]}]}

    assert canonical(parse(one)) == canonical(parse(other)) == json.dumps(other, separators=(",", ":"))
    assert plain(parse(other)) == other


def test_everyone_is_the_only_empty_rule():
    assert parse({"all": []}).nodes == ()
    assert problems({"any": []}) == [("any", "filled_group")]
    assert problems({"all": [{"all": []}]}) == [("all[0].all", "filled_group")]


@pytest.mark.parametrize(
    ("clause", "path", "key"),
    [
        ({"field": "value.net", "op": "at_least", "value": "x"}, ".value", "whole_number"),
        ({"field": "value.net", "op": "at_least", "value": True}, ".value", "whole_number"),
        ({"field": "value.net", "op": "at_least", "value": 2**60}, ".value", "number_range"),
        ({"field": "value.net", "op": "between", "value": [5, 1]}, ".value", "pair"),
        ({"field": "value.net", "op": "is", "value": [1]}, ".op", "unknown_op"),
        ({"field": "value.group", "op": "is", "value": ["kings"]}, ".value[0]", "code"),
        ({"field": "value.r", "op": "is", "value": [6]}, ".value[0]", "number_range"),
        ({"field": "customer.email", "op": "is", "value": ["x"]}, ".field", "unknown_field"),
        ({"field": "customer.city", "op": "is", "value": []}, ".value", "filled_list"),
        ({"field": "customer.city", "op": "is", "value": ["x"] * 501}, ".value", "list_length"),
        ({"field": "customer.city", "op": "is", "value": ["x" * 201]}, ".value[0]", "text_length"),
        ({"field": "customer.city", "op": "is_known", "value": 1}, ".value", "no_value"),
        ({"field": "customer.city", "op": "is"}, ".value", "missing"),
        ({"field": "customer.city", "value": ["x"]}, ".op", "missing"),
        ({"field": "customer.city", "op": "is", "value": ["x"], "extra": 1}, ".extra", "unknown_key"),
        (
            {"field": "customer.first_seen", "op": "within", "value": {"last_days": 0}},
            ".value.last_days",
            "number_range",
        ),
        ({"field": "customer.first_seen", "op": "within", "value": {"from": "2024-13-01"}}, ".value.from", "date"),
        (
            {"field": "customer.first_seen", "op": "within", "value": {"from": "2024-02-01", "to": "2024-01-01"}},
            ".value",
            "period_order",
        ),
        ({"field": "customer.first_seen", "op": "within", "value": {}}, ".value", "period"),
        ({"field": "segment", "op": "in", "value": ["x"]}, ".value[0]", "uuid"),
        ({"orders": "median", "op": "at_least", "value": 1}, ".orders", "unknown_measure"),
        (
            {"orders": "count", "op": "at_least", "value": 1, "where": {"colour": ["red"]}},
            ".where.colour",
            "unknown_key",
        ),
        ({"orders": "net", "op": "at_least", "value": 1, "where": {"refunded": True}}, ".where.refunded", "net_where"),
        (
            {"orders": "count", "op": "at_least", "value": 1, "where": {"amount": {"at_least": 9, "at_most": 1}}},
            ".where.amount",
            "pair",
        ),
        ({"event": " ", "op": "did"}, ".event", "filled_text"),
        ({"event": "x", "op": "did", "where": {"product": [1]}}, ".where.product[0]", "text"),
        ({"event": "x", "measure": "sum", "op": "at_least", "value": 1}, ".of", "missing"),
        ({"event": "x", "of": "price", "op": "did"}, ".of", "no_property"),
        ({"event": "x", "measure": "median", "op": "did"}, ".measure", "unknown_measure"),
        ({"event": "x", "op": "did", "where": {"properties": [{"name": "a.b", "op": "is_known"}]}}, ".where.properties[0].name", "property_name"),
        ({"event": "x", "op": "did", "where": {"properties": [{"name": "$", "op": "is_known"}]}}, ".where.properties[0].name", "property_name"),
        ({"event": "x", "op": "did", "period": {"this": "decade"}}, ".period.this", "code"),
        ({"event": "x", "op": "did", "period": {"since": {"order": "second"}}}, ".period.since.order", "code"),
        ({"field": "value.last_order", "op": "within", "value": {"since": {"order": "last"}}}, ".value", "not_since"),
        ({"field": "customer.birthday", "op": "anniversary", "value": {"before_days": 3}}, ".value", "window"),
        ({"field": "customer.birthday", "op": "anniversary", "value": {"next_days": 400}}, ".value.next_days", "number_range"),
        ({"sequence": [{"event": "a"}], "op": "did"}, ".sequence", "lone_step"),
        ({"sequence": [{"event": "a", "within": {"days": 1}}, {"event": "b"}], "op": "did"}, ".sequence[0].within", "first_within"),
        ({"sequence": [{"event": "a"}, {"order": "paid"}], "op": "did"}, ".sequence[1].order", "code"),
        ({"sequence": [{"event": "a"}] * 6, "op": "did"}, ".sequence", "steps"),
        ({"sequence": [{"event": "a"}, {"event": "b", "within": {"weeks": 1}}], "op": "did"}, ".sequence[1].within", "time"),
        ({"split": "x", "op": "between", "value": [0, 101]}, ".value[0]", "number_range"),
        ({"split": "x", "op": "between", "value": [60, 40]}, ".value", "pair"),
        ({"reach": "pigeon", "op": "may"}, ".reach", "code"),
        ({"reach": "email", "op": "is", "value": ["happy"]}, ".value[0]", "code"),
        ({"orders": "count", "op": "at_least", "value": 1, "where": {"hours": [5]}}, ".where.hours", "hours"),
        ({"orders": "count", "op": "at_least", "value": 1, "where": {"weekday": [8]}}, ".where.weekday[0]", "number_range"),
        ({"orders": "net", "op": "at_least", "value": 1, "where": {"price": {"at_least": 1}}}, ".where.price", "net_where"),
        ({}, "", "node"),
        (7, "", "object"),
    ],
)  # fmt: skip
def test_names_what_is_wrong_and_where(clause, path, key):
    assert (f"all[0]{path}", key) in problems({"all": [clause]})


def test_names_everything_that_is_wrong_at_once():
    found = problems(
        {"any": [{"field": "nope", "op": "is"}, {"all": [{"event": "x", "op": "at_least", "value": "many"}]}]}
    )

    assert found == [("any[0].field", "unknown_field"), ("any[1].all[0].value", "whole_number")]


def test_says_it_in_words():
    with pytest.raises(InvalidRule) as refusal:
        parse({"all": [COUNTRY, {"orders": "count", "op": "at_least", "value": "two"}]})

    assert str(refusal.value) == "all[1].value: expected a whole number"


def test_refuses_what_is_too_deep_or_too_large():
    deep = COUNTRY
    for _ in range(MAX_DEPTH + 1):
        deep = {"all": [deep]}

    assert problems(deep)[0][1] == "depth"
    assert ("all[60]", "clauses") in problems({"all": [COUNTRY] * (MAX_CLAUSES + 5)})


@pytest.mark.parametrize("text", ["", "[", "[]", "null", '"x"', "[" * 50_000, '{"all": [], "any": []}', "x" * 70_000])
def test_refuses_text_that_is_no_rule(text):
    with pytest.raises(InvalidRule):
        parse_text(text)
