"""From bytes to single events: quickly when they are JSON, patiently when they are nearly.

Clients send things that strict JSON does not know: ``NaN`` (Python), halves of emoji cut in two (JavaScript), numbers with
thousands of digits. One such event must not take its neighbours with it, so a batch that does not parse as a whole is
cut into its items by counting brackets, and each item is read by itself.
"""

import json
import math
import re
from typing import Any

import msgspec

from shuke.cdp.ingest.rules import limits

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_BATCH = re.compile(rb'"batch"\s*:\s*\[')
# What ``tidy`` changes: without any of these, and with few brackets, there is nothing for it to do.
_UNTIDY = re.compile(rb"\\u0000|[:\[,]\s*-?\d{19}")
_LONG_NUMBER = re.compile(rb"\d{%d}" % limits.MAX_DIGITS)
_BIGGEST_EXACT = 2**63
_decode_object = msgspec.json.Decoder().decode


class Refused(Exception):
    """An event that cannot be taken: ``reason`` is a stable code, ``field`` says where."""

    def __init__(self, reason: str, field: str = "", detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.field, self.detail = reason, field, detail[:200]


class Parcel(msgspec.Struct):
    """The part of a request that concerns all of its events; what else stands there is skipped, but checked."""

    batch: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    write_key: Any = msgspec.field(default=None, name="writeKey")
    sent_at: Any = msgspec.field(default=None, name="sentAt")
    context: Any = None


_decode_parcel = msgspec.json.Decoder(Parcel).decode


def parcel(body: bytes) -> Parcel | None:
    """Read a request; None if it is not well-formed JSON of the expected shape."""
    try:
        return _decode_parcel(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def rescued(body: bytes) -> Parcel | None:
    """Cut a batch that does not parse into its items, by brackets; None if there is no batch to be found.

    >>> [bytes(item) for item in rescued(b'{"batch":[{"a":NaN},{"b":1}],"sentAt":"x"}').batch]
    [b'{"a":NaN}', b'{"b":1}']
    """
    found = _BATCH.search(body)
    if found is None:
        return None
    items, end = _items(body, found.end())
    if end is None:
        return None
    around = body[: found.start()] + b'"batch":[]' + body[end + 1 :]
    shell = parcel(around) or Parcel()
    shell.batch = [msgspec.Raw(item) for item in items]
    return shell


def _items(body: bytes, start: int) -> tuple[list[bytes], int | None]:
    """The items of the array whose content begins at ``start``, and where its closing bracket stands."""
    depth, begin, items = 0, start, []
    for token in _TOKEN.finditer(body, start):
        mark = token[0]
        if mark in (b"{", b"["):
            depth += 1
        elif mark == b"," and depth == 0:
            items.append(body[begin : token.start()].strip())
            begin = token.end()
        elif mark in (b"}", b"]"):
            depth -= 1
            if depth < 0:
                last = body[begin : token.start()].strip()
                return (items if not last and not items else [*items, last]), token.start()
    return [], None


def event(raw: bytes) -> tuple[dict[str, Any], bool]:
    """Read one event, tidied; return it and whether it had to be mended. Raises ``Refused``."""
    if len(raw) > limits.MAX_EVENT_BYTES:
        raise Refused("too_large", detail=f"{len(raw)} bytes")
    try:
        found, is_mended = _decode_object(raw), False
    except RecursionError:
        raise Refused("too_deep") from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        found, is_mended = _mended(raw), True
    if not isinstance(found, dict):
        raise Refused("not_an_object")
    return found if not is_mended and _is_tidy(raw) else tidy(found), is_mended


def _is_tidy(raw: bytes) -> bool:
    """Whether an event that strict JSON reads is sure to be as ``tidy`` would leave it; cheap, and may say no for yes."""
    return raw.count(b"{") + raw.count(b"[") <= limits.MAX_DEPTH and not _UNTIDY.search(raw)


def _mended(raw: bytes) -> Any:
    """Read what strict JSON refuses: NaN becomes null, a broken character becomes the sign for one."""
    if _LONG_NUMBER.search(raw):
        raise Refused("number_too_long")
    try:
        text = raw.decode("utf-8", errors="replace").removeprefix("\ufeff")
        found = json.loads(text, parse_constant=lambda _: None, parse_float=_finite)
    except RecursionError:
        raise Refused("too_deep") from None
    except ValueError as broken:
        raise Refused("invalid_json", detail=str(broken)) from None
    return found


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def tidy(value: Any, depth: int = 0) -> Any:
    r"""Return a value that every store takes: no NUL, no lone surrogates, whole numbers beyond 64 bits as text.

    Raises ``Refused`` for what is nested too deeply.

    >>> tidy({"id": 2**70, "name": "a\x00b\ud83d"})
    {'id': '1180591620717411303424', 'name': 'ab\ufffd'}
    """
    if depth > limits.MAX_DEPTH:
        raise Refused("too_deep")
    if isinstance(value, str):
        if "\x00" in value:
            value = value.replace("\x00", "")
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {tidy(key): tidy(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [tidy(inner, depth + 1) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -_BIGGEST_EXACT <= value < _BIGGEST_EXACT:
        return str(value)
    return value
