"""What stands in the frame of a preview: a letter as it is, other messages in a bubble."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.template.loader import render_to_string

from shuke.crm.templates.rules import EMAIL, SMS
from shuke.crm.templates.rules.counting import length
from shuke.kernel.messages import Content

_DARK_QUERY = "@media (prefers-color-scheme: dark)"


def framed(request: HttpRequest, channel: str, content: Content, notes: Sequence[str]) -> str:
    """Return a message as a page of its own."""
    if channel == EMAIL:
        head = render_to_string("templates/_frame_head.html", {"content": content, "notes": notes}, request)
        body, tag, rest = content.html.partition("<body")
        inside, end, after = rest.partition(">")
        return f"{body}{tag}{inside}{end}{head}{after}"
    return plain_page(request, channel, notes, content)


def plain_page(request: HttpRequest, channel: str, notes: Sequence[str], content: Content | None = None) -> str:
    """Return a page with a bubble, or only with notes."""
    counted = length(content.text) if content and channel == SMS and content.text else None
    return render_to_string("templates/_frame.html", {"content": content, "notes": notes, "counted": counted}, request)


def dark(html: str) -> str:
    """Return a page as a dark mailbox shows it."""
    return html.replace(_DARK_QUERY, "@media all").replace("<html", '<html data-dark="1"', 1)
