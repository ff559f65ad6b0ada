"""Types of consumers, history and comparison, as pages."""

import pytest

from shuke.insight.segments import queries
from shuke.insight.segments.actions import compute
from shuke.insight.segments.models import Segment
from shuke.insight.segments.queries import ready
from shuke.insight.segments.queries.sentences import sentence
from shuke.insight.segments.testing import BY, NOW, segment


@pytest.mark.parametrize("kind", ready.TYPES, ids=lambda kind: kind.code)
def test_each_type_is_a_rule_that_can_be_used_and_said(shop, kind):
    rule, book = queries.checked(kind.rule)

    assert sentence(rule, book).startswith("Customers for whom this holds: ")
    assert queries.previewed(kind.rule).count >= 0


def test_what_the_data_lacks_is_said(shop, marketer, client_of):
    lacking = ready.missing()

    assert lacking["routine_buyers"] == []
    assert lacking["bargain_hunters"] == ["orders with a discount"]
    assert lacking["gift_buyers"] == ["a category of gifts"]
    page = client_of(marketer).get("/segments/types/").content.decode()
    assert "Your data does not hold what this rests on: orders with a discount." in page


def test_one_click_takes_a_type_over(shop, marketer, client_of):
    answer = client_of(marketer).post("/segments/types/browsers/adopt/")

    made = Segment.objects.get(name="Browsers")
    assert answer.headers["location"] == f"/segments/{made.uuid}/"
    assert made.size is not None
    assert client_of(marketer).post("/segments/types/dragons/adopt/").status_code == 404


def test_history_names_days_and_causes(shop, marketer, client_of):
    made = segment(now=NOW)
    compute.recompute(made, by=BY, now=NOW)
    client = client_of(marketer)

    entered = client.get(f"/segments/{made.uuid}/history/", {"first": "2024-06-15", "last": "2024-06-15"})
    before = client.get(f"/segments/{made.uuid}/history/", {"last": "2024-06-14"})
    that_day = client.get(f"/segments/{made.uuid}/history/", {"show": "day", "day": "2024-06-15"})
    day_before = client.get(f"/segments/{made.uuid}/history/", {"show": "day", "day": "2024-06-14"})

    assert [cause for _, _, cause in entered.context["rows"]] == ["computation of the segment"] * 2
    assert before.context["rows"] == []
    assert (that_day.context["count"], day_before.context["count"]) == (2, 0)


def test_two_segments_are_compared(shop, marketer, client_of):
    buyers = segment()
    twice = segment({"all": [{"orders": "count", "op": "at_least", "value": 2}]}, name="Twice")
    for one in (buyers, twice):
        compute.recompute(one, by=BY, now=NOW)

    page = client_of(marketer).get(f"/segments/{buyers.uuid}/compare/", {"other": str(twice.uuid)})

    assert [size for _, size, _ in page.context["parts"]] == [1, 1, 0]
    assert queries.previewed(page.context["parts"][1][2]).count == 1
