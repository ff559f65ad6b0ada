"""Background work of the warehouse."""

from shuke.cdp.warehouse import actions
from shuke.platform.jobs.context import JobContext


def squash(context: JobContext, **_: object) -> None:
    """Fold what merges, splits and visitors who became known have changed into the events."""
    done = actions.squash()
    context.progress(done, done)


def tidy(context: JobContext, **_: object) -> None:
    """Put months that are over into order, one at a time, so that loading need not wait for all."""
    done = 0
    while not context.is_cancelled() and actions.tidy(now=context.now(), limit=1):
        done += 1
        context.progress(done, done)


def rebuild(context: JobContext, **_: object) -> None:
    """Make the warehouse anew while the old one answers. Starts over after a crash: nothing was swapped in."""
    actions.rebuild(now=context.now(), progress=context.progress)
