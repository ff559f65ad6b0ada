"""DKIM (RFC 6376): relaxed/relaxed, rsa-sha256, over every header that a mailbox provider acts upon.

The key is parsed once per sender; a signature costs one RSA operation. Receivers only believe ``List-Unsubscribe`` if both of its
headers are signed (RFC 8058), so they always are where they are present. ``From`` is signed once more than it stands
there: nobody can add a second one.
"""

import base64
import re
from collections.abc import Sequence
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from shuke.crm.channels.errors import BadAccount

SIGNED = (
    "from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type", "content-transfer-encoding",
    "list-unsubscribe", "list-unsubscribe-post",
)  # fmt: skip
_SPACES = re.compile(rb"[ \t]+")
_LINE_ENDS = re.compile(rb"[ \t]+\r\n")


class Signer:
    """Signs letters of one domain with one key."""

    def __init__(self, *, domain: str, selector: str, private_key: str) -> None:
        """Raise ``BadAccount`` if the key is none that can be used."""
        try:
            key = serialization.load_pem_private_key(private_key.encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as wrong:
            raise BadAccount("no private key in PEM form") from wrong
        if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < 1024:
            raise BadAccount("DKIM needs an RSA key of at least 1024 bits")
        self._key, self._domain, self._selector = key, domain, selector

    def signature(self, headers: Sequence[tuple[bytes, bytes]], body: bytes, *, at: int) -> bytes:
        """Return the ``DKIM-Signature`` header of a letter, with its line end."""
        present = {name.lower() for name, _value in headers}
        names = [name for name in SIGNED if name.encode() in present]
        digest = base64.b64encode(sha256(relaxed_body(body)).digest())
        unsigned = b"v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s; s=%s; t=%d;\r\n h=%s;\r\n bh=%s;\r\n b=" % (
            self._domain.encode(),
            self._selector.encode(),
            at,
            ":".join([*names, "from"]).encode(),
            digest,
        )
        by_name = {name.lower(): value for name, value in headers}
        said = [relaxed_header(name.encode(), by_name[name.encode()]) for name in names]
        # The second "from" has nothing left to stand for: it signs that there is no other.
        signed = b"\r\n".join([*said, relaxed_header(b"dkim-signature", unsigned)])
        seal = base64.b64encode(self._key.sign(signed, padding.PKCS1v15(), hashes.SHA256()))
        folded = b"\r\n ".join(seal[at : at + 72] for at in range(0, len(seal), 72))
        return b"DKIM-Signature: " + unsigned + folded + b"\r\n"


def relaxed_header(name: bytes, value: bytes) -> bytes:
    r"""Return a header in relaxed form.

    >>> relaxed_header(b"Subject", b"  a \r\n  b ")
    b'subject:a b'
    """
    return name.lower() + b":" + _SPACES.sub(b" ", value.replace(b"\r\n", b"")).strip()


def relaxed_body(body: bytes) -> bytes:
    r"""Return a body in relaxed form.

    >>> relaxed_body(b"a  b \r\n\r\n\r\n")
    b'a b\r\n'
    """
    if b"  " in body or b" \r\n" in body or b"\t" in body:
        body = _SPACES.sub(b" ", _LINE_ENDS.sub(b"\r\n", body))
    stripped = body.rstrip(b"\r\n")
    return stripped + b"\r\n" if stripped else b""


def public_record(private_key: str) -> str:
    """Return what belongs into the TXT record ``<selector>._domainkey.<domain>``."""
    key = serialization.load_pem_private_key(private_key.encode(), password=None)
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )  # fmt: skip
    return "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode()
