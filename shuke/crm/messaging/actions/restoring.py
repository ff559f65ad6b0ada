"""After a backup was restored, nothing is sent before what people were promised since is done again."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from pydantic import BaseModel

from shuke.cdp.privacy import actions as privacy
from shuke.platform.company import actions as company_actions
from shuke.platform.company import queries as company

log = logging.getLogger(__name__)

_SETTING = "messaging.journal"
# How far the note in the database may lag behind: replaying more than needed changes nothing.
_SLACK = timedelta(hours=2)
_NOTED_EVERY = timedelta(hours=1)


class Replayed(BaseModel):
    """Up to when everything in the journal is known to be in the database."""

    until: datetime | None = None


class _Process:
    """Whether this process has compared the journal with its database yet."""

    is_replayed = False
    noted_at: datetime | None = None


def is_journal_replayed(*, now: datetime) -> bool:
    """Whether every suppression, refusal and erasure of the journal is in the database; the first call of a process sees to it.

    A database that somebody put back from a backup is older than the note it carries says: everything since is done
    again before the first message leaves, whichever way it was restored.
    """
    if not _Process.is_replayed:
        try:
            known = company.settings_of(_SETTING, Replayed).until
            since = known - _SLACK if known else datetime.min.replace(tzinfo=now.tzinfo)
            counts = privacy.replay_journal(since=since, now=now)
        except Exception:
            log.exception("the journal of suppressions could not be replayed: nothing is sent")
            return False
        if any(counts.values()):
            log.warning("done again after a restore: %s", counts)
        _Process.is_replayed, _Process.noted_at = True, None
    _note(now)
    return True


def _note(now: datetime) -> None:
    if _Process.noted_at is None or now - _Process.noted_at > _NOTED_EVERY:
        with transaction.atomic():
            company_actions.save_settings(_SETTING, Replayed(until=now), now=now)
        _Process.noted_at = now


def forget_process() -> None:
    """Begin as a new process does; for tests."""
    _Process.is_replayed, _Process.noted_at = False, None
