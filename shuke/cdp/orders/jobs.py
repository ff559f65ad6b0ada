"""Background work of orders."""

from datetime import timedelta

from shuke.cdp.orders import actions
from shuke.platform.jobs.context import JobContext


def check_import(context: JobContext, *, import_id: int, **_more: object) -> None:
    """Do an import's dry run."""
    actions.run_check(import_id, context, now=context.now(), clock=context.now)


def apply_import(context: JobContext, *, import_id: int, **_more: object) -> None:
    """Run an import, from its checkpoint on."""
    actions.run_import(import_id, context, now=context.now(), clock=context.now)


def undo_import(context: JobContext, *, import_id: int, **_more: object) -> None:
    """Take an import back."""
    actions.run_undo(import_id, context, now=context.now())


def find_abandoned(context: JobContext, **_more: object) -> None:
    """Find the carts that were left behind."""
    while actions.find_abandoned(now=context.now()):
        if context.is_cancelled():
            return


def rate_amounts(context: JobContext, *, currency: str, **_more: object) -> None:
    """Value the amounts in a currency anew."""
    actions.rate_amounts(currency, context, now=context.now())


def forget_uploads(context: JobContext, **_more: object) -> None:
    """Remove uploads that nobody started within a week: they hold personal data in clear."""
    actions.forget_uploads(before=context.now() - timedelta(days=7))
