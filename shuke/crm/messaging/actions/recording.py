"""Writing down that messages are leaving and what became of them, several at a time in one commit."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from shuke.cdp.customers.actions import suppressing
from shuke.cdp.customers.actions.suppressing import Blocked
from shuke.cdp.customers.queries import reaching
from shuke.crm.channels.errors import Withheld
from shuke.crm.messaging.actions.claiming import LEASE
from shuke.crm.messaging.actions.telling import common, provenance, tell
from shuke.crm.messaging.models import Message, State, Stop
from shuke.crm.messaging.rules.policy import ASKED
from shuke.crm.messaging.rules.retrying import FIRST_PAUSE, After, after
from shuke.platform.db.bulk import update_rows
from shuke.platform.db.failpoint import failpoint
from shuke.vocabulary import messaging as vocabulary

# State, code, detail, the provider's id, seconds to wait, and whether it is because of the address.
Said = tuple[str, str, str, str, int | None, bool]
_DONE = ("state", "reason", "detail", "due_at", "provider_id", "worker", "lease_until", "waits_for")


class Departures:
    """Commits that messages are leaving, right before their first byte: those of all threads that wait, together.

    A message that was suppressed, stopped or taken over since it was claimed is withheld: that is asked in the same
    transaction, so nothing leaves later than one commit after an unsubscription.
    """

    def __init__(self, worker: str, clock: Callable[[], datetime]) -> None:
        self._worker, self._clock = worker, clock
        self._guard, self._turn = threading.Lock(), threading.Lock()
        self._waiting: dict[str, threading.Event] = {}
        self._failed: dict[str, BaseException | None] = {}
        self._gone: set[str] = set()

    def report(self, key: str) -> None:
        """Return once it is committed that the message with this key leaves. Raises ``Withheld`` if it must not."""
        arrived = threading.Event()
        with self._guard:
            self._waiting[key] = arrived
        with self._turn:
            if not arrived.is_set():
                self._commit_waiting()
        with self._guard:
            error = self._failed.pop(key, None)
            is_leaving = key in self._gone
            self._gone.discard(key)
        if error is not None:
            raise error
        if not is_leaving:
            raise Withheld("it may not leave any more")
        failpoint("messaging.leaving")

    def _commit_waiting(self) -> None:
        with self._guard:
            some, self._waiting = self._waiting, {}
        try:
            gone = depart(list(some), worker=self._worker, now=self._clock())
            failed: dict[str, BaseException | None] = {}
        except Exception as error:  # noqa: BLE001  each of those who wait has to hear of it
            gone, failed = set(), dict.fromkeys(some, error)
        with self._guard:
            self._gone |= gone
            self._failed |= failed
        for arrived in some.values():
            arrived.set()


@transaction.atomic
def depart(keys: Sequence[str], *, worker: str, now: datetime) -> set[str]:
    """Mark messages as being handed over and return those that may be; the rest stays as it is."""
    stops = frozenset(Stop.objects.values_list("scope", flat=True))
    if "all" in stops:
        return set()
    stopped = [scope.removeprefix("channel:") for scope in stops if scope.startswith("channel:")]
    mine = Message.objects.filter(uuid__in=keys, state=State.CLAIMED, worker=worker, is_paused=False)
    mine = mine.exclude(channel__in=stopped).filter(decision__expires_at__gt=now)
    rows = list(mine.values_list("pk", "uuid", "channel", "purpose", "topic", "address_index"))
    blocked = reaching.suppressed(
        [(row[2], bytes(row[5]), row[3], row[4]) for row in rows if row[5] is not None], now=now
    )
    going = {
        pk: uuid.hex
        for pk, uuid, channel, purpose, topic, index in rows
        if index is None or (channel, bytes(index), purpose, topic) not in blocked
    }
    Message.objects.filter(pk__in=list(going)).update(state=State.SENDING, sent_at=now, lease_until=now + LEASE)
    return set(going.values())


@transaction.atomic
def record(handed: Mapping[str, Said], *, worker: str, now: datetime) -> list[Message]:
    """Write down what carriers said of messages of ours, by key.

    Publishes ``message.sent`` and ``message.failed``; an address that a carrier calls dead is suppressed. Returns the messages.
    """
    held = Message.objects.select_for_update().filter(
        uuid__in=list(handed), worker=worker, state__in=(State.CLAIMED, State.SENDING)
    )  # fmt: skip
    changed, rows, dead = [], [], []
    for one in held.order_by("pk"):
        state, code, detail, provider_id, retry_after, is_address = handed[one.uuid.hex]
        became = after(
            state, code=code, purpose=one.purpose, attempts=one.attempts, first_try_at=one.first_try_at,
            retry_after=retry_after, now=now,
        )  # fmt: skip
        one.state, one.reason, one.provider_id = State(became.state), became.code[:64], provider_id[:120]
        rows.append(_row(one, became, detail))
        changed.append(one)
        if is_address and state == "failed" and one.address_index is not None:
            dead.append(Blocked(one.channel, bytes(one.address_index), "all", "hard_bounce"))
    update_rows(Message, _DONE, rows)
    suppressing.write(dead, by=provenance(now))
    _tell(changed, now)
    return changed


def _row(one: Message, became: After, detail: str) -> tuple[object, ...]:
    reason = "" if one.state == State.ACCEPTED else one.reason
    waits_for = "carrier" if one.state in (State.DEFERRED, State.APPROVED) else ""
    due_at = became.due_at or one.due_at
    return (one.state, reason, detail[:200], due_at, one.provider_id, "", None, waits_for, one.pk)


def _tell(changed: Sequence[Message], now: datetime) -> None:
    sent = [one for one in changed if one.state == State.ACCEPTED]
    tell(
        sent,
        lambda one: vocabulary.MessageSent(one.uuid.hex, **common(one), purpose=one.purpose, template=one.template),
        now=now,
    )
    lost = [one for one in changed if one.state in (State.FAILED, State.UNKNOWN)]
    tell(lost, lambda one: vocabulary.MessageFailed(one.uuid.hex, **common(one), code=one.reason), now=now)


@transaction.atomic
def recover(*, worker: str, now: datetime, limit: int = 400) -> int:
    """Settle messages whose worker died; return how many, at most ``limit``.

    What was only claimed has not left and waits again. What was leaving may have left: it is *unknown*, or, if it was asked
    for, tried again under the same id. Workers are called ``node/process/thread``: another process of our own node is dead.
    """
    node, _, rest = worker.partition("/")
    process = f"{node}/{rest.partition('/')[0]}/"
    dead = Q(lease_until__lt=now)
    if rest:
        dead |= Q(worker__startswith=f"{node}/") & ~Q(worker__startswith=process)
    held = Message.objects.select_for_update().filter(dead, state__in=(State.CLAIMED, State.SENDING)).order_by("pk")
    changed, rows = [], []
    for one in held[:limit]:
        if one.state == State.CLAIMED:
            became = After("approved", now, "worker_died")
        elif one.purpose in ASKED:
            became = After("deferred", now + FIRST_PAUSE, "worker_died")
        else:
            became = After("unknown", None, "worker_died")
        one.state, one.reason = State(became.state), became.code
        rows.append(_row(one, became, ""))
        changed.append(one)
    update_rows(Message, _DONE, rows)
    _tell(changed, now)
    return len(changed)


def settle(messages: Sequence[Message], *, now: datetime) -> int:
    """Let what is heard of messages later say that they did leave, in the caller's transaction; return for how many it did."""
    doubtful = [one for one in messages if one.state == State.UNKNOWN]
    for one in doubtful:
        one.state, one.reason = State.ACCEPTED, ""
    Message.objects.filter(pk__in=[one.pk for one in doubtful]).update(state=State.ACCEPTED, reason="")
    _tell(doubtful, now)
    return len(doubtful)
