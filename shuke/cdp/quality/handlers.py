"""Reactions of quality: customers who come or change are read again."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from shuke.cdp.quality import actions
from shuke.kernel.clock import utcnow
from shuke.platform.jobs import actions as jobs

# Customers arrive in bursts; one run serves all of a burst.
_PATIENCE = timedelta(seconds=3)


def note(events: list[Any]) -> None:
    """Note whom these events are about, and ask for a run."""
    ids = {event.customer_id for event in events if event.customer_id is not None}
    for event in events:
        ids.update(pk for name in ("survivor_id", "merged_id") if (pk := event.properties.get(name)))
        ids.update(event.properties.get("customer_ids", ()))
    if not ids:
        return
    now = utcnow()
    with transaction.atomic():
        actions.note_changed(ids, now=now)
        jobs.enqueue(
            "quality.catch_up", now=now, run_at=now + _PATIENCE, dedupe_key="quality.catch_up", repeat_if_running=True
        )
