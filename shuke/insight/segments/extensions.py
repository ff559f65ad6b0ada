"""What segments offer to the rest of the house: members in the warehouse, and lists that follow merges."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from shuke.insight.segments.actions import following
from shuke.insight.segments.actions.membership import rows_of
from shuke.insight.segments.models import Segment
from shuke.platform.manifest import Join

Row = tuple[int, int, datetime]


class MembersDataset:
    """The table ``segment_members``. The log never touches it: computing and changing lists do."""

    name = "segment_members"
    key = "segment_id"
    columns: Mapping[str, str] = {"segment_id": "int64", "customer_id": "int64", "entered_at": "timestamp"}

    def touched_by(self, events: list[Any]) -> set[int]:  # noqa: ARG002  the protocol's
        """Return nothing: members are computed, not read."""
        return set()

    def rows(self, keys: list[int]) -> list[Row]:
        """Return the present members of some segments."""
        return list(rows_of(keys))

    def batches(self, size: int) -> Iterator[list[Row]]:
        """Yield every present membership."""
        batch: list[Row] = []
        for row in rows_of(list(Segment.objects.order_by("pk").values_list("pk", flat=True))):
            batch.append(row)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch


class ListsMerging:
    """Lists follow when customers turn out to be one person; segments by rule are computed again."""

    name = "segments.lists"

    def preview(self, survivor_id: int, merged_id: int) -> dict[str, Any]:
        """Count the lists that the survivor comes on."""
        return following.preview(survivor_id, merged_id)

    def merge(self, joins: Sequence[Join], *, now: datetime) -> dict[int, dict[str, Any]]:
        """Put the survivors on the lists of the merged customers."""
        return following.merge(joins, now=now)

    def split(
        self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: dict[str, Any], *, now: datetime
    ) -> dict[str, Any]:
        """Put each on the lists they were on."""
        del identity_ids
        return following.split(survivor_id, merged_id, kept, now=now)
