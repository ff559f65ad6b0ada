"""Reactions of orders: carts fill as visitors fill them, and close when their buyers buy."""

from typing import Any

from django.db import transaction

from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders import actions
from shuke.kernel.clock import utcnow


def fill_carts(events: list[Any]) -> None:
    """Read what visitors did with their carts."""
    with transaction.atomic():
        actions.fill_carts(events, now=utcnow())


def close_carts(events: list[Any]) -> None:
    """Close the carts of those who bought."""
    with transaction.atomic():
        actions.follow_orders(events, by=Provenance("shuke", "system:checkouts", utcnow()))


def move_carts(events: list[Any]) -> None:
    """Let carts follow their visitors."""
    moved = {identity for event in events for identity in event.properties["identity_ids"]}
    with transaction.atomic():
        actions.follow_identities(moved)
