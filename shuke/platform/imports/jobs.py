"""Background work of imports."""

from datetime import timedelta

from shuke.platform.imports import actions
from shuke.platform.jobs.context import JobContext


def check(context: JobContext, *, import_id: int, **_more: object) -> None:
    """Do an import's dry run."""
    actions.run_check(import_id, context, now=context.now(), clock=context.now)


def run(context: JobContext, *, import_id: int, **_more: object) -> None:
    """Run an import, from its checkpoint on."""
    actions.run_import(import_id, context, now=context.now(), clock=context.now)


def undo(context: JobContext, *, import_id: int, **_more: object) -> None:
    """Take an import back."""
    actions.run_undo(import_id, context, now=context.now())


def forget_uploads(context: JobContext, **_more: object) -> None:
    """Remove uploads that nobody started within a week: they hold personal data in clear."""
    actions.forget_uploads(before=context.now() - timedelta(days=7))
