"""Background work of attributes."""

from typing import Any

from shuke.cdp.attributes import actions, errors, queries
from shuke.cdp.events.actions import Provenance
from shuke.platform.jobs.context import JobContext


def reread(context: JobContext, *, attribute_id: int, **_: Any) -> None:
    """Read all values of an attribute anew, customer by customer; doing it twice changes nothing more."""
    try:
        attribute = queries.find(attribute_id)
    except errors.AttributeNotFound:
        return
    after: int | None = 0
    total, done = queries.customers_with(attribute), 0
    while after is not None and not context.is_cancelled():
        by = Provenance(source="attributes", actor="system:attributes", now=context.now(), historical=True)
        after = actions.reread(attribute_id, after=after, by=by)
        done = min(done + actions.CHUNK, total)
        context.progress(done, total, attribute.code)
