"""Background work of the warehouse."""

from shuke.cdp.warehouse import actions
from shuke.platform.jobs.context import JobContext


def squash(context: JobContext, **_: object) -> None:
    """Fold what merges, splits and visitors who became known have changed into the events."""
    done = actions.squash()
    context.progress(done, done)


def rebuild(context: JobContext, **_: object) -> None:
    """Make the warehouse anew while the old one answers. Starts over after a crash: nothing was swapped in."""
    actions.rebuild(now=context.now(), progress=context.progress)
