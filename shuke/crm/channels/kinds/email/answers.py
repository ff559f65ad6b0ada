"""What a mail server's answer means for a letter: there is one table, and it is this."""

import re
from dataclasses import dataclass
from enum import Enum

from shuke.crm.channels.rules.parcels import ACCEPTED, DEFERRED, FAILED, State

_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")
# Nobody looks again sooner than that; a greylist is usually over after a quarter of an hour.
LATER, GREYLISTED = 5 * 60, 15 * 60
_NO_SUCH_MAILBOX = ("5.1.", "5.2.1")
_NO_SUCH_CODES = {550, 551, 553}
_POLICY = ("5.7.", "5.3.", "5.4.", "5.5.", "5.6.", "5.2.2")


class Stage(Enum):
    """What the answer was to."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Answer:
    """A judged answer."""

    state: State
    code: str
    detail: str
    retry_after: int | None = None
    is_address: bool = False


def judged(stage: Stage, code: int, said: bytes) -> Answer:
    """Return what an answer means.

    >>> judged(Stage.RECIPIENT, 550, b"5.1.1 <ada@example.com> unknown").is_address
    True
    >>> judged(Stage.RECIPIENT, 451, b"4.7.1 Greylisted, try again").retry_after
    900
    """
    text = " ".join(said.decode("utf-8", "replace").split())
    found = _ENHANCED.search(text)
    status = found[1] if found else ""
    detail = without_addresses(f"{code} {text}")
    label = status or str(code)
    if 200 <= code < 300:
        return Answer(ACCEPTED, label, detail)
    if 400 <= code < 500:
        grey = stage is Stage.RECIPIENT and (code in {450, 451} or "grey" in text.lower() or "gray" in text.lower())
        return Answer(DEFERRED, label, detail, GREYLISTED if grey else LATER)
    if 500 <= code < 600:
        return Answer(FAILED, label, detail, is_address=stage is Stage.RECIPIENT and _is_no_such(code, status))
    return Answer(DEFERRED, "not_smtp", detail, LATER)


def _is_no_such(code: int, status: str) -> bool:
    if status.startswith(_NO_SUCH_MAILBOX):
        return True
    return code in _NO_SUCH_CODES and not status.startswith(_POLICY)


def without_addresses(text: str) -> str:
    """Return what a server said, without whom it was about.

    >>> without_addresses("550 <ada@example.com>: no such user")
    '550 …: no such user'
    """
    return _ADDRESS.sub("…", text)[:200]
