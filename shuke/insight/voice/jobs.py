"""Background work of the voice of the customer."""

from datetime import timedelta

from django.utils.translation import gettext_noop

from shuke.insight.voice import actions, queries
from shuke.insight.voice.models import Text
from shuke.platform.jobs.context import JobContext

LEARN_EVERY = timedelta(days=7)
NOTES = {
    "reading": gettext_noop("Reading texts and labels"),
    "learning": gettext_noop("Learning, and measuring it on texts held out"),
    "topics": gettext_noop("Finding what texts are about"),
    "judging": gettext_noop("Judging every text"),
}


def train(context: JobContext, **_: object) -> None:
    """Learn anew and judge every text. Starts over after a crash: nothing half made is shown."""
    actions.train(
        now=context.now(), is_cancelled=context.is_cancelled,
        progress=lambda done, total, note: context.progress(done, total, NOTES.get(note, "")),
    )  # fmt: skip


def judge(context: JobContext, *, everything: bool = False, **_: object) -> None:
    """Judge the texts that came since, or all of them; where nothing was ever learned, learn."""
    if queries.last_run() is None and Text.objects.exists():
        train(context)
    else:
        actions.judge_waiting(now=context.now(), everything=everything, is_cancelled=context.is_cancelled)


def refresh(context: JobContext, **_: object) -> None:
    """Learn anew when what was learned is a week old and there are texts; otherwise judge what waits."""
    last = queries.last_run()
    if last is not None and context.now() - last.began_at >= LEARN_EVERY and Text.objects.exists():
        train(context)
    else:
        judge(context)
