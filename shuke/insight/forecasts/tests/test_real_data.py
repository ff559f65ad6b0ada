"""The engine on real shops: better than the simple rules, intervals that hold, and the break that everybody knows is found."""

import csv
import gzip
from collections import Counter, defaultdict
from datetime import date, timedelta

import numpy as np
import pytest

from shuke.insight.forecasts import rules
from shuke.insight.forecasts.engine import alarms, judging, methods, running
from shuke.insight.forecasts.engine.assembling import History
from shuke.insight.forecasts.queries import calendar
from shuke.insight.forecasts.rules import SeriesKey, Step
from tests.data import real_data

pytestmark = pytest.mark.real_data
AHEAD = 13


def test_thirteen_weeks_of_walmart_are_missed_by_less_than_a_published_theta():
    stores = defaultdict(list)
    with next(real_data("walmart_weekly").glob("*.csv")).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            stores[row["Store"]].append(float(row["Weekly_Sales"]))
    values = np.array(list(stores.values()))
    last = values.shape[1] - AHEAD
    panel = methods.Panel(
        values, np.zeros(45, int), 52, np.full(values.shape[1] + AHEAD, -1), np.zeros(0, int), np.zeros(45)
    )

    trials = judging.rolled(panel, range(last - 24, last + 1, 2), AHEAD, 100)
    pick = judging.chosen(trials, trials.before(last, AHEAD))

    true = trials.true[-1]
    missed = np.abs(judging.of_chosen(trials.made[-1], pick) - true).sum() / true.sum()
    naive = np.abs(trials.made[-1, methods.METHODS.index(methods.NAIVE)] - true).sum() / true.sum()
    assert naive == pytest.approx(0.051, abs=0.001)
    assert missed <= 0.0320


def _day(text):
    return (
        date.fromisoformat(text[:10]) if "-" in text else date(*(int(text.split()[0].split("/")[n]) for n in (2, 0, 1)))
    )


@pytest.mark.slow
def test_online_retail_is_judged_at_four_moments_and_its_last_day_is_unusual():
    gross, refunds, orders = Counter(), Counter(), defaultdict(set)
    with gzip.open(real_data("online_retail") / "online_retail.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            day = _day(row["InvoiceDate"])
            amount = float(row["Quantity"]) * float(row["UnitPrice"]) * 100
            if row["InvoiceNo"].startswith("C"):
                refunds[day] -= amount
            else:
                gross[day] += amount
                orders[day].add(row["InvoiceNo"])
    first, last = min(gross), max(gross)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    history = History(Step.DAY, first, len(days))
    history.series = {
        SeriesKey(rules.GROSS): np.array([gross[day] for day in days]),
        SeriesKey(rules.ORDERS): np.array([float(len(orders[day])) for day in days]),
        SeriesKey(rules.NET): np.array([gross[day] - refunds[day] for day in days]),
        SeriesKey(rules.REFUNDS): np.array([refunds[day] for day in days]),
    }
    found = calendar.events(["GB"], first - timedelta(days=60), last + timedelta(days=90))

    outcomes, watched = running.run(history, lambda *_: calendar.windows_for(found, None))

    rows = [row for one in outcomes if one.key.measure in {rules.GROSS, rules.NET} for row in one.findings["rows"]]
    assert len(rows) == 8
    assert np.mean([row["error"] for row in rows]) < 0.85 * np.mean([row["naive"] for row in rows])
    assert 0.87 <= np.mean([row["inside"] for row in rows]) <= 0.93
    sides = {rules.GROSS: (alarms.UP, alarms.DOWN), rules.REFUNDS: (alarms.UP,)}
    looked = alarms.look(watched, {Step.DAY: history.length - 7}, sides)
    assert (rules.REFUNDS, last) in {(one.key.measure, history.day(one.place)) for one in looked.alarms}
