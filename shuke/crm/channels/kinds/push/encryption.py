"""Encryption and identification of web push (RFC 8291, 8188 and 8292)."""

import base64
import json
import os
from hashlib import sha256

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_RECORD = 4096
# What fits into one record with its padding mark and its tag.
MOST_BYTES = _RECORD - 86 - 17


def encrypted(
    plain: bytes, *, receiver: bytes, auth: bytes, sender: ec.EllipticCurvePrivateKey | None = None, salt: bytes = b""
) -> bytes:
    """Return a message that only the receiver's browser can read. ``sender`` and ``salt`` are given by tests alone."""
    sender, salt = sender or ec.generate_private_key(ec.SECP256R1()), salt or os.urandom(16)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), receiver)
    ours = sender.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )  # fmt: skip
    shared = sender.exchange(ec.ECDH(), theirs)
    key = _derived(shared, auth, b"WebPush: info\x00" + receiver + ours, 32)
    content_key = _derived(key, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derived(key, salt, b"Content-Encoding: nonce\x00", 12)
    head = salt + _RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return head + AESGCM(content_key).encrypt(nonce, plain + b"\x02", None)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def identification(key: ec.EllipticCurvePrivateKey, *, audience: str, subject: str, expires_at: int) -> str:
    """Return the ``Authorization`` that tells a push service who is sending."""
    head = _packed(json.dumps({"typ": "JWT", "alg": "ES256"}).encode())
    body = _packed(json.dumps({"aud": audience, "exp": expires_at, "sub": subject}).encode())
    r, s = decode_dss_signature(key.sign(f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256())))
    signature = _packed(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={head}.{body}.{signature}, k={public_of(key)}"


def public_of(key: ec.EllipticCurvePrivateKey) -> str:
    """Return the public half, as browsers want it when they subscribe."""
    return _packed(
        key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    """Return the key of 32 bytes in base64url, as the usual tools print it. Raises ``ValueError``."""
    raw = unpacked(text)
    if len(raw) != 32:
        raise ValueError("a key has 32 bytes")
    return ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())


def new_key() -> str:
    """Return a new private key."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _packed(number.to_bytes(32, "big"))


def topic_of(key: str) -> str:
    """Return the name under which a push service replaces a message that was sent twice."""
    return _packed(sha256(key.encode()).digest())[:32]


def _packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unpacked(text: str) -> bytes:
    """Return the bytes of base64url without padding. Raises ``ValueError``."""
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
