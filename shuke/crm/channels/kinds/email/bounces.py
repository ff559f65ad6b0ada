"""What comes back: delivery reports (RFC 3464) and complaints (RFC 5965), read into receipts.

A message is known by the address that the report came to, which only we can make (``envelope.way_back``), or else by the
Message-ID of the letter it quotes. What is neither is not believed.
"""

import re
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256

from shuke.crm.channels.kinds.email.answers import without_addresses
from shuke.crm.channels.kinds.kind import Heard

MOST_BYTES = 2_000_000
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_OLD_STATUS = re.compile(r"\b(5\d\d)[ -]")
_MESSAGE_ID = re.compile(r"<([A-Za-z0-9_-]{1,40})@[^<>\s]+>")
_RECIPIENT_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")

Known = Callable[[str], str]


def read(raw: bytes, message_of: Known) -> list[Heard]:
    """Return what a returned letter says; nothing for what is no report. ``message_of`` reads our way-back addresses."""
    letter = message_from_bytes(raw[:MOST_BYTES])
    key = _key_of(letter, message_of)
    kind = str(letter.get_param("report-type") or "").lower() if letter.get_content_type() == "multipart/report" else ""
    if kind == "feedback-report":
        found = list(_complaint(letter, key))
    elif kind == "delivery-status":
        found = list(_report(letter, key))
    else:
        found = list(_old_fashioned(letter, key))
    return found


def _key_of(letter: Message, message_of: Known) -> str:
    named = (str(value) for header in _RECIPIENT_HEADERS for value in letter.get_all(header, []))
    for _name, address in getaddresses(list(named)):
        if key := message_of(address):
            return key
    for part in letter.walk():
        if part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}:
            quoted = part.get_payload()
            inner = quoted[0] if isinstance(quoted, list) and quoted else None
            headers = str(inner.get("Message-ID", "")) if isinstance(inner, Message) else str(quoted)
            if said := _MESSAGE_ID.search(_header(headers)):
                return said[1]
    return ""


def _header(text: str) -> str:
    """Return the Message-ID of quoted headers, or the text itself where it is that alone."""
    found = re.search(r"^message-id:(.*(?:\r?\n[ \t].*)?)", text, re.IGNORECASE | re.MULTILINE)
    return found[1] if found else text


def _report(letter: Message, key: str) -> Iterator[Heard]:
    for part in letter.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else []:
            if isinstance(block, Message) and block.get("Action"):
                yield from _recipient(letter, block, key)


def _recipient(letter: Message, block: Message, key: str) -> Iterator[Heard]:
    action = str(block["Action"]).strip().lower()
    said = _STATUS.search(str(block.get("Status", "")) + " " + str(block.get("Diagnostic-Code", "")))
    status = said[0] if said else ""
    address = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "").rpartition(";")[2].strip(" <>")
    if action == "failed":
        what = "bounced"
    elif action == "delivered":
        what = "delivered"
    else:
        return  # delayed, relayed, expanded: nothing is decided
    detail = " ".join(str(block.get("Diagnostic-Code", "")).split())
    yield _heard(
        letter, what, key, address=address, code=status, detail=detail,
        is_permanent=what == "bounced" and is_permanent(status),
    )  # fmt: skip


def is_permanent(status: str) -> bool:
    """Whether a status says that the mailbox is not there, rather than full, away or unwilling.

    >>> [is_permanent(one) for one in ("5.1.1", "5.2.1", "5.2.2", "5.7.1", "4.4.7", "")]
    [True, True, False, False, False, False]
    """
    return status.startswith("5.1.") or status in {"5.2.1", "5.4.4"}


def _complaint(letter: Message, key: str) -> Iterator[Heard]:
    for part in letter.walk():
        if part.get_content_type() == "message/feedback-report":
            payload = part.get_payload()
            block = payload[0] if isinstance(payload, list) and payload else message_from_bytes(_bytes(part))
            if isinstance(block, Message):
                kind = str(block.get("Feedback-Type", "")).strip().lower()
                if kind != "not-spam":
                    address = str(block.get("Original-Rcpt-To", "")).strip(" <>")
                    yield _heard(
                        letter, "complained", key, address=address, code=kind[:40], detail="", is_permanent=True
                    )
                return


def _bytes(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _old_fashioned(letter: Message, key: str) -> Iterator[Heard]:
    """A report in prose: believed only if it came to an address that we made for that message, and names a failure."""
    automatic = str(letter.get("Auto-Submitted", "no")).lower().startswith("auto-replied")
    if not key or automatic:
        return
    text = next((part for part in letter.walk() if part.get_content_type() == "text/plain"), None)
    said = _bytes(text).decode("utf-8", "replace")[:20_000] if text is not None else ""
    status = _STATUS.search(said)
    old = _OLD_STATUS.search(said)
    if status and status[1] == "5":
        line, is_final = _line(said, status.start()), is_permanent(status[0])
        yield _heard(letter, "bounced", key, address="", code=status[0], detail=line, is_permanent=is_final)
    elif old:
        line = _line(said, old.start())
        yield _heard(letter, "bounced", key, address="", code=old[1], detail=line, is_permanent=False)


def _line(text: str, at: int) -> str:
    return " ".join(text[text.rfind("\n", 0, at) + 1 : text.find("\n", at) if "\n" in text[at:] else len(text)].split())


def _heard(letter: Message, what: str, key: str, *, address: str, code: str, detail: str, is_permanent: bool) -> Heard:
    number = sha256("\0".join((what, key or str(letter.get("Message-ID", "")), address.lower(), code)).encode())
    try:
        at = parsedate_to_datetime(str(letter["Date"])) if letter["Date"] else None
    except ValueError:
        at = None
    return Heard(
        what, f"mail:{number.hexdigest()[:40]}", key=key, address=address, code=code, detail=without_addresses(detail),
        is_permanent=is_permanent, occurred_at=at if at and at.tzinfo else None,
    )  # fmt: skip
