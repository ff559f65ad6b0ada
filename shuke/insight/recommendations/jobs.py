"""Background work of recommendations."""

from django.utils.translation import gettext_noop

from shuke.cdp.warehouse import actions as warehouse
from shuke.insight.recommendations import queries
from shuke.insight.recommendations.actions import learning
from shuke.platform.jobs.children import Watch
from shuke.platform.jobs.context import JobContext

NOTES = {
    "facts": gettext_noop("Gathering facts from the warehouse"),
    "learning": gettext_noop("Learning and judging"),
    "writing": gettext_noop("Writing lists"),
}


def train(context: JobContext, *, only_first: bool = False, **_: object) -> None:
    """Learn everything anew. Starts over after a crash: every list is either the old one or the new one."""
    if only_first and queries.has_learned():
        return
    warehouse.catch_up(now=context.now())
    learning.train(now=context.now(), watch=_watch(context))


def _watch(context: JobContext) -> Watch:
    return Watch(lambda done, total, note: context.progress(done, total, NOTES.get(note, "")), context.is_cancelled)
