"""Authenticated encryption of single values.

Format: one version byte, a 12-byte random nonce, then AES-256-GCM ciphertext with its 16-byte tag. ``context`` names
the column and is authenticated, so a value copied into another column does not open.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shuke.platform.crypto.keys import key

_VERSION = b"\x01"
_NONCE_BYTES = 12


class Unreadable(Exception):
    """A sealed value does not open: wrong key, wrong column or damaged bytes."""


def seal(text: str, *, context: bytes) -> bytes:
    """Encrypt ``text`` for the column named ``context``."""
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key("sealing")).encrypt(nonce, text.encode(), context)


def unseal(blob: bytes, *, context: bytes) -> str:
    """Decrypt what ``seal`` made; raise ``Unreadable`` otherwise."""
    blob = bytes(blob)
    if blob[:1] != _VERSION:
        raise Unreadable("unknown format of a sealed value")
    nonce, ciphertext = blob[1 : 1 + _NONCE_BYTES], blob[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key("sealing")).decrypt(nonce, ciphertext, context).decode()
    except InvalidTag as damaged:
        raise Unreadable("a sealed value does not open: is this the key it was sealed with?") from damaged
