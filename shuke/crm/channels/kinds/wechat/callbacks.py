"""What WeChat and WeCom call us with: signed, and sealed where the account says so."""

import base64
import hmac
import xml.etree.ElementTree as ET  # document types and entities are refused before it reads anything
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha1

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from shuke.crm.channels.errors import NotGenuine
from shuke.crm.channels.kinds.kind import Call

_SECONDS = 300
_MOST_BYTES = 100_000


def signature(*parts: str) -> str:
    """Return the signature over some parts.

    >>> signature("token", "1", "2") == signature("2", "token", "1")
    True
    """
    return sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324  WeChat's choice


def opened(call: Call, *, token: str, aes_key: str, receiver: str, now: datetime) -> tuple[Mapping[str, str], str]:
    """Return what a call says, and the text that answers a first call (``echostr``). Raises ``NotGenuine``."""
    query = call.query
    stamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    if not token or not stamp.isdigit() or abs(int(stamp) - now.timestamp()) > _SECONDS:
        raise NotGenuine("without a token, or too old")
    sealed = query.get("echostr", "") if call.method == "GET" else ""
    said: Mapping[str, str] = {}
    if call.method != "GET":
        said = _read(call.body)
        sealed = said.get("Encrypt", "")
    if "msg_signature" in query:
        _check(query["msg_signature"], token, stamp, nonce, sealed)
        plain = _unsealed(sealed, aes_key, receiver)
        return ({}, plain.decode("utf-8", "replace")) if call.method == "GET" else (_read(plain), "")
    if aes_key and call.method != "GET":
        raise NotGenuine("not sealed, although this account's calls are")
    _check(query.get("signature", ""), token, stamp, nonce)
    return said, sealed


def _check(claimed: str, *parts: str) -> None:
    if not hmac.compare_digest(signature(*parts).encode(), claimed.encode()):
        raise NotGenuine("a wrong signature")


def _read(raw: bytes) -> Mapping[str, str]:
    if len(raw) > _MOST_BYTES or b"<!" in raw.replace(b"<![CDATA[", b""):
        raise NotGenuine("no such document")
    try:
        root = ET.fromstring(raw)  # noqa: S314  see above
    except (ET.ParseError, ValueError) as wrong:
        raise NotGenuine("no XML") from wrong
    return {one.tag: one.text or "" for one in root}


def _unsealed(sealed: str, aes_key: str, receiver: str) -> bytes:
    try:
        key = base64.b64decode(aes_key + "=", validate=True)
        raw = base64.b64decode(sealed, validate=True)
        opener = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        text = opener.update(raw) + opener.finalize()
    except ValueError as wrong:
        raise NotGenuine("cannot be opened") from wrong
    padding = text[-1] if text else 0
    body = text[16 : len(text) - padding]
    size = int.from_bytes(body[:4], "big")
    content, whose = body[4 : 4 + size], body[4 + size :]
    if not 1 <= padding <= 32 or len(content) != size or whose.decode("utf-8", "replace") != receiver:
        raise NotGenuine("sealed for somebody else")
    return content
