"""Staff mail that no mail server took: files in the outbox folder, read as letters."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings

from shuke.platform.staff.models import Staff
from shuke.platform.staff.roles import Role

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """One piece of staff mail; ``name`` is its file."""

    name: str
    to: str
    subject: str
    at: datetime | None
    body: str


def visible_to(reader: Staff) -> list[Letter]:
    """Return the newest letters ``reader`` may see.

    A letter may hold a link that logs its reader in, so mail to an owner is shown to owners only.
    """
    owners = set(Staff.objects.filter(role=Role.OWNER).values_list("email", flat=True))
    letters = [_read(path) for path in _files()[:MOST_SHOWN]]
    return [letter for letter in letters if reader.role == Role.OWNER or letter.to.lower() not in owners]


def find(name: str, reader: Staff) -> Letter | None:
    """Return the letter in file ``name`` if it is there and ``reader`` may see it."""
    return next((letter for letter in visible_to(reader) if letter.name == name), None)


def _files() -> list[Path]:
    folder = Path(settings.EMAIL_FILE_PATH)
    return sorted(folder.glob("*.log"), reverse=True) if folder.is_dir() else []


def _read(path: Path) -> Letter:
    message = message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)
    body = message.get_body(("plain",))
    text = str(body.get_content()) if body else ""
    # The file ends with a rule that parts the letters of one connection.
    text = text.rstrip().rstrip("-").rstrip()
    sent = message["Date"]
    return Letter(
        path.name,
        str(message["To"] or ""),
        str(message["Subject"] or ""),
        parsedate_to_datetime(sent) if sent else None,
        text,
    )
