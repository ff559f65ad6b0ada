import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext, gettext_lazy

from shuke.kernel.clock import utcnow
from shuke.kernel.errors import Kind, ShukeError
from shuke.platform.jobs import actions, queries, worker
from shuke.platform.jobs.context import JobContext
from shuke.platform.jobs.models import Job, JobState
from shuke.platform.jobs.testing import run_queued
from shuke.platform.manifest import JobSpec

pytestmark = pytest.mark.engine


class Away(ShukeError):
    kind = Kind.UNAVAILABLE


class Refused(ShukeError):
    kind = Kind.CONFLICT


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> dict[str, JobSpec]:
    """The kinds of job that exist in a test; fill it."""
    found: dict[str, JobSpec] = {}
    for module in (actions, worker):
        monkeypatch.setattr(module, "job_specs", lambda: found)
    return found


def declare(kinds: dict[str, JobSpec], name: str, run, **options) -> None:
    kinds[name] = JobSpec(name, run, **options)


def test_runs_with_its_arguments_and_keeps_its_progress(db, now, kinds):
    seen = []

    def run(context, shop, **_):
        seen.append(shop)
        context.progress(3, 5, "reading")

    declare(kinds, "t.run", run)
    job = actions.enqueue("t.run", now=now, shop="London")

    run_queued(now=now, specs=kinds)

    assert seen == ["London"]
    status = queries.status_of(job.pk)
    assert (status.state, status.done, status.total, status.note) == (JobState.DONE, 3, 5, "reading")


def test_waits_for_its_time(db, now, kinds):
    declare(kinds, "t.later", lambda context: None)
    job = actions.enqueue("t.later", now=now, run_at=now + timedelta(hours=1))

    assert run_queued(now=now, specs=kinds) == []
    assert run_queued(now=now + timedelta(hours=1), specs=kinds) == [job]


def test_what_is_put_off_is_not_waited_for(db, now, kinds):
    declare(kinds, "t.soon", lambda context: None)
    actions.enqueue("t.soon", now=now, run_at=now + timedelta(seconds=3), dedupe_key="soon")
    actions.enqueue("t.soon", now=now, run_at=now + timedelta(seconds=45), dedupe_key="put off")

    assert queries.unfinished_of_system(until=now + timedelta(seconds=5)) == 1
    assert queries.unfinished_of_system(until=now + timedelta(minutes=1)) == 2


def test_same_dedupe_key_is_one_unfinished_job(db, now, kinds):
    declare(kinds, "t.once", lambda context: None)

    first = actions.enqueue("t.once", now=now, dedupe_key="k")
    second = actions.enqueue("t.once", now=now, dedupe_key="k")
    run_queued(now=now, specs=kinds)
    third = actions.enqueue("t.once", now=now, dedupe_key="k")

    assert second == first
    assert third != first


def test_asked_again_while_it_runs_it_runs_once_more(db, now, kinds):
    runs = []

    def run(context):
        runs.append(context.job_id)
        if len(runs) == 1:
            for _ in range(3):
                actions.enqueue("t.sum", now=now, dedupe_key="sum", repeat_if_running=True)
            actions.enqueue("t.sum", now=now, dedupe_key="sum")

    declare(kinds, "t.sum", run)
    job = actions.enqueue("t.sum", now=now, dedupe_key="sum")

    run_queued(now=now, specs=kinds)

    assert runs == [job.pk, job.pk]
    assert queries.status_of(job.pk).state == JobState.DONE


def test_refuses_an_undeclared_kind(db, now, kinds):
    with pytest.raises(LookupError, match=r"t\.unknown"):
        actions.enqueue("t.unknown", now=now)


def test_unavailable_is_tried_again_later_and_fails_at_the_last_attempt(db, now, kinds):
    def run(context):
        raise Away("the shop does not answer")

    declare(kinds, "t.away", run, max_attempts=2)
    job = actions.enqueue("t.away", now=now)

    run_queued(now=now, specs=kinds)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.QUEUED, 1)
    assert job.run_at > utcnow()

    run_queued(now=job.run_at, specs=kinds)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == (JobState.FAILED, 2, "the shop does not answer")


def test_a_refusal_is_final_at_once(db, now, kinds):
    def run(context):
        raise Refused("these columns cannot be read")

    declare(kinds, "t.refused", run)
    job = actions.enqueue("t.refused", now=now)

    run_queued(now=now, specs=kinds)

    status = queries.status_of(job.pk)
    assert (status.state, status.error) == (JobState.FAILED, "these columns cannot be read")


def test_what_jobs_say_is_read_in_the_language_of_the_reader(db, now, kinds):
    def run(context):
        context.progress(1, 2, gettext("Writing orders"))
        raise Refused(
            gettext_lazy("More than %(limit)s members: export them as CSV."), limit=100, email="ada@example.com"
        )

    declare(kinds, "t.refused", run)
    job = actions.enqueue("t.refused", now=now)

    with translation.override("zh-hans"):
        run_queued(now=now, specs=kinds)
    job.refresh_from_db()

    assert job.note == "Writing orders"
    assert job.error_facts == {"limit": "100"}
    with translation.override("zh-hans"):
        assert (job.note_text, job.error_text) == ("正在写入订单", "成员超过100位，请导出为CSV。")
    with translation.override("en"):
        assert job.error_text == "More than 100 members: export them as CSV."


def test_an_error_that_nobody_foresaw_is_told_with_its_own_words(db, now, kinds):
    def run(context):
        raise ValueError("100% wrong")

    declare(kinds, "t.broken", run, max_attempts=1)
    job = actions.enqueue("t.broken", now=now)

    run_queued(now=now, specs=kinds)

    assert queries.status_of(job.pk).error == "Something went wrong that nobody foresaw: ValueError: 100% wrong"


def test_cancel_ends_a_waiting_job_at_once_and_a_running_one_when_it_looks(db, now, kinds):
    def run(context):
        actions.request_cancel(context.job_id, by=None, now=now)
        context.ask_to_cancel()
        assert context.is_cancelled()

    declare(kinds, "t.long", run)
    waiting = actions.enqueue("t.long", now=now, run_at=now + timedelta(hours=1))
    running = actions.enqueue("t.long", now=now)

    assert actions.request_cancel(waiting.pk, by=None, now=now)
    run_queued(now=now, specs=kinds)

    assert queries.status_of(waiting.pk).state == JobState.CANCELLED
    assert queries.status_of(running.pk).state == JobState.CANCELLED
    assert not actions.request_cancel(running.pk, by=None, now=now)


def test_expired_lease_and_dead_node_are_taken_up_again(db, now, kinds):
    declare(kinds, "t.dead", lambda context: None)
    for _ in range(2):
        actions.enqueue("t.dead", now=now)
    actions.claim("here/1/work-0", "work", limit=1, lease=timedelta(minutes=1), now=now)
    actions.claim("there/1/work-0", "work", limit=1, lease=timedelta(minutes=1), now=now)

    assert actions.recover(now=now, node="here") == 1
    assert actions.recover(now=now) == 0
    assert actions.recover(now=now + timedelta(minutes=2)) == 1


def test_a_job_that_always_kills_its_worker_fails(db, now, kinds):
    declare(kinds, "t.killer", lambda context: None)
    job = actions.enqueue("t.killer", now=now)

    for _ in range(10):
        actions.claim("here/1/work-0", "work", limit=1, lease=timedelta(minutes=1), now=now)
        actions.recover(now=now, node="here")

    assert queries.status_of(job.pk).state == JobState.FAILED


def test_progress_forgives_crashes(db, now, kinds):
    declare(kinds, "t.slow", lambda context: None)
    job = actions.enqueue("t.slow", now=now)
    for step in range(15):
        [taken] = actions.claim("here/1/work-0", "work", limit=1, lease=timedelta(minutes=1), now=now)
        taken.done = step + 1
        assert actions.renew(taken, lease=timedelta(minutes=1), now=now)
        actions.recover(now=now, node="here")

    assert queries.status_of(job.pk).state == JobState.QUEUED


def test_a_worker_that_lost_its_lease_changes_nothing(db, now, kinds):
    declare(kinds, "t.two", lambda context: None)
    actions.enqueue("t.two", now=now)
    [old] = actions.claim("old/1/work-0", "work", limit=1, lease=timedelta(minutes=1), now=now)
    actions.recover(now=now + timedelta(minutes=2))
    [new] = actions.claim("new/1/work-0", "work", limit=1, lease=timedelta(minutes=1), now=now + timedelta(minutes=2))

    assert not actions.renew(old, lease=timedelta(minutes=1), now=now)
    actions.finish(old, is_cancelled=False, now=now)

    new.refresh_from_db()
    assert (new.state, new.worker) == (JobState.RUNNING, "new/1/work-0")


def test_recurring_kinds_have_exactly_one_next_run(db, now, kinds):
    declare(kinds, "t.hourly", lambda context: None, every=timedelta(hours=1))

    assert actions.ensure_recurring(kinds.values(), now=now) == 1
    assert actions.ensure_recurring(kinds.values(), now=now) == 0
    run_queued(now=now, specs=kinds)
    assert actions.ensure_recurring(kinds.values(), now=now) == 1

    assert Job.objects.get(state=JobState.QUEUED).run_at == now + timedelta(hours=1)


def test_eta_is_measured_from_where_it_was_resumed(db, now):
    job = Job(state=JobState.RUNNING, done=60, total=100, resumed_done=50, resumed_at=now - timedelta(seconds=5))

    assert queries.eta(job, now) == timedelta(seconds=20)
    assert queries.eta(Job(state=JobState.QUEUED), now) is None


@pytest.mark.django_db(transaction=True)
def test_many_threads_run_every_job_exactly_once(kinds):
    ran: list[int] = []
    guard = threading.Lock()

    def run(context, n):
        with guard:
            ran.append(n)

    declare(kinds, "t.many", run)
    now = utcnow()
    with transaction.atomic():
        for n in range(40):
            actions.enqueue("t.many", now=now, n=n)
    crew = worker.Worker("here", lanes={"work": 4}, specs=lambda: kinds)

    crew.start()
    wait_until(lambda: Job.objects.filter(state=JobState.DONE).count() == 40)

    assert crew.stop(10)
    assert sorted(ran) == list(range(40))


@pytest.mark.django_db(transaction=True)
def test_long_work_does_not_hold_up_quick_work_and_leaves_when_the_worker_stops(kinds):
    started = threading.Event()

    def long(context):
        started.set()
        for n in range(10_000):
            context.progress(n, 10_000)
            time.sleep(0.01)

    declare(kinds, "t.long", long)
    declare(kinds, "t.quick", lambda context: None, lane="quick")
    slow = actions.enqueue("t.long", now=utcnow())
    crew = worker.Worker("here", lanes={"work": 1, "quick": 1}, specs=lambda: kinds)
    crew.start()
    assert started.wait(10)

    quick = actions.enqueue("t.quick", now=utcnow())
    wait_until(lambda: queries.status_of(quick.pk).state == JobState.DONE)
    wait_until(lambda: queries.status_of(slow.pk).done > 0)
    assert crew.stop(10)

    slow.refresh_from_db()
    assert (slow.state, slow.attempts, slow.worker) == (JobState.QUEUED, 0, "")
    assert slow.done > 0


@pytest.mark.django_db(transaction=True)
def test_a_running_job_hears_that_it_is_cancelled(kinds):
    def run(context):
        while not context.is_cancelled():
            time.sleep(0.01)

    declare(kinds, "t.endless", run)
    job = actions.enqueue("t.endless", now=utcnow())
    crew = worker.Worker("here", lanes={"work": 1}, specs=lambda: kinds)
    crew.start()
    wait_until(lambda: queries.status_of(job.pk).state == JobState.RUNNING)

    actions.request_cancel(job.pk, by=None, now=utcnow())
    wait_until(lambda: queries.status_of(job.pk).state == JobState.CANCELLED)

    assert crew.stop(10)


_DOOMED = """
import sys, time, django
django.setup()
from django.db import connection
connection.settings_dict.update({settings!r})
from shuke.platform.jobs import worker
from shuke.platform.manifest import JobSpec
def run(context):
    context.progress(1, 2)
    print("running", flush=True)
    time.sleep(60)
worker.Worker("here", lanes={{"work": 1}}, specs=lambda: {{"t.doomed": JobSpec("t.doomed", run)}}).start()
time.sleep(60)
"""


@pytest.mark.crash
@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_killed_process_runs_again_as_soon_as_the_next_one_starts(kinds):
    ran = threading.Event()
    declare(kinds, "t.doomed", lambda context: ran.set())
    job = actions.enqueue("t.doomed", now=utcnow())
    target = {key: connection.settings_dict[key] for key in ("NAME", "HOST", "PORT", "USER", "PASSWORD")}
    process = subprocess.Popen(
        [sys.executable, "-c", _DOOMED.format(settings=target)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "shuke.config.testing"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert queries.status_of(job.pk).state == JobState.RUNNING

    crew = worker.Worker("here", lanes={"work": 1}, specs=lambda: kinds)
    crew.start()

    assert ran.wait(10)
    wait_until(lambda: queries.status_of(job.pk).state == JobState.DONE)
    assert crew.stop(10)


def test_context_leaves_when_told_to(now):
    from shuke.platform.jobs.errors import LeaseLost, WorkerStops

    stopped, lost = JobContext(Job()), JobContext(Job())
    stopped.ask_to_leave()
    lost.lose()

    with pytest.raises(WorkerStops):
        stopped.progress(1, 2)
    with pytest.raises(LeaseLost):
        lost.is_cancelled()


def wait_until(is_so, seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
