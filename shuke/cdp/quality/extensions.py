"""What quality offers to the rest of the house: merging and personal data."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shuke.cdp.quality.actions import following, mending
from shuke.cdp.quality.models import FixedValue, Flag
from shuke.platform.manifest import Join


class QualityMerging:
    """Suggestions and verdicts follow when two customers turn out to be one person."""

    name = "quality"

    def preview(self, survivor_id: int, merged_id: int) -> dict[str, Any]:
        """Return nothing to move: what quality holds is worked out again."""
        del survivor_id, merged_id
        return {"moves": {}}

    def merge(self, joins: Sequence[Join], *, now: datetime) -> dict[int, dict[str, Any]]:
        """Take the merged customers out of the queue."""
        return following.merge([(join.survivor_id, join.merged_id) for join in joins], now=now)

    def split(
        self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: dict[str, Any], *, now: datetime
    ) -> dict[str, Any]:
        """Bring them back, told apart."""
        del identity_ids
        return following.split(survivor_id, merged_id, kept, now=now)


class QualityPersonalData:
    """What quality holds about people: keys and flaws made from their values, and values that fixes replaced."""

    name = "quality"
    fields = frozenset({
        "quality.MatchKey.key", "quality.Flag.hint", "quality.FixedValue.images", "quality.CrowdedKey.key",
        "quality.MatchModel.rates",
    })  # fmt: skip

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return what was found wrong and what was corrected; keys and rates say nothing a person could read."""
        flags = Flag.objects.filter(customer_id__in=customer_ids).order_by("pk")
        values = FixedValue.objects.filter(customer_id__in=customer_ids).select_related("fix").order_by("pk")
        return {
            "flaws": [{"flaw": str(flag.get_flaw_display()), "found_at": flag.found_at.isoformat()} for flag in flags],
            "corrections": [
                {
                    "field": row.field,
                    "before": mending.images_of(row)[0],
                    "after": mending.images_of(row)[1],
                    "at": row.fix.started_at.isoformat(),
                }
                for row in values
            ],
        }

    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:
        """Remove all of it."""
        del now
        return following.erase(customer_ids)
