"""Fields that other domains contribute: read from their table, whatever kind they are."""

from datetime import date

import pytest

from shuke.cdp.warehouse.testing import seed
from shuke.insight.segments import queries
from shuke.insight.segments.errors import InvalidRule
from shuke.insight.segments.pages import builder
from shuke.insight.segments.queries import explaining
from shuke.insight.segments.rules import fields
from shuke.insight.segments.rules.parsing import parse
from shuke.platform.manifest import SegmentField

TODAY = date(2024, 6, 15)
# Declared over tables there are, standing in for those of a domain above.
GIVEN = (
    SegmentField("tests.risk", "Tests", "risk", "share", "customer_attributes", "number", where={"code": "risk"}),
    SegmentField("tests.mood", "Tests", "mood", "choice", "customer_attributes", "text", where={"code": "mood"}, choices=(("up", "in high spirits"), ("low", "low"))),
    SegmentField("tests.due", "Tests", "next order", "date", "customer_attributes", "day", where={"code": "due"}),
    SegmentField("tests.worth", "Tests", "worth", "money", "customer_attributes", "number", where={"code": "worth"}),
    SegmentField("tests.muted", "Tests", "muted", "yes_no", "reachability", "is_suppressed"),
)  # fmt: skip


@pytest.fixture
def given(monkeypatch, shop, ada, bob):
    monkeypatch.setattr(fields, "segment_fields", lambda: {one.name: one for one in GIVEN})
    fields.contributed.cache_clear()
    said = [
        {"customer_id": ada.pk, "code": "risk", "number": 0.7},
        {"customer_id": bob.pk, "code": "risk", "number": 0.2},
        {"customer_id": ada.pk, "code": "mood", "text": "up"},
        {"customer_id": bob.pk, "code": "due", "day": date(2024, 6, 10)},
        {"customer_id": bob.pk, "code": "worth", "number": 12300.0},
    ]
    reach = [{"customer_id": ada.pk, "channel": "email", "is_suppressed": True}]
    said = [{"number": None, **row} for row in said]
    seed({"customer_attributes": said, "reachability": reach})
    yield
    fields.contributed.cache_clear()


@pytest.mark.parametrize(
    ("clause", "found", "words", "of_ada"),
    [
        ({"field": "tests.risk", "op": "at_least", "value": 70}, ["ada"], "risk is at least 70%", "70%"),
        ({"field": "tests.risk", "op": "less_than", "value": 70}, ["bob"], "risk is less than 70%", "70%"),
        ({"field": "tests.risk", "op": "is_unknown"}, ["cy"], "risk is not known", "70%"),
        ({"field": "tests.mood", "op": "is", "value": ["up"]}, ["ada"], "mood is in high spirits", "in high spirits"),
        ({"field": "tests.mood", "op": "is_not", "value": ["up"]}, ["bob", "cy"], "mood is not in high spirits", "in high spirits"),
        ({"field": "tests.due", "op": "within", "value": {"last_days": 7}}, ["bob"], "next order in the last 7 days", "not known"),
        ({"field": "tests.worth", "op": "more_than", "value": 12299}, ["bob"], "worth is more than £122.99", "not known"),
        ({"field": "tests.muted", "op": "is_yes"}, ["ada"], "muted is yes", "yes"),
        ({"field": "tests.muted", "op": "is_no"}, [], "muted is no", "yes"),
    ],
)  # fmt: skip
def test_what_another_domain_knows_is_asked_said_and_explained(given, ada, bob, cy, clause, found, words, of_ada):
    rule, book = queries.checked({"all": [clause]})
    who = {"ada": ada, "bob": bob, "cy": cy}
    ids = list(queries.matching_ids({"all": [clause]}, as_of=TODAY))
    reason = explaining.explain(rule, book, ada.pk, as_of=TODAY)

    assert ids == [who[name].pk for name in found]
    assert queries.sentence(rule, book) == f"Customers for whom this holds: {words}."
    assert reason.inner[0].actual == of_ada
    assert reason.is_true is ("ada" in found)


def test_the_builder_offers_them_under_their_own_heading(given):
    config = builder.config({"all": []})

    offered = [one for one in config["fields"] if one["subject"] == "Tests"]
    assert [one["name"] for one in offered] == [one.name for one in GIVEN]
    assert config["choices"]["tests.mood"] == [["up", "in high spirits"], ["low", "low"]]


def test_without_its_domain_the_field_is_unknown(given, monkeypatch):
    fields.contributed.cache_clear()
    monkeypatch.setattr(fields, "segment_fields", dict)

    with pytest.raises(InvalidRule):
        parse({"all": [{"field": "tests.risk", "op": "at_least", "value": 70}]})
