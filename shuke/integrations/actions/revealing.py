"""Looking at what a platform sent, in clear."""

from datetime import datetime

from django.db import transaction

from shuke.integrations.actions.receiving import opened
from shuke.integrations.models import Delivery
from shuke.platform.audit import actions as audit
from shuke.platform.staff.actor import Actor


@transaction.atomic
def reveal(delivery: Delivery, *, by: Actor, now: datetime) -> str:
    """Return the body of a delivery in clear; who looked is audited. "" if it was emptied. Raises ``Unreadable``."""
    target = f"integrations.Delivery:{delivery.pk}"
    audit.record(by, "integrations.delivery_shown", target=target, summary={"topic": delivery.topic}, now=now)
    return opened(delivery).decode("utf-8", "replace") if delivery.sealed else ""
