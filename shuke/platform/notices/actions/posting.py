"""Letters to staff: through the company's mail server where one is set, into the outbox where none is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage as Letter
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from django.conf import settings
from django.db import transaction

from shuke.platform.crypto.sealing import seal
from shuke.platform.jobs.actions import enqueue
from shuke.platform.notices.models import Outgoing
from shuke.platform.notices.queries import OUTGOING_SEALED_AS

SEND_JOB = "notices.send"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter; ``media_type`` as in ``application/pdf``."""

    name: str
    content: bytes
    media_type: str


@transaction.atomic
def mail_staff(
    to: Sequence[str],
    subject: str,
    text: str,
    *,
    now: datetime,
    html: str = "",
    attachments: Sequence[Attachment] = (),
    kind: str = "mail",
    dedupe_key: str | None = None,
) -> bool:
    """Queue a letter to some addresses of staff in the caller's transaction; return False if its key was used before.

    It is kept sealed until a job has sent it, with retries; without a mail server it lands in the outbox. Whoever is
    written to sees who else is.
    """
    if dedupe_key and Outgoing.objects.filter(target=None, kind=kind, dedupe_key=dedupe_key).exists():
        return False
    written = letter(to, subject, text, html=html, attachments=attachments)
    queue_letter(written, kind=kind, dedupe_key=dedupe_key, now=now)
    return True


def queue_letter(
    written: str, *, kind: str, now: datetime, dedupe_key: str | None = None, is_test: bool = False
) -> None:
    """Queue a whole letter in the caller's transaction."""
    sealed = seal(written, context=OUTGOING_SEALED_AS)
    Outgoing.objects.create(
        kind=kind, sealed=sealed, run_at=now, dedupe_key=dedupe_key, is_test=is_test, created_at=now
    )
    enqueue(SEND_JOB, now=now, dedupe_key=SEND_JOB, repeat_if_running=True)


def letter(
    to: Sequence[str], subject: str, text: str, *, html: str = "", attachments: Sequence[Attachment] = ()
) -> str:
    """Return a whole letter as it is kept; the sender is filled in when it leaves.

    Raises ``ValueError`` where nobody is written to, or where an address or the subject has more than one line.
    """
    if not to:
        raise ValueError("a letter needs somebody to go to")
    said = Letter(policy=SMTP.clone(cte_type="7bit"))
    said["To"] = ", ".join(to)
    said["Subject"] = subject
    said["Message-ID"] = make_msgid(domain=settings.SHUKE_PUBLIC.host.strip("[]"))
    said.set_content(text)
    if html:
        said.add_alternative(html, subtype="html")
    for one in attachments:
        main, _, sub = one.media_type.partition("/")
        said.add_attachment(one.content, maintype=main, subtype=sub or "octet-stream", filename=one.name)
    return said.as_string()


def dated(said: Letter, *, now: datetime) -> Letter:
    """Give a letter the date on which it leaves."""
    del said["Date"]
    said["Date"] = format_datetime(now)
    return said
