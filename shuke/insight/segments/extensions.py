"""What segments offer to the warehouse: present members, so that a rebuild need not compute them again."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from shuke.insight.segments.actions.membership import rows_of
from shuke.insight.segments.models import Segment

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
