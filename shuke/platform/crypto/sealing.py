"""Authenticated encryption of single values.

Format: one byte with the number of the key, a 12-byte random nonce, then AES-256-GCM ciphertext with its 16-byte tag.
``context`` names the column and is authenticated, so a value copied into another column does not open.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shuke.platform.crypto.keys import newest, ring

RING = "sealing"
_NONCE_BYTES = 12


class Unreadable(Exception):
    """A sealed value does not open: wrong key, wrong column or damaged bytes."""


def seal(text: str, *, context: bytes) -> bytes:
    """Encrypt ``text`` for the column named ``context``."""
    return seal_bytes(text.encode(), context=context)


def seal_bytes(content: bytes, *, context: bytes) -> bytes:
    """Encrypt ``content`` for the column named ``context``."""
    number, key = newest(RING)
    nonce = os.urandom(_NONCE_BYTES)
    return bytes([number]) + nonce + AESGCM(key).encrypt(nonce, content, context)


def unseal(blob: bytes, *, context: bytes) -> str:
    """Decrypt what ``seal`` made; raise ``Unreadable`` otherwise."""
    return unseal_bytes(blob, context=context).decode()


def unseal_bytes(blob: bytes, *, context: bytes) -> bytes:
    """Decrypt what ``seal_bytes`` made; raise ``Unreadable`` otherwise."""
    blob = bytes(blob)
    key = ring(RING).get(key_of(blob))
    if key is None:
        raise Unreadable("a sealed value was made with a key that is not on the ring, or is none")
    nonce, ciphertext = blob[1 : 1 + _NONCE_BYTES], blob[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, context)
    except (InvalidTag, ValueError) as damaged:
        raise Unreadable("a sealed value does not open: is this the key it was sealed with?") from damaged


def key_of(blob: bytes) -> int:
    """Return the number of the key that a value was sealed with, 0 for no value."""
    return bytes(blob[:1])[0] if blob else 0
