"""What a run finds of every series."""

from datetime import timedelta

import pytest

from shuke.insight.forecasts import queries, rules
from shuke.insight.forecasts.rules import CATEGORY, COMPANY, SHOP, SeriesKey, Step
from shuke.insight.forecasts.testing import UNTIL


def test_every_series_is_judged_and_carried_on(world, db):
    found = {(one.measure, one.scope, one.scope_key): one for one in queries.forecasts_of(world, Step.DAY)}

    assert world.as_of == UNTIL
    assert {scope for _measure, scope, _key in found} == {COMPANY, SHOP, CATEGORY}
    assert {measure for measure, scope, _key in found if scope == COMPANY} == set(rules.MEASURES)
    orders = found[rules.ORDERS, COMPANY, ""]
    assert orders.is_ready
    assert len(orders.points) == 28
    assert len(orders.findings["rows"]) >= rules.LEAST_JUDGED
    assert queries.first_step(world, Step.DAY) == UNTIL + timedelta(days=1)
    assert all(low <= expected <= high for expected, low, high in orders.points)


def test_a_week_is_about_its_days_together(world, db):
    key = SeriesKey(rules.ORDERS)
    days = queries.forecast_of(world, key, Step.DAY).points
    weeks = queries.forecast_of(world, key, Step.WEEK).points

    assert sum(point[0] for point in days) == pytest.approx(sum(point[0] for point in weeks[:4]), rel=0.15)
