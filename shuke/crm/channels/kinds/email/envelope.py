"""Addresses of letters: one mailbox each, no line breaks anywhere, and a way back that names the message."""

import hmac
import re
from hashlib import sha256

from shuke.crm.channels.errors import BadContent

# Dot-atoms only: quoted local parts exist, but nobody who buys has one, and they are how headers get smuggled in.
_LOCAL = re.compile(r"[^\s\"(),:;<>@\[\\\]\x00-\x1f\x7f]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}$)(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\u0085\u2028\u2029]")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
_TAG = 8


def mailbox(address: str) -> tuple[str, str]:
    """Return local part and domain (in ASCII) of what must be exactly one address. Raises ``BadContent``.

    >>> mailbox("ada@example.com"), mailbox("李@例子.中国")
    (('ada', 'example.com'), ('李', 'xn--fsqu00a.xn--fiqs8s'))
    """
    local, at, domain = address.rpartition("@")
    try:
        domain = domain.encode("idna").decode().lower() if not domain.isascii() else domain.lower()
    except UnicodeError:
        domain = ""
    if not at or not _LOCAL.fullmatch(local) or ".." in local or local[0] == "." or local[-1] == ".":
        raise BadContent("not one address", code="bad_address")
    if not _DOMAIN.fullmatch(domain):
        raise BadContent("not one address", code="bad_address")
    return local, domain


def one_line(text: str, *, what: str) -> str:
    """Return a text that stands in a header. Raises ``BadContent`` if it would begin another one.

    >>> one_line("Spring is here", what="subject")
    'Spring is here'
    """
    if _CONTROL.search(text):
        raise BadContent("a line break in a header", code="line_break", what=what)
    return text


def way_back(key: str, bounces_to: str, *, secret: bytes) -> str:
    """Return the envelope sender of one message: whatever comes back to it names the message, and cannot be made up.

    >>> way_back("0190", "bounces@news.example", secret=b"k").startswith("bounces+0190.")
    True
    """
    local, _at, domain = bounces_to.rpartition("@")
    return f"{local}+{key}.{_tag(key, secret)}@{domain}"


def message_of(address: str, *, secret: bytes) -> str:
    """Return which message came back to an address that ``way_back`` made, "" for any other.

    >>> message_of(way_back("0190", "bounces@news.example", secret=b"k"), secret=b"k")
    '0190'
    >>> message_of("bounces+0190.00000000@news.example", secret=b"k")
    ''
    """
    _local, plus, rest = address.strip("<> ").rpartition("@")[0].partition("+")
    key, dot, tag = rest.rpartition(".")
    is_ours = plus and dot and _KEY.fullmatch(key) and hmac.compare_digest(_tag(key, secret), tag.lower())
    return key if is_ours else ""


def _tag(key: str, secret: bytes) -> str:
    return hmac.digest(secret, key.encode(), sha256).hex()[:_TAG]


def fits_header(key: str) -> bool:
    """Whether a key can stand in a Message-ID and an address as it is."""
    return bool(_KEY.fullmatch(key))
