"""When predictions are learned by themselves."""

from types import SimpleNamespace

import pytest

from shuke.insight.predictions import handlers, jobs
from shuke.insight.predictions.actions import running
from shuke.insight.predictions.models import Report, Run
from shuke.platform.jobs.models import Job


@pytest.fixture
def called(monkeypatch):
    found = []
    monkeypatch.setattr(jobs.warehouse, "catch_up", lambda **_: 0)
    monkeypatch.setattr(running, "train", lambda **_: found.append("train"))
    monkeypatch.setattr(running, "score", lambda **_: found.append("score"))
    return found


def context(now):
    return SimpleNamespace(now=lambda: now, progress=lambda *_: None, is_cancelled=lambda: False)


def learned(began_at, *, file="predictions/1.json", is_ready=True):
    run = Run.objects.create(as_of=began_at.date(), began_at=began_at, finished_at=began_at, models_file=file)
    Report.objects.create(run=run, prediction="churn", is_ready=is_ready)


def test_history_is_learned_from_once(db, now, called):
    for _ in range(3):
        handlers.learn_from_history([SimpleNamespace(historical=True)])
    job = Job.objects.get(name=running.TRAIN)
    learned(now)

    handlers.learn_from_history([SimpleNamespace(historical=True)])
    jobs.train(context(now), **job.arguments)

    assert Job.objects.filter(name=running.TRAIN).count() == 1
    assert called == []


def test_orders_of_today_wait_for_the_night(db):
    handlers.learn_from_history([SimpleNamespace(historical=False)])

    assert not Job.objects.exists()


@pytest.mark.parametrize(("age", "expected"), [(1, "score"), (8, "train")])
def test_the_night_scores_and_the_week_learns(db, now, called, age, expected):
    learned(now - age * (jobs.LEARN_EVERY / 7))

    jobs.refresh(context(now))

    assert called == [expected]


def test_what_could_not_be_learned_is_tried_again_every_night(db, now, called):
    learned(now, file="", is_ready=False)

    jobs.refresh(context(now))

    assert called == ["train"]
