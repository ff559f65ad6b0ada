"""Opening, changing and closing accounts, and looking after their secrets."""

import json
import secrets as randomness
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from shuke.crm.channels.errors import BadAccount
from shuke.crm.channels.kinds import KINDS, TEST
from shuke.crm.channels.kinds.kind import Setup
from shuke.crm.channels.models import ChannelAccount
from shuke.crm.channels.queries import SECRETS_SEALED_AS, hook_url, setup_of
from shuke.kernel.ids import uuid7
from shuke.platform.audit import actions as audit
from shuke.platform.crypto.sealing import seal
from shuke.platform.staff.actor import Actor


@transaction.atomic
def connect(
    kind: str,
    name: str,
    *,
    secrets: Mapping[str, str],
    settings: Mapping[str, Any],
    is_test: bool,
    by: Actor,
    now: datetime,
) -> ChannelAccount:
    """Open an account. It becomes its channel's default if that only showed messages. Audited, without secrets."""
    found = KINDS.get(kind)
    if found is None:
        raise BadAccount(_("There is no such kind of account."))
    made = ChannelAccount(
        uuid=uuid7(), channel=found.channel, kind=kind, name=_name(name), token=randomness.token_urlsafe(16),
        settings=dict(settings), secrets=_sealed(secrets), is_test=is_test, created_at=now, changed_at=now,
        created_by=by.reference,
    )  # fmt: skip
    _checked(made, secrets)
    others = ChannelAccount.objects.filter(channel=found.channel, closed_at=None, is_default=True)
    if not others.exclude(kind=TEST).exists():
        others.update(is_default=False)
        made.is_default = True
    made.save()
    _note(made, "channels.connected", by, now, kind=kind)
    return made


@transaction.atomic
def change(
    account: ChannelAccount,
    *,
    name: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    by: Actor,
    now: datetime,
) -> None:
    """Change name, settings and keys; a key that is left empty stays. Audited, without secrets.

    Where the address of the provider changes, the keys do not follow: they have to be entered again.
    """
    kept = dict(setup_of(account).secrets)
    if any(account.settings.get(one, "") != settings.get(one, "") for one in ("host", "endpoint", "url", "imap_host")):
        missing = [key for key, value in kept.items() if value and not secrets.get(key)]
        if missing:
            raise BadAccount(_("The address has changed: please enter passwords and keys again."))
    kept |= {key: value for key, value in secrets.items() if value}
    account.name, account.settings, account.changed_at = _name(name), dict(settings), now
    account.secrets = _sealed(kept)
    _checked(account, kept)
    account.save(update_fields=["name", "settings", "secrets", "changed_at"])
    _note(account, "channels.changed", by, now)


@transaction.atomic
def set_test(account: ChannelAccount, *, is_test: bool, by: Actor, now: datetime) -> None:
    """Let an account show its messages instead of sending them, or send them. Audited."""
    if account.kind == TEST:
        raise BadAccount(_("This account has no provider: it can only show messages."))
    account.is_test, account.changed_at = is_test, now
    account.save(update_fields=["is_test", "changed_at"])
    _note(account, "channels.test_mode_on" if is_test else "channels.test_mode_off", by, now)


@transaction.atomic
def prefer(account: ChannelAccount, *, by: Actor, now: datetime) -> None:
    """Make an account its channel's default. Audited."""
    ChannelAccount.objects.filter(channel=account.channel, is_default=True).update(is_default=False)
    ChannelAccount.objects.filter(pk=account.pk).update(is_default=True)
    _note(account, "channels.preferred", by, now)


@transaction.atomic
def close(account: ChannelAccount, *, by: Actor, now: datetime) -> None:
    """Stop using an account. What went through it stays; the secrets go. The next one becomes the default. Audited."""
    if account.kind == TEST:
        raise BadAccount(_("The account that shows messages stays: without it nothing could be tried out."))
    was_default = account.is_default
    account.closed_at, account.changed_at, account.secrets, account.is_default = now, now, _sealed({}), False
    account.save(update_fields=["closed_at", "changed_at", "secrets", "is_default"])
    if was_default:
        rest = ChannelAccount.objects.filter(channel=account.channel, closed_at=None).order_by("pk")
        heir = rest.exclude(kind=TEST).first() or rest.first()
        if heir is not None:
            ChannelAccount.objects.filter(pk=heir.pk).update(is_default=True)
    _note(account, "channels.closed", by, now)


def _name(name: str) -> str:
    clean = " ".join(name.split())[:120]
    if not clean:
        raise BadAccount(_("An account needs a name."))
    return clean


def _checked(account: ChannelAccount, secrets: Mapping[str, str]) -> None:
    setup = Setup(account.pk or 0, account.settings, secrets, hook_url(account), "Shuke")
    if problem := KINDS[account.kind].problem(setup):
        raise BadAccount(problem)


def _sealed(secrets: Mapping[str, str]) -> bytes:
    return seal(json.dumps(dict(secrets)), context=SECRETS_SEALED_AS)


def _note(account: ChannelAccount, verb: str, by: Actor, now: datetime, **more: str) -> None:
    summary = {"name": account.name, "channel": account.channel, **more}
    audit.record(by, verb, target=f"channels.ChannelAccount:{account.pk}", summary=summary, now=now)
