"""Opening and closing connections, and looking after their secrets."""

import json
import secrets as randomness
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from shuke.integrations.errors import BadConnection
from shuke.integrations.models import Connection, ConnectionState
from shuke.integrations.queries import SECRETS_SEALED_AS
from shuke.kernel.ids import uuid7
from shuke.platform.audit import actions as audit
from shuke.platform.company.actions import shop_named
from shuke.platform.crypto.sealing import seal, unseal
from shuke.platform.staff.actor import Actor

_LEAST_SECRET = 16


@transaction.atomic
def connect(
    kind: str,
    name: str,
    *,
    secrets: Mapping[str, str],
    settings: Mapping[str, Any],
    shop_id: int | None,
    by: Actor,
    now: datetime,
    shop_name: str = "",
) -> Connection:
    """Open a connection, with a shop of the same name unless one is given. Audited, without secrets."""
    clean = " ".join(name.split())[:120]
    if not clean:
        raise BadConnection(_("A connection needs a name."))
    if len(secrets.get("secret", "")) < _LEAST_SECRET:
        raise BadConnection(_("The secret is too short to be safe: at least 16 characters."))
    home = shop_id or shop_named(" ".join(shop_name.split()) or clean, now=now, kind=kind).pk
    made = Connection.objects.create(
        uuid=uuid7(), kind=kind, name=clean, shop_id=home, token=randomness.token_urlsafe(16), settings=dict(settings),
        secrets=_sealed(secrets), created_at=now, created_by=by.reference,
    )  # fmt: skip
    _note(made, "integrations.connected", by, now, kind=kind)
    return made


@transaction.atomic
def rotate(connection: Connection, secret: str, *, by: Actor, now: datetime) -> None:
    """Put a new secret in force; the one before goes on being accepted until the next change. Audited."""
    if len(secret.strip()) < _LEAST_SECRET:
        raise BadConnection(_("The secret is too short to be safe: at least 16 characters."))
    known = secrets_of(connection)
    known |= {"previous_secret": known.get("secret", ""), "secret": secret.strip()}
    connection.secrets = _sealed(known)
    connection.save(update_fields=["secrets"])
    _note(connection, "integrations.secret_rotated", by, now)


@transaction.atomic
def change(
    connection: Connection,
    *,
    name: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    by: Actor,
    now: datetime,
) -> None:
    """Change name, settings and keys; a key that is left empty stays. Audited, without secrets."""
    connection.name = " ".join(name.split())[:120] or connection.name
    connection.settings = dict(settings)
    given = {key: value for key, value in secrets.items() if value and key != "secret"}
    connection.secrets = _sealed(secrets_of(connection) | given)
    connection.save(update_fields=["name", "settings", "secrets"])
    _note(connection, "integrations.changed", by, now)


@transaction.atomic
def close(connection: Connection, *, by: Actor, now: datetime) -> None:
    """Stop taking calls. What came stays; the secrets go. Audited."""
    connection.state, connection.closed_at, connection.secrets = ConnectionState.CLOSED, now, _sealed({})
    connection.save(update_fields=["state", "closed_at", "secrets"])
    _note(connection, "integrations.closed", by, now)


def secrets_of(connection: Connection) -> dict[str, str]:
    """Return the secrets of a connection in clear, to check and to sign with."""
    found: dict[str, str] = json.loads(unseal(bytes(connection.secrets), context=SECRETS_SEALED_AS))
    return found


def _sealed(secrets: Mapping[str, str]) -> bytes:
    return seal(json.dumps(dict(secrets)), context=SECRETS_SEALED_AS)


def _note(connection: Connection, verb: str, by: Actor, now: datetime, **more: str) -> None:
    audit.record(
        by, verb, target=f"integrations.Connection:{connection.pk}", summary={"name": connection.name, **more}, now=now
    )
