"""Segments for tests."""

from datetime import UTC, datetime
from typing import Any

from shuke.insight.segments.actions import compute, define
from shuke.insight.segments.models import Segment
from shuke.platform.staff.actor import Actor

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
BY = Actor.system("test")
BUYERS: dict[str, Any] = {"all": [{"orders": "count", "op": "at_least", "value": 1}]}


def segment(
    rule: dict[str, Any] | None = None, *, name: str = "Buyers", now: datetime = NOW, is_computed: bool = False
) -> Segment:
    """Make a segment through the front door; computed only on demand."""
    made = define.create(name=name, rule=rule or BUYERS, by=BY, now=now)
    if is_computed:
        compute.recompute(made, by=BY, now=now)
    return made


def a_list(*customer_ids: int, name: str = "Hand-picked", now: datetime = NOW) -> Segment:
    """Make a list through the front door."""
    return define.create_list(name=name, customer_ids=customer_ids, by=BY, now=now)
