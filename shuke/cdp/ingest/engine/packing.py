"""How one request lies in the inbox, before it is sealed."""

import zlib
from typing import Final

import msgspec

from shuke.cdp.ingest.rules import limits

_PLAIN: Final = 0
_ZLIB: Final = 1
# Below this, packing costs more than it saves.
_WORTH_PACKING_BYTES = 2_048


class TooMuch(Exception):
    """A compressed body unpacks to more than we take."""


class NotGzip(Exception):
    """A body that calls itself gzip is none, or is cut short."""


class Request(msgspec.Struct, array_like=True):
    """What is kept of a request: its body as JSON, and what its connection says.

    ``route`` is the kind of call its address stood for ("" for many), ``history`` whether it was sent as an import.
    """

    route: str
    body: bytes
    ip: str = ""
    agent: str = ""
    history: bool = False
    form: int = _PLAIN


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Request).decode


def pack(request: Request) -> bytes:
    """Return the request as bytes, its body compressed where that is worth it."""
    if request.form == _PLAIN and len(request.body) >= _WORTH_PACKING_BYTES:
        request.body, request.form = zlib.compress(request.body, 1), _ZLIB
    return _encode(request)


def unpack(packed: bytes) -> Request:
    """Return the request that was packed."""
    request = _decode(packed)
    if request.form == _ZLIB:
        request.body, request.form = zlib.decompress(request.body), _PLAIN
    return request


def gunzip(body: bytes) -> bytes:
    """Unpack a gzip body, however many members it has. Raises ``TooMuch`` for a bomb, ``NotGzip`` for damage."""
    parts: list[bytes] = []
    left, rest = limits.MAX_UNPACKED_BYTES, body
    while rest:
        member = zlib.decompressobj(wbits=31)
        try:
            part = member.decompress(rest, left + 1)
        except zlib.error as broken:
            raise NotGzip(str(broken)) from broken
        left -= len(part)
        if left < 0:
            raise TooMuch
        if not member.eof:
            raise NotGzip("cut short")
        parts.append(part)
        rest = member.unused_data.lstrip(b"\0")
    return b"".join(parts)
