"""Looking into the mailboxes that returned letters lie in."""

import contextlib
import logging
from datetime import datetime

from shuke.crm.channels.actions import receiving
from shuke.crm.channels.errors import ProviderUnavailable
from shuke.crm.channels.kinds.email import KIND as SMTP
from shuke.crm.channels.kinds.email.returns import unread
from shuke.crm.channels.kinds.kind import Heard
from shuke.crm.channels.models import ChannelAccount
from shuke.crm.channels.queries import accounts_of_kind, setup_of
from shuke.platform.crypto.sealing import Unreadable

log = logging.getLogger(__name__)


def fetch_returns(*, now: datetime) -> int:
    """Read what came back to every account with a mailbox and return how much of it was news.

    A letter is marked as read after what it says was kept; the same report read twice counts once.
    """
    return sum(_fetched(one, now=now) for one in accounts_of_kind(SMTP.code))


def _read(raw: bytes) -> list[Heard]:
    """Return what a letter says; a letter that nobody can read must not hold up those behind it."""
    try:
        return SMTP.read_return(raw)
    except Exception:
        log.exception("a returned letter could not be read")
        return []


def _fetched(account: ChannelAccount, *, now: datetime) -> int:
    count = 0
    try:
        box = SMTP.mailbox(setup_of(account))
        if box is not None:
            with contextlib.closing(unread(box)) as letters:
                for raw in letters:
                    count += receiving.keep(account, _read(raw), now=now)  # one by one: each is marked after it is kept
    except (ProviderUnavailable, Unreadable) as away:
        # Looked into again in a few minutes; the account itself may well be able to send.
        log.warning("the mailbox of account %s could not be read: %s", account.pk, away)
    return count
