"""Why, and why not."""

from datetime import date

from shuke.insight.segments import queries
from shuke.insight.segments.queries.explaining import explain
from shuke.insight.segments.testing import a_list, segment

AS_OF = date(2024, 6, 15)


def flat(reason):
    yield reason.text, reason.is_true, reason.actual
    for inner in reason.inner:
        yield from flat(inner)


def explained(rule, customer):
    parsed, book = queries.checked(rule)
    return list(flat(explain(parsed, book, customer.pk, as_of=AS_OF)))


def test_says_for_each_clause_what_is_so(shop, ada, cy):
    rule = {
        "all": [
            {"orders": "count", "op": "at_least", "value": 2, "period": {"last_days": 90}},
            {
                "any": [
                    {"field": "value.group", "op": "is", "value": ["champions"]},
                    {"event": "Product Viewed", "op": "did"},
                ]
            },
            {"field": "customer.country", "op": "is", "value": ["France"]},
            {"orders": "average", "op": "at_least", "value": 6000},
        ]
    }

    assert explained(rule, ada) == [
        ("all of this holds", False, ""),
        ("placed at least 2 orders in the last 90 days", True, "2 orders"),
        ("at least one of this holds", True, ""),
        ("RFM group is Champions", True, "Champions"),
        ("did “Looked at a product”", True, "1 time"),
        ("country is France", False, "United Kingdom"),
        ("spent on average at least £60.00 per order", True, "£60.00"),
    ]
    assert [actual for _, _, actual in explained(rule, cy)] == [
        "", "0 orders", "", "not known", "0 times", "France", "no such order",
    ]  # fmt: skip


def test_takes_segments_apart(shop, ada, bob, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        mine = a_list(bob.pk)
    buyers = segment()
    rule = {"all": [{"field": "segment", "op": "in", "value": [str(buyers.uuid), str(mine.uuid)]}]}

    texts = explained(rule, ada)

    assert texts[0][1] is True
    assert ("is a member of Buyers", True, "") in texts
    assert ("placed at least 1 order", True, "2 orders") in texts
    assert ("is a member of Hand-picked", False, "not on the list") in texts


def test_a_rule_without_clauses_holds_for_everyone(shop, cy):
    assert explained({"all": []}, cy) == [("all customers", True, "")]
