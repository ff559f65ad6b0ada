"""API keys: making, recognising, retiring.

A key reads ``shuke_<prefix>_<secret>``: the prefix finds the row, 256 random bits of secret prove it. A fast digest is
enough for a secret that nobody can guess.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.db.models import Q

from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import ApiKey

SCOPES = (
    "consents:read", "consents:write", "customers:read", "customers:write", "orders:read", "orders:write", "products:read", "products:write",
    "segments:read", "segments:write", "predictions:read", "forecasts:read", "recommendations:read", "recommendations:write",
    "texts:read", "texts:write", "journeys:read", "journeys:write",
)  # fmt: skip
_USE_NOTED_EVERY = timedelta(minutes=1)


def create(name: str, scopes: list[str], *, by: Actor, now: datetime) -> tuple[ApiKey, str]:
    """Make a key and return it with its text, which is never shown again. Raises ``ValueError`` for unknown scopes."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise ValueError(f"unknown scopes {unknown}: choose from {', '.join(SCOPES)}")
    prefix = secrets.token_hex(4)
    text = f"shuke_{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        name=name, prefix=prefix, digest=_digest(text), scopes=sorted(set(scopes)), created_by=by.reference,
        created_by_label=by.label, created_at=now,
    )  # fmt: skip
    return key, text


def recognise(text: str) -> ApiKey | None:
    """Return the key that ``text`` is, or None if it is unknown, wrong or revoked."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != "shuke":
        return None
    key = ApiKey.objects.filter(prefix=parts[1], revoked_at=None).first()
    return key if key is not None and hmac.compare_digest(key.digest, _digest(text)) else None


def note_use(key: ApiKey, *, now: datetime) -> None:
    """Remember that a key was used, at most once a minute."""
    if key.last_used_at is None or now - key.last_used_at >= _USE_NOTED_EVERY:
        earlier = Q(last_used_at=None) | Q(last_used_at__lte=now - _USE_NOTED_EVERY)
        ApiKey.objects.filter(earlier, pk=key.pk).update(last_used_at=now)


def all_keys() -> list[ApiKey]:
    """Return every key, the working ones first, newest first."""
    keys = ApiKey.objects.order_by("-created_at", "-pk")
    return sorted(keys, key=lambda key: key.revoked_at is not None)


def revoke(key_id: int, *, now: datetime) -> bool:
    """Retire a key for ever; return whether it was working until now."""
    return bool(ApiKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=now))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
