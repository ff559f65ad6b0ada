"""Letters as pages show them: which links they hold, and their HTML for a frame of its own."""

import re
from html.parser import HTMLParser

from typing_extensions import override

_TEXT_LINK = re.compile(r"https?://[^\s<>\"'，。；、）)]+")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, None] = {}

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href") or ""
        if tag in {"a", "area"} and address.startswith(("http://", "https://")):
            self.found[address] = None


def links(html: str) -> list[str]:
    """Return where the links of a letter lead, each once, in order.

    >>> links('<a href="https://a.example/x?1&amp;2">A</a> <a href="javascript:x">B</a> <a href="https://a.example/x?1&2">')
    ['https://a.example/x?1&2']
    """
    reader = _Links()
    reader.feed(html)
    return list(reader.found)


def links_of_text(text: str) -> list[str]:
    """Return the addresses that stand in a text.

    >>> links_of_text("看这里 https://a.example/x，退订回T")
    ['https://a.example/x']
    """
    return list(dict.fromkeys(_TEXT_LINK.findall(text)))


def framed(html: str) -> str:
    """Return a letter so that its links open beside the frame, not in it.

    >>> framed("<html><head><title>x</title></head><body>y</body></html>")
    '<html><head><base target="_blank"><title>x</title></head><body>y</body></html>'
    >>> framed("<p>y</p>")
    '<base target="_blank"><p>y</p>'
    """
    base = '<base target="_blank">'
    head = re.search(r"<head(\s[^>]*)?>", html, re.IGNORECASE)
    return html[: head.end()] + base + html[head.end() :] if head else base + html
