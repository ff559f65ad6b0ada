"""Keeping what brought each visitor: the first touch and the last, by the identity they came under."""

from collections.abc import Mapping, Sequence
from functools import reduce

from shuke.cdp.ingest.actions.items import Item
from shuke.cdp.ingest.models import Acquisition
from shuke.cdp.ingest.queries.acquisition import first_of, last_of
from shuke.cdp.ingest.rules.touches import Touch, earliest, latest, touch
from shuke.platform.db.bulk import insert_rows, update_rows


def note(items: Sequence[Item]) -> None:
    """Take the touches of events about to be logged into account, in two statements for any number of them.

    Only browsers and apps have visits; what a server says happened without one.
    """
    touches: dict[int, list[Touch]] = {}
    for item in items:
        if item.identity_id and item.found.call.anonymous_id:
            context = item.found.properties.get("context")
            arrival = touch(context if isinstance(context, dict) else {}, at=item.found.occurred_at)
            touches.setdefault(item.identity_id, []).append(arrival)
    note_touches(touches)


def note_touches(touches: Mapping[int, Sequence[Touch]]) -> None:
    """Take touches into account, by identity; those of a history that came another way are told here as well."""
    if not touches:
        return
    stored = {row.identity_id: row for row in Acquisition.objects.filter(identity_id__in=list(touches))}
    new, changed = [], []
    for identity_id, found in touches.items():
        row = stored.get(identity_id)
        known = (first_of(row), last_of(row)) if row else (None, None)
        first, last = reduce(earliest, found, known[0]), reduce(latest, found, known[1])
        assert first is not None
        assert last is not None
        if row is None:
            new.append((identity_id, first.at, first.said(), last.at, last.said()))
        elif (first, last.said()) != (known[0], known[1].said() if known[1] else None):
            changed.append((first.at, first.said(), last.at, last.said(), row.pk))
    insert_rows(Acquisition, ("identity_id", *_COLUMNS), new)
    update_rows(Acquisition, _COLUMNS, changed)


_COLUMNS = ("first_at", "first", "last_at", "last")
