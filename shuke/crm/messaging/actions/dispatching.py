"""Sending what is due."""

from datetime import datetime

from django.db import transaction

from shuke.crm.messaging.actions.requesting import suppress
from shuke.crm.messaging.models import PENDING, Message
from shuke.crm.messaging.queries import standing
from shuke.crm.messaging.rules.gate import Verdict

_AT_ONCE = 400


@transaction.atomic
def expire(*, now: datetime) -> int:
    """Take out messages that waited for longer than they mean anything; return how many."""
    late = Message.objects.select_for_update().filter(state__in=PENDING, expires_at__lte=now).order_by("pk")
    held = list(late[:_AT_ONCE])
    verdict = Verdict("deny", ("expired",))
    suppress(held, {one.pk: (verdict, {}) for one in held}, standing.policy().number, now=now)
    return len(held)
