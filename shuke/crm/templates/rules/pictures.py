"""What a file of a picture is, read from its first bytes. Pure: nothing decodes it, nothing trusts its name."""

import struct
from dataclasses import dataclass

MOST_BYTES = 1_000_000
HEAVY_BYTES = 250_000
MOST_PIXELS = 4_000
MIME = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}


@dataclass(frozen=True, slots=True)
class Measured:
    """Kind and size of a picture."""

    kind: str
    width: int
    height: int


def measure(data: bytes) -> Measured | None:
    """Return what a picture is, or None for whatever is not one that mailboxes show."""
    try:
        found = _png(data) or _gif(data) or _webp(data) or _jpeg(data)
    except (struct.error, IndexError):
        return None
    return found if found and found.width > 0 and found.height > 0 else None


def _png(data: bytes) -> Measured | None:
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR":
        return None
    return Measured("png", *struct.unpack(">II", data[16:24]))


def _gif(data: bytes) -> Measured | None:
    if data[:6] not in {b"GIF87a", b"GIF89a"}:
        return None
    return Measured("gif", *struct.unpack("<HH", data[6:10]))


def _webp(data: bytes) -> Measured | None:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    if data[12:16] == b"VP8X":
        wide, high = data[24:27] + b"\0", data[27:30] + b"\0"
        return Measured("webp", struct.unpack("<I", wide)[0] + 1, struct.unpack("<I", high)[0] + 1)
    if data[12:16] == b"VP8 ":
        wide, high = struct.unpack("<HH", data[26:30])
        return Measured("webp", wide & 0x3FFF, high & 0x3FFF)
    if data[12:16] == b"VP8L":
        (bits,) = struct.unpack("<I", data[21:25])
        return Measured("webp", (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1)
    return None


def _jpeg(data: bytes) -> Measured | None:
    if data[:3] != b"\xff\xd8\xff":
        return None
    at = 2
    while at + 9 < len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            high, wide = struct.unpack(">HH", data[at + 5 : at + 9])
            return Measured("jpg", wide, high)
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return None
