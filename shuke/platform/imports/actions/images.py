"""Keeping what records were before an import touched them, for its undo."""

from collections.abc import Collection, Iterable
from typing import Any

from shuke.platform.db.bulk import insert_rows, update_rows
from shuke.platform.imports.models import BeforeImage, Import
from shuke.platform.imports.queries import closed


def keep(made: Import, kind: str, changed: Iterable[tuple[int, str, Any, bytes]]) -> None:
    """Store what an import replaced and what it created: id, number, state before (None: new), and hash after it.

    The first image of a record counts; touched again by the same import, only the hash after it is another.
    """
    items = {record_id: (number, before, after) for record_id, number, before, after in changed}
    kept = list(BeforeImage.objects.filter(file_import=made, record_kind=kind, record_id__in=list(items)))
    for image in kept:
        _number, _before, image.after_hash = items.pop(image.record_id)
    if kept:
        BeforeImage.objects.bulk_update(kept, ["after_hash"], batch_size=100)
    insert_rows(
        BeforeImage,
        ("file_import_id", "record_kind", "record_id", "number", "before", "after_hash"),
        [
            (made.pk, kind, record_id, number, closed(before), after)
            for record_id, (number, before, after) in items.items()
        ],
    )


def forget(record_kind: str, record_ids: Collection[int]) -> int:
    """Forget what any import kept of some records, which can then no longer become what they were."""
    return BeforeImage.objects.filter(record_kind=record_kind, record_id__in=record_ids).delete()[0]


def rewrite(changed: Iterable[tuple[BeforeImage, Any]]) -> int:
    """Let images say something else, such as less of a person who was erased; return how many."""
    return update_rows(BeforeImage, ("before",), [(closed(before), image.pk) for image, before in changed])
