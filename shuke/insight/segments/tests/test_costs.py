"""What a rule would cost, and where that is too much."""

import pytest

from shuke.insight.segments import errors, queries
from shuke.insight.segments.engine.costs import MOST_ROWS, rows_read
from shuke.insight.segments.engine.resolved import Book
from shuke.insight.segments.rules.parsing import parse

SIZES = {"customers": 1_000_000, "orders": 5_000_000, "order_lines": 12_500_000, "events": 50_000_000}
VIEWED = {"event": "Product Viewed", "op": "did"}
SEQUENCE = {"sequence": [{"event": "a"}, {"event": "b"}, {"event": "c"}, {"event": "d"}], "op": "did"}


def cost(*nodes):
    return rows_read(parse({"all": list(nodes)}), Book(), SIZES)


def test_figures_of_one_group_share_a_pass():
    apart = cost({"any": [VIEWED]}, {"any": [VIEWED]})

    assert cost(VIEWED) == 50_000_000
    assert cost(VIEWED, VIEWED) < apart == 100_000_000


def test_what_people_ask_in_earnest_is_far_from_the_limit():
    asked = [VIEWED, SEQUENCE, {"orders": "count", "op": "at_least", "value": 2, "where": {"category": ["tea"]}}]

    assert cost(*asked) < MOST_ROWS / 4


def test_too_much_is_refused_in_words(shop, monkeypatch):
    monkeypatch.setattr(queries, "_sizes", lambda: SIZES)
    rule = {"all": [{"any": [SEQUENCE, VIEWED]}] * 5 + [{"any": [VIEWED]}] * 50}

    with pytest.raises(errors.InvalidRule) as refusal:
        queries.checked(rule)

    assert "this rule would read about 7,550,000,000 rows" in str(refusal.value)
    assert "more than the 6,000,000,000 that one question may take" in str(refusal.value)
