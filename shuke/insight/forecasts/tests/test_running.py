"""A run from the warehouse to forecasts and alerts; what cannot be forecast is refused in words."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from django.urls import reverse

from shuke.cdp.events.models import Event
from shuke.insight.forecasts import queries, rules
from shuke.insight.forecasts.actions import running, telling
from shuke.insight.forecasts.engine.alarms import Alarm
from shuke.insight.forecasts.engine.assembling import History
from shuke.insight.forecasts.models import Anomaly, AnomalyState, Forecast, Run
from shuke.insight.forecasts.queries import wording
from shuke.insight.forecasts.rules import SeriesKey, Step
from shuke.insight.forecasts.testing import UNTIL, seeded, shop
from shuke.insight.forecasts.tests.conftest import SPIKE
from shuke.platform.audit.models import AuditEntry
from shuke.platform.jobs.children import Cancelled, Watch
from shuke.vocabulary.forecasts import AnomalyNoticed


@pytest.fixture
def spiked(warehouse, shops):
    return seeded(shop(140, level=6.0, shops=1, refunds_on={SPIKE: 12}))


def test_the_same_data_gives_the_same_forecasts(spiked, now):
    first, second = (running.run(now=now) for _ in range(2))

    ours, again = (
        list(
            Forecast.objects.filter(run=one)
            .order_by("step", "scope", "scope_key", "measure")
            .values_list("points", "findings")
        )
        for one in (first, second)
    )

    assert ours == again


def test_a_process_of_its_own_finds_what_the_worker_would(spiked, now, monkeypatch):
    here = running.run(now=now)
    monkeypatch.setattr(running, "SMALL", 0)
    steps = []

    apart = running.run(now=now, watch=Watch(lambda *so_far: steps.append(so_far), lambda: False))

    ours, theirs = (
        list(Forecast.objects.filter(run=one).order_by("step", "scope", "scope_key", "measure").values_list("points", "past", "findings"))
        for one in (here, apart)
    )  # fmt: skip
    assert ours
    assert ours == theirs
    assert steps
    with pytest.raises(Cancelled):
        running.run(now=now, watch=Watch(lambda *_: None, lambda: True))
    assert running.run(now=now).finished_at
    assert Run.objects.exclude(finished_at=None).count() == 2


def test_only_the_last_runs_are_kept(spiked, now, monkeypatch):
    monkeypatch.setattr(running, "_worked_out", lambda *_: ([], [], {}))
    for _ in range(6):
        running.run(now=now)

    assert Run.objects.count() == 3


def test_without_a_sale_a_run_holds_nothing_and_says_so(warehouse, company, now):
    run = running.run(now=now)

    assert (run.series, Forecast.objects.count(), Anomaly.objects.count()) == (0, 0, 0)


def test_a_young_shop_is_refused_in_words(warehouse, shops, now):
    seeded(shop(40))

    run = running.run(now=now)

    refused = queries.forecast_of(run, SeriesKey(rules.ORDERS), Step.DAY)
    assert not refused.is_ready
    assert wording.refusal(refused) == (
        "There are 40 days of history. A forecast that can be judged at three past moments needs 84 days."
    )


def test_a_refund_spike_is_told_once_and_published_once(spiked, now):
    running.run(now=now)
    running.run(now=now + timedelta(hours=1))

    found = Anomaly.objects.get(kind="refunds", first_on__lte=SPIKE, last_on__gte=SPIKE)
    assert found.state == AnomalyState.OPEN
    assert found.seen > found.high > found.expected
    said = Event.objects.filter(name=AnomalyNoticed.NAME, properties__anomaly_id=found.pk)
    assert [one.properties["kind"] for one in said] == ["refunds"]
    assert Event.objects.filter(name=AnomalyNoticed.NAME).count() == Anomaly.objects.count()


def test_days_are_looked_at_once_only(spiked, now):
    first = running.run(now=now)
    second = running.run(now=now)

    assert first.tests > 0
    assert (second.tests, second.alarms) == (0, 0)
    assert second.checked_until == UNTIL


def test_staff_say_what_it_was(spiked, actor, now):
    running.run(now=now)
    one = Anomaly.objects.filter(kind="refunds").latest("last_on")

    telling.handle(one, AnomalyState.EXPLAINED, " a broken batch ", by=actor, now=now)

    one.refresh_from_db()
    assert (one.state, one.note, one.handled_by) == (AnomalyState.EXPLAINED, "a broken batch", actor.reference)
    assert AuditEntry.objects.filter(verb="forecasts.anomaly_handled").count() == 1


def test_before_anything_is_sold_and_when_history_is_short_words_say_so(warehouse, shops, analyst, client_of, now):
    mine = client_of(analyst)
    empty = mine.get(reverse("forecasts:series"))
    seeded(shop(30))
    running.run(now=now)
    short = mine.get(reverse("forecasts:series"), {"measure": "orders"})

    assert "Nothing is forecast yet" in empty.content.decode()
    assert "There are 30 days of history" in short.content.decode()


def test_one_dear_parcel_that_comes_back_is_no_spike():
    history = History(Step.DAY, UNTIL - timedelta(days=99), 100, {SeriesKey(rules.GROSS): np.full(100, 1000.0)})
    lone = Alarm(SeriesKey(rules.REFUNDS), Step.DAY, 90, "up", 400.0, 20.0, 0.0, 50.0, 1e-4)

    assert not telling._is_worth_it(lone, history)
    assert telling._is_worth_it(replace(lone, seen=700.0), history)
    assert telling._is_worth_it(replace(lone, key=SeriesKey(rules.ORDERS)), history)
