"""Background work of predictions."""

from datetime import timedelta

from django.utils.translation import gettext_noop

from shuke.cdp.warehouse import actions as warehouse
from shuke.insight.predictions import queries
from shuke.insight.predictions.actions import running
from shuke.platform.jobs.children import Watch
from shuke.platform.jobs.context import JobContext

LEARN_EVERY = timedelta(days=7)
NOTES = {
    "facts": gettext_noop("Gathering facts from the warehouse"),
    "learning": gettext_noop("Learning and judging"),
    "writing": gettext_noop("Writing scores"),
}


def train(context: JobContext, *, only_first: bool = False, **_: object) -> None:
    """Learn every prediction anew and score everybody. Starts over after a crash: nothing half made is shown."""
    if only_first and queries.has_learned():
        return
    warehouse.catch_up(now=context.now())
    running.train(now=context.now(), watch=_watch(context))


def refresh(context: JobContext, **_: object) -> None:
    """Score everybody by what was learned last; learn anew when that is a week old, or when nothing could be learned."""
    now = context.now()
    warehouse.catch_up(now=now)
    last = queries.last_learned()
    is_due = last is None or not last.models_file or now - last.began_at >= LEARN_EVERY
    (running.train if is_due else running.score)(now=now, watch=_watch(context))


def _watch(context: JobContext) -> Watch:
    return Watch(lambda done, total, note: context.progress(done, total, NOTES.get(note, "")), context.is_cancelled)
