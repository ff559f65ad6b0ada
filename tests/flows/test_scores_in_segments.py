"""Scores are fields that segments may ask about."""

from shuke.cdp.warehouse.testing import seed
from shuke.insight.predictions import queries
from shuke.insight.predictions.actions import running
from shuke.insight.predictions.testing import UNTIL, shop
from shuke.insight.segments import queries as segments


def test_a_segment_of_those_at_risk_holds_who_has_the_score(warehouse, company, now):
    rows = shop()
    everybody = {row["customer_id"] for row in rows["orders"]}
    seed({**rows, "customers": [{"customer_id": one} for one in sorted(everybody)]})
    running.train(now=now)

    found = segments.previewed(
        {"all": [{"field": "predictions.churn_risk", "op": "at_least", "value": 70}]}, as_of=UNTIL
    )

    assert found.count == queries.scores().filter(churn_risk__gte=0.7).count() > 0
    assert "churn risk" in found.sentence
