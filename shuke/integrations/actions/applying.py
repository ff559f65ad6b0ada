"""Turning deliveries into orders, customers and products.

Deliveries of one shop are applied some at once, each batch with its marks in one transaction. A batch that fails is tried
again one by one, so that a poisonous delivery is put aside alone. Nothing here depends on their order: what a record's
version says wins, and what is said twice changes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection as database
from django.db import transaction
from django.db.models import QuerySet

from shuke.integrations.actions import receiving
from shuke.integrations.actions.writing import Written, marks, write
from shuke.integrations.errors import Unusable
from shuke.integrations.models import Connection, ConnectionState, Delivery, DeliveryState
from shuke.integrations.rules import wording
from shuke.integrations.rules.records import Records
from shuke.kernel.errors import Kind, ShukeError
from shuke.platform.audit import actions as audit
from shuke.platform.crypto.sealing import Unreadable
from shuke.platform.db.bulk import update_rows
from shuke.platform.db.failpoint import failpoint
from shuke.platform.jobs import actions as jobs
from shuke.platform.staff.actor import Actor

_AT_ONCE = 50
_MOST_ATTEMPTS = 6
_FIRST_PAUSE = timedelta(seconds=20)
_MARKS = ("state", "attempts", "run_at", "reason", "detail", "made", "order_id", "subjects", "applied_at")

Read = Callable[[str, object], Records]
# Returns what reads the calls of a connection: (topic, what was said) become records.
ReaderOf = Callable[[Connection], Read]


@dataclass(frozen=True, slots=True)
class _Readable:
    delivery: Delivery
    records: Records


def apply_waiting(reader_of: ReaderOf, *, now: datetime) -> int:
    """Apply the deliveries that wait, a batch of one connection; return how many were looked at (0: none is left).

    ``reader_of`` knows the platforms; what its readers raise as ``Unusable`` puts a delivery aside with its reason.
    """
    waiting = Delivery.objects.filter(state=DeliveryState.STORED, run_at__lte=now).order_by("run_at", "pk")
    first = waiting.first()
    if first is None:
        return 0
    batch = list(waiting.filter(connection=first.connection_id).select_related("connection__shop")[:_AT_ONCE])
    read = reader_of(batch[0].connection)
    readable = [one for delivery in batch if (one := _read(delivery, read, now))]
    unreadable = [delivery for delivery in batch if delivery.state == DeliveryState.FAILED]
    with transaction.atomic():
        _mark(unreadable)
    if readable:
        _apply(batch[0].connection, readable, now)
    return len(batch)


def _read(delivery: Delivery, read: Read, now: datetime) -> _Readable | None:
    """Return what a delivery amounts to; None, with the reason noted on it, if that cannot be said."""
    reason, detail = wording.CRASHED, ""
    try:
        said = receiving.parsed(receiving.opened(delivery))
        records = read(delivery.topic, said)
    except Unreadable:
        reason = wording.UNREADABLE
    except Unusable as no:
        reason, detail = str(no.facts.get("reason", wording.REFUSED)), str(no)
    except (ValueError, RecursionError):
        reason = wording.NO_JSON
    except Exception as error:  # noqa: BLE001  no content of a shop's may stop its neighbours
        detail = type(error).__name__
    else:
        records.date(delivery.triggered_at or delivery.received_at)
        delivery.subjects = marks(records.keys())
        return _Readable(delivery, records)
    _close(delivery, DeliveryState.FAILED, now, reason, detail)
    return None


def _apply(to: Connection, readable: Sequence[_Readable], now: datetime) -> None:
    """Write what deliveries amount to, with their marks, or nothing; those that fail together are tried one by one."""
    try:
        with transaction.atomic():
            mine = _claimed(readable)
            if not mine:
                return
            done = write(to, Records.together(one.records for one in mine), now=now)
            failpoint("webhook.after_apply_before_mark")
            for one in mine:
                _settle(one, done, now)
            _mark([one.delivery for one in mine])
            _note_life(to, done, now)
    except Exception as error:  # noqa: BLE001  whatever it is, it is that delivery's alone
        if len(readable) > 1:
            for one in readable:
                _apply(to, [one], now)
        else:
            _fail(readable[0].delivery, error, now)


def _claimed(readable: Sequence[_Readable]) -> list[_Readable]:
    """Return those that still wait, locked against other workers."""
    still: QuerySet[Delivery] = Delivery.objects.filter(
        pk__in=[one.delivery.pk for one in readable], state=DeliveryState.STORED
    )
    if database.vendor == "postgresql":
        still = still.select_for_update(skip_locked=True)
    ids = set(still.values_list("pk", flat=True))
    return [one for one in readable if one.delivery.pk in ids]


def _settle(one: _Readable, done: Written, now: datetime) -> None:
    delivery, records = one.delivery, one.records
    if records.called_off and all(gone.key in done.unknown for gone in records.called_off):
        # Its order may be on its way still; whoever waited long enough has nothing to call off.
        delivery.attempts += 1
        if delivery.attempts < _MOST_ATTEMPTS:
            _postpone(delivery, now, wording.NO_ORDER)
        else:
            _close(delivery, DeliveryState.IGNORED, now, wording.NO_ORDER)
        return
    delivery.made = records.counts()
    numbers = [order.number for order in records.orders]
    delivery.order_id = done.orders.get(numbers[0]) if numbers else None
    _close(delivery, DeliveryState.APPLIED if records else DeliveryState.IGNORED, now)


def _note_life(to: Connection, done: Written, now: datetime) -> None:
    """Note that what the shop sends is of use; a connection in trouble for another reason stays so."""
    if done.counts:
        alive = Connection.objects.filter(pk=to.pk)
        alive.update(last_applied_at=now)
        alive.filter(state=ConnectionState.WAITING).update(state=ConnectionState.ACTIVE)


def _fail(delivery: Delivery, error: Exception, now: datetime) -> None:
    """Put aside what cannot work; try again later what may be a passing trouble."""
    is_final = isinstance(error, ShukeError) and error.kind is not Kind.UNAVAILABLE
    detail = str(error) if isinstance(error, ShukeError) else type(error).__name__
    delivery.attempts += 1
    if is_final or delivery.attempts >= _MOST_ATTEMPTS:
        _close(delivery, DeliveryState.FAILED, now, wording.REFUSED if is_final else wording.CRASHED, detail)
    else:
        _postpone(delivery, now, wording.CRASHED, detail)
    with transaction.atomic():
        _mark([delivery])


def _close(delivery: Delivery, state: DeliveryState, now: datetime, reason: str = "", detail: str = "") -> None:
    delivery.state, delivery.reason, delivery.detail = state, reason, detail[:300]
    delivery.applied_at = None if state == DeliveryState.FAILED else now


def _postpone(delivery: Delivery, now: datetime, reason: str, detail: str = "") -> None:
    delivery.run_at = now + _FIRST_PAUSE * 3 ** (delivery.attempts - 1)
    delivery.state, delivery.reason, delivery.detail = DeliveryState.STORED, reason, detail[:300]


def _mark(deliveries: Sequence[Delivery]) -> None:
    update_rows(Delivery, _MARKS, [(*(getattr(one, name) for name in _MARKS), one.pk) for one in deliveries])


@transaction.atomic
def replay(to: Connection, *, delivery_id: int | None = None, by: Actor, now: datetime) -> int:
    """Have one delivery applied again, or all that failed; return how many. Audited."""
    found = Delivery.objects.filter(connection=to).exclude(state=DeliveryState.STORED)
    chosen = found.filter(state=DeliveryState.FAILED) if delivery_id is None else found.filter(pk=delivery_id)
    count = chosen.update(state=DeliveryState.STORED, run_at=now, attempts=0, reason="", detail="", applied_at=None)
    if count:
        target = f"integrations.Connection:{to.pk}"
        audit.record(by, "integrations.replayed", target=target, summary={"deliveries": count}, now=now)
        jobs.enqueue(receiving.APPLY_JOB, now=now, dedupe_key=receiving.APPLY_JOB, repeat_if_running=True)
    return count
