"""Where notices go: each person's choices, the company's mail server and its targets; and trying them out."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shuke.platform.audit.actions import record
from shuke.platform.crypto.sealing import seal
from shuke.platform.jobs.actions import enqueue
from shuke.platform.notices import queries
from shuke.platform.notices.actions.posting import SEND_JOB, letter, queue_letter
from shuke.platform.notices.actions.telling import message_for
from shuke.platform.notices.errors import BadTarget, UnknownTarget
from shuke.platform.notices.models import Choice, MailServer, Outgoing, Severity, Target
from shuke.platform.notices.rules import LOCAL, service_of, shown
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff

TEST = "test"
NO_ADDRESS = gettext_noop("An address looks like dingtalk://… or https://…")
NOT_HERE = gettext_noop("This service would act upon the server itself, so it is not offered.")


def choose_ways(staff: Staff, ways: Mapping[str, Sequence[str]]) -> None:
    """Remember by which ways a person wants each kind of notices; a matter of their own, so nothing is audited."""
    known = {kind.name for kind in queries.kinds_for(staff)}
    kept = {
        kind: [way for way in (queries.INBOX, queries.MAIL) if way in said]
        for kind, said in ways.items()
        if kind in known
    }
    Choice.objects.update_or_create(staff=staff, defaults={"ways": kept})


@transaction.atomic
def save_target(
    *,
    name: str,
    address: str,
    kinds: Sequence[str],
    language: str,
    by: Actor,
    now: datetime,
    target_id: int | None = None,
) -> Target:
    """Add a target, or change one; an empty ``address`` leaves the one it has. Raises ``BadTarget``, ``UnknownTarget``."""
    target = Target(created_at=now) if target_id is None else _target(target_id)
    if address or target_id is None:
        service = service_of(address)
        if not service:
            raise BadTarget(NO_ADDRESS)
        if service in LOCAL:
            raise BadTarget(NOT_HERE)
        target.sealed = seal(address.strip(), context=queries.TARGET_SEALED_AS)
        target.shown, target.failures, target.error = shown(address), 0, {}
    target.name, target.language = name, language
    target.kinds = [kind for kind in queries.kinds() if kind in kinds]
    target.save()
    said = {"name": name, "kind": service_of(target.shown)}
    record(by, "notices.target_saved", target=f"notices.Target:{target.pk}", summary=said, now=now)
    return target


@transaction.atomic
def remove_target(target_id: int, *, by: Actor, now: datetime) -> None:
    """Forget a target with what still waited for it. Raises ``UnknownTarget``."""
    target = _target(target_id)
    target.delete()
    record(by, "notices.target_removed", target=f"notices.Target:{target_id}", summary={"name": target.name}, now=now)


def _target(target_id: int) -> Target:
    found = Target.objects.select_for_update().filter(pk=target_id).first()
    if found is None:
        raise UnknownTarget(gettext_noop("There is no such target."))
    return found


@transaction.atomic
def save_mail_server(
    *, host: str, port: int, security: str, username: str, password: str, sender: str, by: Actor, now: datetime
) -> MailServer:
    """Say through which server staff mail goes; an empty ``password`` leaves the one it has, unless the server changed."""
    old = MailServer.objects.select_for_update().first()
    # A password goes only to the server it was entered for.
    stays = old is not None and (old.host, old.username) == (host, username)
    sealed = (
        seal(password, context=queries.SERVER_SEALED_AS) if password else bytes(old.sealed) if old and stays else b""
    )
    server, _made = MailServer.objects.update_or_create(
        pk=1,
        defaults={
            "host": host, "port": port, "security": security, "username": username, "sealed": sealed, "sender": sender,
            "changed_at": now, "failures": 0, "error": {},
        },
    )  # fmt: skip
    record(by, "notices.mail_server_saved", target="notices.MailServer:1", summary={"name": host}, now=now)
    return server


@transaction.atomic
def forget_mail_server(*, by: Actor, now: datetime) -> None:
    """Let staff mail land in the outbox again."""
    if MailServer.objects.all().delete()[0]:
        record(by, "notices.mail_server_removed", target="notices.MailServer:1", now=now)


@transaction.atomic
def try_mail(staff: Staff, *, now: datetime) -> None:
    """Queue a letter to whoever asks; it is tried once, and what became of it is shown."""
    said = letter([staff.email], _("A test from Shuke"), _("If you can read this, mail to your team arrives."))
    queue_letter(said, kind=TEST, is_test=True, now=now)


@transaction.atomic
def try_target(target_id: int, *, now: datetime) -> None:
    """Queue a message to a target; it is tried once, and what became of it is shown. Raises ``UnknownTarget``."""
    target = _target(target_id)
    words = queries.Worded(_("A test from Shuke"), [_("If you can read this, notices arrive here.")])
    body = message_for(words, Severity.INFO, link="")
    Outgoing.objects.create(
        target=target, kind=TEST, sealed=seal(body, context=queries.OUTGOING_SEALED_AS), is_test=True, run_at=now,
        created_at=now,
    )  # fmt: skip
    enqueue(SEND_JOB, now=now, dedupe_key=SEND_JOB, repeat_if_running=True)
