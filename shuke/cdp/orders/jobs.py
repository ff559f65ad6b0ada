"""Background work of orders."""

from shuke.cdp.orders import actions
from shuke.platform.jobs.context import JobContext


def find_abandoned(context: JobContext, **_more: object) -> None:
    """Find the carts that were left behind."""
    while actions.find_abandoned(now=context.now()):
        if context.is_cancelled():
            return


def rate_amounts(context: JobContext, *, currency: str, **_more: object) -> None:
    """Value the amounts in a currency anew."""
    actions.rate_amounts(currency, context, now=context.now())
