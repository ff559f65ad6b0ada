"""Keeping messages back: all of them, those of a channel, or those of one cause."""

from datetime import datetime

from django.db import transaction

from shuke.crm.messaging.actions.requesting import suppress
from shuke.crm.messaging.actions.waking import wake
from shuke.crm.messaging.models import PENDING, Message, Stop
from shuke.crm.messaging.queries import standing
from shuke.crm.messaging.rules.gate import Verdict
from shuke.platform.audit.actions import record
from shuke.platform.staff.actor import Actor

_AT_ONCE = 400


def stop(cause_kind: str, cause_id: int, *, by: Actor, now: datetime) -> int:
    """Take out everything of a cause that has not begun to leave; return how many messages that were."""
    taken = 0
    while some := _stop_some(cause_kind, cause_id, by, now):
        taken += some
    return taken


@transaction.atomic
def _stop_some(cause_kind: str, cause_id: int, by: Actor, now: datetime) -> int:
    waiting = Message.objects.select_for_update().filter(
        cause_kind=cause_kind, cause_id=cause_id, state__in=PENDING
    ).order_by("pk")  # fmt: skip
    held = list(waiting[:_AT_ONCE])
    verdict = Verdict("deny", ("stopped:by_cause",))
    kept = {"by": by.reference}
    suppress(held, {one.pk: (verdict, kept) for one in held}, standing.policy().number, now=now)
    return len(held)


@transaction.atomic
def pause(cause_kind: str, cause_id: int, *, by: Actor, now: datetime) -> int:
    """Keep back what of a cause has not begun to leave, and everything it asks for, until ``resume``."""
    scope = f"{cause_kind}:{cause_id}"
    Stop.objects.get_or_create(scope=scope, defaults={"since": now, "by": by.reference, "reason": "paused"})
    waiting = Message.objects.filter(cause_kind=cause_kind, cause_id=cause_id, state__in=PENDING, is_paused=False)
    return waiting.update(is_paused=True)


@transaction.atomic
def resume(cause_kind: str, cause_id: int, *, by: Actor, now: datetime) -> int:
    """Let what was paused go on; return how many messages that were."""
    del by
    Stop.objects.filter(scope=f"{cause_kind}:{cause_id}").delete()
    held = Message.objects.filter(cause_kind=cause_kind, cause_id=cause_id, is_paused=True)
    count = held.update(is_paused=False)
    wake(now=now)
    return count


@transaction.atomic
def stop_everything(*, channel: str = "", reason: str, by: Actor, now: datetime) -> bool:
    """Stop every message, or those of a channel, from this moment on; return whether that is new. Audits."""
    scope = f"channel:{channel}" if channel else "all"
    _row, is_new = Stop.objects.get_or_create(
        scope=scope, defaults={"reason": reason[:200], "since": now, "by": by.reference}
    )
    if is_new:
        record(by, "messaging.stopped", target=f"messaging.Stop:{scope}", summary={"scope": scope}, now=now)
    return is_new


@transaction.atomic
def go_on(*, channel: str = "", by: Actor, now: datetime) -> bool:
    """End a stop; what waited goes on, gated anew. Return whether there was one. Audits."""
    scope = f"channel:{channel}" if channel else "all"
    ended = Stop.objects.filter(scope=scope).delete()[0] > 0
    if ended:
        record(by, "messaging.resumed", target=f"messaging.Stop:{scope}", summary={"scope": scope}, now=now)
        wake(now=now)
    return ended
