"""A run: reading the series, judging and carrying on each, keeping what was found, and telling what is unusual."""

import tempfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from shuke.insight.forecasts import rules
from shuke.insight.forecasts.actions import telling
from shuke.insight.forecasts.engine.assembling import History
from shuke.insight.forecasts.engine.running import Outcome, Watched
from shuke.insight.forecasts.models import Forecast, Run
from shuke.insight.forecasts.queries import calendar, reading
from shuke.insight.forecasts.rules import SHOP, Step, Window
from shuke.platform.company import queries as company
from shuke.platform.jobs import children
from shuke.platform.jobs.actions import enqueue
from shuke.platform.jobs.children import Watch, silent
from shuke.platform.jobs.models import Job
from shuke.platform.staff.actor import Actor

REFRESH = "forecasts.refresh"
_ROWS_AT_ONCE = 40
_KEPT_RUNS = 3
# Lifts are read off events that began before the history, and plans look a year ahead.
_AROUND = timedelta(days=40)
# Up to so many values (series times days) it takes less than starting a program would.
SMALL = 12_000
_PROGRAM, _NOTE = "shuke.insight.forecasts.engine.child", "forecasting"


def run(*, now: datetime, as_of: date | None = None, watch: Watch | None = None) -> Run:
    """Forecast every series from the last whole day on; return the run, which holds nothing while nothing was sold.

    What is unusual about days that no run has looked at before is told, each thing once. Raises ``Cancelled`` when nobody
    wants the rest: nothing of such a run is shown.
    """
    found = reading.span(_today(now) if as_of is None else as_of + timedelta(days=1))
    if found is None:
        return _finish(Run.objects.create(as_of=as_of or _today(now), began_at=now), now)
    first, until = found
    countries = reading.countries(until)
    begun = Run.objects.create(as_of=until, began_at=now, first_on=first, countries=list(countries.company))
    history = reading.history(first, until)
    outcomes, watched, histories = _worked_out(history, _calendars(countries, first, until), watch or silent())
    for start in range(0, len(outcomes), _ROWS_AT_ONCE):
        with transaction.atomic():
            Forecast.objects.bulk_create(
                _row(begun, histories[one.step], one) for one in outcomes[start : start + _ROWS_AT_ONCE]
            )
    begun.series = len(outcomes)
    telling.look(begun, watched, histories, now=now)
    return _finish(begun, now)


def _worked_out(
    history: History, windows: Callable[[str, str], Sequence[Window]], watch: Watch
) -> tuple[list[Outcome], list[Watched], dict[Step, History]]:
    """Judge and carry on the series by day and by week: much of it in a process of its own, so that the pages go on."""
    from shuke.insight.forecasts.engine import assembling, child

    histories = {Step.DAY: history, Step.WEEK: assembling.weekly(history)}
    if history.length * len(history.series) <= SMALL:
        outcomes, watched = child.work(
            list(histories.values()), windows, lambda done, total: watch.tell(done, total, _NOTE)
        )
        return outcomes, watched, histories
    settings.SHUKE_HOME.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="forecasting-", dir=settings.SHUKE_HOME) as name:
        folder = Path(name)
        child.ask(folder, list(histories.values()), windows)
        children.run(_PROGRAM, folder, watch, note=_NOTE)
        outcomes, watched = child.read(folder)
    return outcomes, watched, histories


def _calendars(countries: reading.Countries, first: date, until: date) -> Callable[[str, str], Sequence[Window]]:
    """Return a function that says which events belong to the company or to a shop."""
    ends = until + timedelta(days=7 * rules.LADDER[Step.WEEK][0]) + _AROUND
    made: dict[str, list[Window]] = {}

    def windows(scope: str, key: str) -> Sequence[Window]:
        if key not in made:
            shop = int(key) if scope == SHOP else None
            whose = countries.shops.get(shop, ()) if shop is not None else ()
            events = calendar.everything(whose or countries.company, first - _AROUND, ends)
            made[key] = calendar.windows_for(events, shop)
        return made[key]

    return windows


def _row(run: Run, history: History, one: Outcome) -> Forecast:
    refused = one.refusal
    begins = history.day(history.length - len(one.past)) if one.past else None
    return Forecast(
        run=run, step=one.step.value, measure=one.key.measure, scope=one.key.scope, scope_key=one.key.scope_key,
        is_ready=refused is None, refusal={"code": refused.code, "facts": refused.facts} if refused else {},
        method=one.method, begins_on=begins, past=one.past, findings=one.findings,
        points=[[round(value, 3) for value in point] for point in one.points],
    )  # fmt: skip


def _finish(run: Run, now: datetime) -> Run:
    """Let the run be seen, and let go of the oldest ones."""
    with transaction.atomic():
        run.finished_at = now
        run.save()
    for old in Run.objects.order_by("-pk")[_KEPT_RUNS:]:
        with transaction.atomic():
            old.delete()
    return run


def _today(now: datetime) -> date:
    found = company.find_company()
    return now.astimezone(ZoneInfo(found.time_zone if found else "UTC")).date()


def ask_for_run(*, now: datetime, by: Actor | None = None, run_at: datetime | None = None) -> Job:
    """Queue a run and return its job: the one that waits or runs, if there is one."""
    return enqueue(REFRESH, now=now, run_at=run_at, dedupe_key=REFRESH, by=by, repeat_if_running=True)
