"""Handing messages over to providers: the only place that carriers are called from."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from shuke.crm.channels.actions.onsite import OnsiteCarrier
from shuke.crm.channels.actions.outbox import OutboxCarrier
from shuke.crm.channels.errors import UnknownAccount, Withheld
from shuke.crm.channels.kinds import KINDS
from shuke.crm.channels.kinds.kind import Carrier, Load
from shuke.crm.channels.kinds.onsite import CODE as ONSITE
from shuke.crm.channels.models import ChannelAccount
from shuke.crm.channels.queries import account_by_id, setup_of
from shuke.crm.channels.rules.approval import EXPIRED, Approval
from shuke.crm.channels.rules.parcels import ACCEPTED, NOT_STARTED, UNKNOWN, Handed, Parcel
from shuke.platform.crypto.sealing import Unreadable

__all__ = ["Approval", "Handed", "Parcel", "hand_over", "let_go"]

log = logging.getLogger(__name__)

WITHHELD, NOT_RECORDED, TROUBLE, UNREADABLE, LOST = "withheld", "not_recorded", "trouble", "unreadable", "lost"


def hand_over(
    account_id: int, parcels: Sequence[Parcel], *, now: datetime, report: Callable[[str], None]
) -> list[Handed]:
    """Hand messages to the provider of an account and say of each what became of it, in order.

    Waits for other people's servers: never call it inside a transaction.

    ``report`` is called with a message's key right before its first byte that cannot be taken back; if it raises
    (``Withheld``, to keep this one back), the message stays here. A message whose approval expires meanwhile stays, too.
    Raises ``NotApproved`` before anything is sent if one of them has no approval of its own, and ``UnknownAccount``.
    What a provider does raises nothing: each answer is a state.
    """
    load = Load(parcels, now=now)
    account = account_by_id(account_id)
    gate = _Gate(load, now, report)
    try:
        answers = list(gate.followed(_carrier(account, now).carry(load, gate.may_go)))
    except Unreadable:
        answers = [Handed(one.key, NOT_STARTED, code=UNREADABLE) for one in load.parcels]
    _note(account, answers, now=now)
    return answers


class _Gate:
    """What a carrier asks before it sends; remembers what it was told, for when the carrier breaks down."""

    def __init__(self, load: Load, now: datetime, report: Callable[[str], None]) -> None:
        self._parcels = {one.key: one for one in load.parcels}
        self._now, self._began, self._report = now, time.monotonic(), report
        self._let_go: set[str] = set()
        self._kept: dict[str, str] = {}
        self._is_shut = False

    def may_go(self, key: str) -> bool:
        """Report a message as leaving; False if it has to stay."""
        reason = self._asked(key)
        if reason:
            self._kept[key] = reason
        else:
            self._let_go.add(key)
        return not reason

    def _asked(self, key: str) -> str:
        if self._is_shut:
            return NOT_RECORDED
        if self._parcels[key].decision.expires_at <= self._now + timedelta(seconds=time.monotonic() - self._began):
            return EXPIRED
        try:
            self._report(key)
        except Withheld:
            return WITHHELD
        except Exception:
            log.exception("what is about to leave could not be recorded: nothing more leaves")
            self._is_shut = True
            return NOT_RECORDED
        return ""

    def followed(self, answers: Iterator[Handed]) -> Iterator[Handed]:
        """Yield what the carrier says; for what it left unsaid, what can be said with certainty."""
        said: set[str] = set()
        try:
            for one in answers:
                said.add(one.key)
                reason = self._kept.get(one.key)
                yield Handed(one.key, NOT_STARTED, code=reason) if reason else one
        except Exception:
            log.exception("a carrier broke down")
        for key in self._parcels:
            if key not in said:
                yield Handed(key, UNKNOWN, code=LOST) if key in self._let_go else Handed(key, NOT_STARTED, code=TROUBLE)


# -- carriers live as long as their thread and the settings they were made from


@dataclass(slots=True)
class _Held:
    carrier: Carrier
    changed_at: datetime


class _Carriers(threading.local):
    def __init__(self) -> None:
        self.held: dict[int, _Held] = {}


_carriers = _Carriers()


def _carrier(account: ChannelAccount, now: datetime) -> Carrier:
    if account.is_test:
        return OutboxCarrier(account, now)
    if account.kind == ONSITE:
        return OnsiteCarrier(account, now)
    held = _carriers.held.get(account.pk)
    if held is not None and held.changed_at == account.changed_at:
        return held.carrier
    if held is not None:
        held.carrier.close()
    kind = KINDS.get(account.kind)
    if kind is None:
        raise UnknownAccount(f"no kind of channel is called {account.kind}")
    made = kind.carrier(setup_of(account))
    _carriers.held[account.pk] = _Held(made, account.changed_at)
    return made


def let_go() -> None:
    """Close the connections that this thread holds to providers."""
    for one in _carriers.held.values():
        one.carrier.close()
    _carriers.held.clear()


def _note(account: ChannelAccount, answers: Sequence[Handed], *, now: datetime) -> None:
    """Keep how the account is doing: when it last sent, or what it said in place of sending."""
    wrong = next((one for one in reversed(answers) if one.state != ACCEPTED and not one.is_address), None)
    row = ChannelAccount.objects.filter(pk=account.pk)
    with transaction.atomic():
        if any(one.state == ACCEPTED for one in answers):
            row.update(last_sent_at=now, failures=0, error="")
        elif wrong is not None and wrong.code not in (WITHHELD, EXPIRED):
            row.update(failures=F("failures") + 1, error=f"{wrong.code} {wrong.detail}".strip()[:300])
