"""Links that log a person in once: for an invitation, and for someone who lost the password.

A link carries 256 random bits and is stored as a digest, so the table gives nobody access.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from shuke.platform.staff.models import EntryLink, Staff

LIVES_FOR = timedelta(hours=72)


@transaction.atomic
def issue(staff: Staff, *, now: datetime, lives_for: timedelta = LIVES_FOR) -> str:
    """Return the address of a new link for ``staff``; links given out earlier stop working."""
    EntryLink.objects.filter(staff=staff, used_at=None).delete()
    token = secrets.token_urlsafe(32)
    EntryLink.objects.create(staff=staff, digest=_digest(token), created_at=now, expires_at=now + lives_for)
    return f"{settings.SHUKE_PUBLIC.url}/enter/{token}/"


def find_owner(token: str, *, now: datetime) -> Staff | None:
    """Return whom a link would log in; None if it is unknown, used, too old or of an inactive person. Changes nothing."""
    link = _usable(token, now).select_related("staff").first()
    return link.staff if link else None


@transaction.atomic
def spend(token: str, *, now: datetime) -> Staff | None:
    """Use a link up and return whom it logs in; of two at the same time only one succeeds."""
    staff = find_owner(token, now=now)
    if staff is None or not _usable(token, now).update(used_at=now):
        return None
    return staff


def _usable(token: str, now: datetime) -> QuerySet[EntryLink]:
    return EntryLink.objects.filter(
        digest=_digest(token), used_at=None, expires_at__gt=now, staff__is_active=True
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
