"""Background work of privacy."""

from shuke.cdp.privacy import actions
from shuke.platform.jobs.context import JobContext
from shuke.platform.staff.actor import Actor

_ITSELF = Actor.system("privacy")


def erase(context: JobContext, *, request_id: int, **_more: object) -> None:
    """Carry out an erasure, from wherever an earlier attempt stopped. It cannot be called off once it runs."""
    actions.run_erasure(request_id, by=_ITSELF, clock=context.now, progress=context.progress)


def export(context: JobContext, *, request_id: int, **_more: object) -> None:
    """Pack a person's archive."""
    actions.pack(request_id, by=_ITSELF, now=context.now())


def apply_retention(context: JobContext, **_more: object) -> None:
    """Let go of data whose time is over."""
    actions.apply_retention(by=_ITSELF, now=context.now(), progress=context.progress, is_cancelled=context.is_cancelled)


def tidy(context: JobContext, **_more: object) -> None:
    """Remove archives that have expired."""
    actions.tidy_archives(now=context.now())
