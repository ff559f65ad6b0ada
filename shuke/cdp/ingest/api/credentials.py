"""Whose request it is: the write key as Basic user name, in the query, or in the body."""

import base64
import binascii
from urllib.parse import parse_qs


def from_header(authorization: bytes) -> str:
    """Return the user name of Basic credentials, or a bearer token; "" for none.

    >>> from_header(b"Basic V0s6"), from_header(b"Bearer WK"), from_header(b"Basic !")
    ('WK', 'WK', '')
    """
    scheme, _, said = authorization.partition(b" ")
    if scheme.lower() == b"bearer":
        return said.strip().decode("latin1")
    if scheme.lower() != b"basic":
        return ""
    try:
        return base64.b64decode(said.strip(), validate=True).partition(b":")[0].decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def from_query(query: bytes) -> str:
    """Return the key in a query string, as beacons send it."""
    if b"writeKey" not in query and b"write_key" not in query:
        return ""
    said = parse_qs(query.decode("latin1"))
    return next((said[name][0] for name in ("writeKey", "write_key") if name in said), "")
