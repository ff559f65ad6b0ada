"""Campaigns for other domains' tests, made through the front doors."""

from datetime import datetime
from typing import Any

from shuke.journeys.campaigns.actions import planning
from shuke.journeys.campaigns.actions.planning import Plan
from shuke.journeys.campaigns.models import Campaign
from shuke.platform.staff.actor import Actor


def planned(*, segment: str, templates: list[str], now: datetime, **said: Any) -> Campaign:
    """Return a draft to a segment."""
    plan = Plan(**{"name": "Campaign", "include": [segment], "templates": templates, **said})
    return planning.plan(plan, by=Actor.system("test"), now=now)
