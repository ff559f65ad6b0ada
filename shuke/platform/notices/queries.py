"""Questions about notices: what somebody was told, where kinds go, what left the house and what did not."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_noop

from shuke.platform.manifest import NoticeKind, installed
from shuke.platform.notices.models import Choice, MailServer, Notice, Outgoing, OutgoingState, Target
from shuke.platform.staff.models import Staff
from shuke.platform.ui import formats

INBOX, MAIL = "inbox", "mail"
TARGET_SEALED_AS, SERVER_SEALED_AS, OUTGOING_SEALED_AS = b"notices.target", b"notices.mail_server", b"notices.outgoing"

# Message ids: what went wrong is told later, in the language of whoever reads it.
ERRORS = {
    "not_understood": gettext_noop("This is not the address of a service that we know."),
    "private_network": gettext_noop(
        "%(detail)s lies in a private network. Whoever runs the server can allow it with SHUKE_OUTGOING_ALLOWED."
    ),
    "refused": gettext_noop("The service did not take it: %(detail)s"),
    "silent": gettext_noop("The service did not answer in time."),
    "unreachable": gettext_noop("The mail server does not answer: %(detail)s"),
    "encryption": gettext_noop("No encrypted connection to the mail server came about: %(detail)s"),
    "login": gettext_noop("The mail server does not accept user name and password: %(detail)s"),
    "sender": gettext_noop("The mail server does not let us send from this address: %(detail)s"),
    "recipient": gettext_noop("The mail server does not take mail for this recipient: %(detail)s"),
    "mail": gettext_noop("The mail server did not take the letter: %(detail)s"),
    "unreadable": gettext_noop("What was kept sealed cannot be read any more. Please enter it again."),
}


@lru_cache(maxsize=1)
def kinds() -> dict[str, NoticeKind]:
    """Return every declared kind of notice, by name."""
    return {kind.name: kind for manifest in installed() for kind in manifest.notices}


def kinds_for(staff: Staff) -> list[NoticeKind]:
    """Return the kinds of notices that somebody may get."""
    return [kind for kind in kinds().values() if not kind.permission or staff.may(kind.permission)]


def ways_of(staff_ids: Iterable[int], kind: NoticeKind) -> dict[int, set[str]]:
    """Return by which ways a kind of notice reaches some people."""
    said = dict(Choice.objects.filter(staff__in=staff_ids).values_list("staff_id", "ways"))
    return {pk: set(said.get(pk, {}).get(kind.name, _usual(kind))) for pk in staff_ids}


def choices_of(staff: Staff) -> dict[str, list[str]]:
    """Return by which ways each kind reaches somebody."""
    said = Choice.objects.filter(staff=staff).values_list("ways", flat=True).first() or {}
    return {kind.name: list(said.get(kind.name, _usual(kind))) for kind in kinds_for(staff)}


def _usual(kind: NoticeKind) -> tuple[str, ...]:
    return (INBOX, MAIL) if kind.by_mail else (INBOX,)


def inbox(staff: Staff) -> QuerySet[Notice]:
    """Return what somebody was told in the application."""
    return Notice.objects.filter(staff=staff, in_inbox=True)


def notice_of(staff: Staff, notice_id: int) -> Notice | None:
    """Return a notice if it is that person's."""
    return inbox(staff).filter(pk=notice_id).first()


def targets() -> list[Target]:
    """Return every target, by name."""
    return list(Target.objects.order_by("name", "pk"))


def mail_server() -> MailServer | None:
    """Return the company's mail server, or None."""
    return MailServer.objects.first()


def last_tests(of: Iterable[int | None]) -> dict[int | None, Outgoing]:
    """Return the last test message of each target; of the mail server under None."""
    found: dict[int | None, Outgoing] = {}
    for one in Outgoing.objects.filter(is_test=True).order_by("-pk")[:200]:
        if one.target_id in of:
            found.setdefault(one.target_id, one)
    return found


def troubles(*, limit: int = 20) -> list[Outgoing]:
    """Return what did not leave the house, newest first."""
    failed = Outgoing.objects.filter(state=OutgoingState.FAILED, is_test=False)
    return list(failed.select_related("target").order_by("-pk")[:limit])


# -- words


@dataclass(frozen=True, slots=True)
class Worded:
    """A notice in the active language."""

    title: str
    lines: list[str]


def worded(notice: Notice) -> Worded:
    """Return what a notice says, in the active language."""
    return Worded(
        said(notice.message, notice.facts, plural=notice.plural), [said(text, facts) for text, facts in notice.lines]
    )


def said(message: str, facts: Mapping[str, Any], *, plural: str = "") -> str:
    """Fill a message id with its facts, as the active language writes them; ``plural`` is said of a count other than one."""
    chosen = plural if plural and facts.get("count") != 1 else message
    text = gettext(chosen)
    return text % {name: _fact(value) for name, value in facts.items()} if facts else text


def _fact(value: Any) -> str:
    """A number, a text, or one of the forms that ``rules`` makes: money, day, moment, share, words."""
    if isinstance(value, dict):
        return next(write(value) for form, write in _FORMS.items() if form in value)
    return formats.number(value) if isinstance(value, int | float) else str(value)


_FORMS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "money": lambda fact: formats.money(fact["money"], fact["currency"]),
    "day": lambda fact: formats.day(date.fromisoformat(fact["day"])),
    "moment": lambda fact: formats.moment(datetime.fromisoformat(fact["moment"])),
    "share": lambda fact: formats.percent(fact["share"]),
    "words": lambda fact: gettext(str(fact["words"])),
}


def error_text(error: Mapping[str, str]) -> str:
    """Return what went wrong, in the active language; "" for nothing."""
    if not error:
        return ""
    message = ERRORS[error["error"]]
    return gettext(message) % {"detail": error.get("detail") or "–"}
