"""One-time log-in links, for people who cannot get in by e-mail and password.

A link names the account, the moment it was last entered and the epoch of its sessions; entering moves that moment,
so a link works once, and every older link dies with it.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing

from shuke.platform.staff.models import Staff

VALID_FOR = timedelta(minutes=30)
INVITATION_VALID_FOR = timedelta(hours=72)
_SALT = "shuke.staff.entry_link"


def issue(staff: Staff, *, valid_for: timedelta = VALID_FOR) -> str:
    """Return a token for ``/enter/<token>/`` that lets ``staff`` in once, within half an hour unless said otherwise."""
    return signing.dumps({**_state(staff), "seconds": int(valid_for.total_seconds())}, salt=_SALT)


def address(token: str) -> str:
    """Return the full address of a link."""
    return f"{settings.SHUKE_PUBLIC.url}/enter/{token}/"


def staff_of(token: str) -> Staff | None:
    """Return whom ``token`` would let in, or None if it is forged, too old or spent. Changes nothing."""
    try:
        said = signing.loads(token, salt=_SALT)
        signing.loads(token, salt=_SALT, max_age=said["seconds"])
    except signing.BadSignature:
        return None
    staff = Staff.objects.filter(pk=said["staff"], is_active=True).first()
    return staff if staff is not None and _state(staff).items() <= said.items() else None


def spend(token: str, *, now: datetime) -> Staff | None:
    """Use ``token`` up and return whom it lets in; None if it is no longer good, also when two use it at once."""
    staff = staff_of(token)
    if staff is None:
        return None
    is_first = Staff.objects.filter(pk=staff.pk, last_login=staff.last_login).update(last_login=now)
    return staff if is_first else None


def _state(staff: Staff) -> dict[str, Any]:
    entered = staff.last_login.isoformat() if staff.last_login else ""
    return {"staff": staff.pk, "last_login": entered, "epoch": staff.session_epoch}
