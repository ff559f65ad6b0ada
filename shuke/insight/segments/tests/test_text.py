"""Rules as text: printed and read back, and refused with place and suggestion."""

import pytest
from hypothesis import HealthCheck, given, settings

from shuke.insight.segments.errors import InvalidRule
from shuke.insight.segments.rules.parsing import parse
from shuke.insight.segments.rules.text import read_text, write_text
from shuke.insight.segments.tests import strategies

WRITTEN = """all {
  customer.country is ["France", "法国"]
  orders count at_least 2 in last 90 days where category ["护肤"], refunded no, amount at_least 100
  event "email.opened" did_not in since first order for 7 days
  event "Product Viewed" sum of "unit price" between 1.5 and 20 in this month where product ["7"], property "colour" is_not ["red"]
  sequence did in from 2024-01-01 (event "Product Added" then order within 1 days without event "x" within 30 hours)
  value.last_order within 30 days ago
  customer.birthday anniversary next 7 days
  none {
    split "spring" between 1 and 50
    reach email may for service about "sale"
  }
}
"""


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(said=strategies.rules)
def test_a_rule_is_the_same_after_writing_and_reading(said):
    rule = parse(said)

    text = write_text(rule)

    assert read_text(text) == rule
    assert write_text(read_text(text)) == text


def test_it_reads_as_people_write():
    assert write_text(read_text(WRITTEN)) == WRITTEN
    assert read_text("# who bought\norders count at_least 1 # once") == parse(
        {"all": [{"orders": "count", "op": "at_least", "value": 1}]}
    )


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("all {\n  custmer.country is [\"x\"]\n}", "2:3: unknown field “custmer.country”; did you mean “customer.country”?"),
        ("orders cuont at_least 1", "1:8: found “cuont”; did you mean “count”?"),
        ("orders count at_leest 1", "1:14: found “at_leest”; did you mean “at_least”?"),
        ("orders count at_least 1 in last ninety days", "1:33: expected a number, found “ninety”"),
        ("event email.opened did", "1:7: expected a text in quotation marks, found “email.opened”"),
        ("all { event \"x\" did", "1:20: expected “}”, found “…”"),
        ("all { event \"x\" did } }", "1:23: the rule has ended, but “}” follows"),
        ("event \"x\" did in from 2024-13-41", "1:18: expected a date like 2024-03-31"),
        ("orders net at_least 1 where refunded yes", "1:38: “net” cannot be combined with “refunded”: refunds do not carry it"),
        ("split \"x\" between 9 and 3", "1:19: expected two numbers, the lower one first"),
        ("event \"x\" did;", "1:14: “;” cannot stand here"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_place(text, refusal):
    with pytest.raises(InvalidRule) as refused:
        read_text(text)

    assert str(refused.value) == refusal


def test_the_builder_and_the_form_take_text(shop, marketer, client_of):
    client = client_of(marketer)
    text = "all { orders count at_least 2 }"

    said = client.post("/segments/preview/", {"rule": text}).json()
    saved = client.post("/segments/new/", {"name": "Twice", "rule": text})

    assert said["rule"] == {"all": [{"orders": "count", "op": "at_least", "value": 2}]}
    assert said["text"] == "all {\n  orders count at_least 2\n}\n"
    assert said["count"] == 1
    assert saved.status_code == 302
