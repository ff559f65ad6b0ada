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
# How Django parts the letters of one file.
_RULE = b"\n" + b"-" * 79 + b"\n"


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that a letter brings along."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One piece of staff mail; ``name`` says where it lies."""

    name: str
    to: str
    subject: str
    at: datetime | None
    body: str
    files: tuple[Enclosed, ...] = ()


def visible_to(reader: Staff) -> list[Letter]:
    """Return the newest letters ``reader`` may see.

    A letter may hold a link that logs its reader in, so mail to an owner is shown to owners only.
    """
    owners = set(Staff.objects.filter(role=Role.OWNER).values_list("email", flat=True))
    letters = [letter for path in _files()[:MOST_SHOWN] for letter in _read(path)]
    return [letter for letter in letters if reader.role == Role.OWNER or letter.to.lower() not in owners]


def find(name: str, reader: Staff) -> Letter | None:
    """Return the letter called ``name`` if it is there and ``reader`` may see it."""
    return next((letter for letter in visible_to(reader) if letter.name == name), None)


def _files() -> list[Path]:
    folder = Path(settings.EMAIL_FILE_PATH)
    return sorted(folder.glob("*.log"), reverse=True) if folder.is_dir() else []


def _read(path: Path) -> list[Letter]:
    """Return the letters of one file. A part without an address is the rest of a body that held a rule itself."""
    texts: list[bytes] = []
    for part in path.read_bytes().split(_RULE):
        if message_from_bytes(part, policy=policy.default)["To"]:
            texts.append(part)
        elif texts and part.strip():
            texts[-1] += _RULE + part
    return [_letter(f"{path.stem}-{number}", text) for number, text in enumerate(texts)]


def _letter(name: str, text: bytes) -> Letter:
    message = message_from_bytes(text, _class=EmailMessage, policy=policy.default)
    body = message.get_body(("plain",))
    sent = message["Date"]
    return Letter(
        name,
        str(message["To"]),
        str(message["Subject"] or ""),
        parsedate_to_datetime(sent) if sent else None,
        str(body.get_content()).strip() if body else "",
        tuple(
            Enclosed(part.get_filename() or "file", part.get_content_type(), part.get_payload(decode=True) or b"")  # type: ignore[arg-type]
            for part in message.iter_attachments()
        ),
    )
