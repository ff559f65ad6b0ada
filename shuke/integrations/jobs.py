"""Work behind connections."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shuke.integrations import actions, queries
from shuke.integrations.actions.opening import client_of, reader_of
from shuke.integrations.actions.syncing import Pages
from shuke.integrations.errors import ShopUnavailable
from shuke.integrations.models import Connection
from shuke.platform.http.outgoing import ForbiddenAddress
from shuke.platform.jobs.context import JobContext


def apply(context: JobContext, **_more: object) -> None:
    """Apply what waits, until nothing does."""
    while not context.is_cancelled() and actions.apply_waiting(reader_of, now=context.now()):
        pass


def sync(context: JobContext, *, sync_id: int, **_more: object) -> None:
    """Fetch a shop's records; on the last attempt that fails, say so and leave it."""
    try:
        actions.run(
            sync_id, _pages, now=context.now, progress=context.progress,
            is_cancelled=context.is_cancelled,
        )  # fmt: skip
    except (ShopUnavailable, ForbiddenAddress) as no:
        if isinstance(no, ForbiddenAddress) or context.job.attempts + 1 >= context.job.max_attempts:
            actions.give_up(sync_id, error=str(no), now=context.now())
        raise


def _pages(connection: Connection, since: datetime | None, cursor: Mapping[str, Any]) -> Pages:
    client = client_of(connection)
    return client.pages(since, cursor) if client else ()


def reconcile(context: JobContext, **_more: object) -> None:
    """Compare, once a day, what shops have with what arrived."""
    actions.begin_due(lambda connection: client_of(connection) is not None, now=context.now())


def fetch(context: JobContext, *, connection_id: int, numbers: list[str], **_more: object) -> None:
    """Fetch orders that a call only named."""
    connection = queries.by_id(connection_id)
    client = client_of(connection) if connection else None
    if connection and client:
        actions.fetch(connection, client.orders(numbers), now=context.now())
