"""Making and retiring API keys."""

from datetime import datetime

from django.db import transaction

from shuke.platform.audit.actions import record
from shuke.platform.staff import api_keys
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import ApiKey


@transaction.atomic
def create_key(name: str, scopes: list[str], *, by: Actor, now: datetime) -> tuple[ApiKey, str]:
    """Make a key and return it with its text, which nobody can see again. Raises ``ValueError`` for unknown scopes."""
    key, text = api_keys.create(name, scopes, by=by, now=now)
    record(by, "api_key.created", target=f"staff.ApiKey:{key.pk}", summary={"scopes": key.scopes}, now=now)
    return key, text


@transaction.atomic
def revoke_key(key_id: int, *, by: Actor, now: datetime) -> None:
    """Retire a key for ever. Nothing happens to one that is retired already."""
    if api_keys.revoke(key_id, now=now):
        record(by, "api_key.revoked", target=f"staff.ApiKey:{key_id}", now=now)
