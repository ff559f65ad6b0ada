"""What campaigns do in the background."""

from typing import Any

from shuke.journeys.campaigns import queries
from shuke.journeys.campaigns.actions import sending, settling
from shuke.journeys.campaigns.models import Campaign
from shuke.platform.jobs.context import JobContext


def go_on(context: JobContext, **_: Any) -> None:
    """Let every campaign do what its time has come for."""
    for campaign_id in queries.under_way():
        if context.is_cancelled():
            return
        sending.go_on(campaign_id, now=context.now(), progress=context.progress)


def settle(context: JobContext, **_: Any) -> None:
    """Look what members of campaigns bought, until their days of measuring are over."""
    for campaign_id in Campaign.objects.filter(began_at__isnull=False, is_settled=False).values_list("pk", flat=True):
        if context.is_cancelled():
            return
        settling.settle(campaign_id, now=context.now())
