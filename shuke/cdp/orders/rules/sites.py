"""Addresses of web pages without what they may say of a person."""

from urllib.parse import parse_qsl, urlencode, urlsplit

_KEPT = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "ref")


def plain(address: str) -> str:
    """Return host, path and campaign parameters of an address, "" for what is none.

    >>> plain("https://willow.example/mugs?utm_source=mail&email=ada@example.org")
    'willow.example/mugs?utm_source=mail'
    >>> plain("/cart/ada@example.org")
    ''
    """
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    base = f"{parts.hostname or ''}{parts.path}"
    if "@" in base or "%40" in base:
        return ""
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name in _KEPT and "@" not in value]
    return f"{base}?{urlencode(kept)}"[:300] if kept else base[:300]
