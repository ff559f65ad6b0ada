"""Sending what waits to leave the house: letters over one connection, messages to targets through a child process."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from email import message_from_string
from email.message import EmailMessage as Letter
from email.policy import SMTP
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_noop

from shuke.platform.crypto.sealing import Unreadable, unseal
from shuke.platform.notices import queries
from shuke.platform.notices.actions.delivering import Post, PostRefused
from shuke.platform.notices.actions.posting import dated
from shuke.platform.notices.actions.telling import notify
from shuke.platform.notices.models import MailServer, Outgoing, OutgoingState, Severity, Target
from shuke.platform.notices.rules import LEASE, MOST_ATTEMPTS, pause_after, without_secrets, words

AT_ONCE = 20
CHILD_SECONDS = 120
FAILED = "notices.failed"
_FINAL = {"not_understood", "unreadable", "recipient"}
Said = dict[str, str]


def send_some(*, now: datetime, clock: Callable[[], datetime]) -> int:
    """Send a batch of what is due and return how many it were; 0 when nothing is.

    A batch is taken for a while before it is sent: of two senders only one gets it, and what was being sent when its
    sender died is sent again.
    """
    due = list(
        Outgoing.objects.filter(state=OutgoingState.WAITING, run_at__lte=now)
        .select_related("target").order_by("run_at", "pk")[:AT_ONCE]
    )  # fmt: skip
    mine = [one for one in due if _taken(one, now=now)]
    letters = [one for one in mine if one.target_id is None]
    if letters:
        _send_letters(letters, clock=clock)
    _send_messages([one for one in mine if one.target_id is not None], clock=clock)
    return len(due)


def _taken(one: Outgoing, *, now: datetime) -> bool:
    waiting = Outgoing.objects.filter(pk=one.pk, state=OutgoingState.WAITING, run_at=one.run_at)
    return bool(waiting.update(run_at=now + LEASE, attempts=F("attempts") + 1))


def _send_letters(letters: Sequence[Outgoing], *, clock: Callable[[], datetime]) -> None:
    server = queries.mail_server()
    post = Post(server) if server else None
    try:
        for one in letters:
            error: Said = {}
            try:
                said = _opened(one)
                _leave(said, post, now=clock())
            except Unreadable:
                error = {"error": "unreadable"}
            except PostRefused as refused:
                error = {"error": refused.code, "detail": refused.detail}
            _ended(one, error, now=clock())
            if server:
                _noted(MailServer.objects.filter(pk=server.pk), error, now=clock())
    finally:
        if post:
            post.close()


def _opened(one: Outgoing) -> Letter:
    text = unseal(bytes(one.sealed), context=queries.OUTGOING_SEALED_AS)
    return message_from_string(text, _class=Letter, policy=SMTP)


def _leave(said: Letter, post: Post | None, *, now: datetime) -> None:
    dated(said, now=now)
    if post:
        post.send(said)
        return
    body, html = said.get_body(("plain",)), said.get_body(("html",))
    kept = EmailMultiAlternatives(
        str(said["Subject"] or ""), str(body.get_content()) if body else "",
        to=[address.addr_spec for address in said["To"].addresses], connection=get_connection(),
    )  # fmt: skip
    if html:
        kept.attach_alternative(html.get_content(), "text/html")
    for part in said.iter_attachments():
        kept.attach(part.get_filename() or "file", part.get_payload(decode=True), part.get_content_type())
    kept.send()


def _send_messages(messages: Sequence[Outgoing], *, clock: Callable[[], datetime]) -> None:
    if not messages:
        return
    asked, errors, urls = [], {}, {}
    for one in messages:
        try:
            urls[one.pk] = unseal(bytes(one.target.sealed), context=queries.TARGET_SEALED_AS)  # type: ignore[union-attr]
            body = json.loads(unseal(bytes(one.sealed), context=queries.OUTGOING_SEALED_AS))
        except Unreadable:
            errors[one.pk] = {"error": "unreadable"}
        else:
            asked.append({"id": str(one.pk), "url": urls[one.pk], **body})
    answers = _through_child(asked) if asked else {}
    for one in messages:
        error = errors.get(one.pk) or answers.get(str(one.pk), {"error": "silent"})
        if error.get("detail") and error["error"] != "private_network":
            error["detail"] = without_secrets(error["detail"], urls[one.pk])
        _ended(one, error, now=clock())
        _noted(Target.objects.filter(pk__in=[one.target_id]), error, now=clock())


def _through_child(asked: list[dict[str, Any]]) -> dict[str, Said]:
    """Have a process of its own send; an empty answer where it did not come to an end."""
    task = json.dumps({"allowed": list(settings.SHUKE_OUTGOING_ALLOWED), "messages": asked})
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "shuke.platform.notices.engine.child"],
            input=task, capture_output=True, text=True, timeout=CHILD_SECONDS, check=True,
        )  # fmt: skip
        answers: dict[str, Said] = json.loads(ended.stdout)
    except (subprocess.SubprocessError, ValueError):
        return {}
    return answers


def _ended(one: Outgoing, error: Said, *, now: datetime) -> None:
    """Note what became of something; what is over needs no content any more."""
    attempts = one.attempts + 1
    changes: dict[str, Any] = {"error": error}
    if not error:
        changes |= {"state": OutgoingState.SENT, "ended_at": now, "sealed": b""}
    elif one.is_test or error["error"] in _FINAL or attempts >= MOST_ATTEMPTS:
        changes |= {"state": OutgoingState.FAILED, "ended_at": now, "sealed": b""}
    else:
        changes |= {"run_at": now + pause_after(attempts)}
    with transaction.atomic():
        Outgoing.objects.filter(pk=one.pk).update(**changes)
        if changes.get("state") == OutgoingState.FAILED and not one.is_test:
            _tell_of_failure(one, error, now=now)


def _tell_of_failure(one: Outgoing, error: Said, *, now: datetime) -> None:
    """Tell those who look after it, once a day for each way out; not through what just failed."""
    notify(
        FAILED, gettext_noop("A message to %(where)s could not be sent."),
        facts={"where": one.target.name if one.target else words(gettext_noop("your team's mail"))},
        lines=[(queries.ERRORS[error["error"]], {"detail": error.get("detail") or "–"})],
        permission="notices.configure", link=reverse("notices:delivery"), severity=Severity.BAD,
        dedupe_key=f"{one.target_id or 'mail'}:{now.date()}", to_targets=False, now=now,
    )  # fmt: skip


@transaction.atomic
def _noted(whose: Any, error: Said, *, now: datetime) -> None:
    if error:
        whose.update(failures=F("failures") + 1, error=error)
    else:
        whose.update(failures=0, error={}, last_sent_at=now)
