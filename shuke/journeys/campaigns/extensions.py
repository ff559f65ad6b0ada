"""What campaigns offer to others: what is shown to a person of themselves, and forgetting."""

from datetime import datetime
from typing import Any

from shuke.journeys.campaigns.models import HELD, Member


class CampaignsPersonalData:
    """In which campaigns somebody was. Erasing leaves the arm and the amounts, for counting."""

    name = "campaigns"
    fields: frozenset[str] = frozenset()

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return the campaigns that somebody was in, and what stood in the way."""
        rows = Member.objects.filter(customer_id__in=customer_ids).select_related("campaign").order_by("pk")
        return {
            "campaigns": [
                {
                    "campaign": one.campaign.name, "comparison_group": one.arm == HELD, "asked_at": one.requested_at,
                    "refused_because": one.reason,
                }
                for one in rows
            ]
        }  # fmt: skip

    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:  # noqa: ARG002  the port's
        """Unlink the person from the campaigns they were in."""
        return {"campaign_members": Member.objects.filter(customer_id__in=customer_ids).update(customer=None)}
