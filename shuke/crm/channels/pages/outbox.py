"""The outbox of customers' messages: what would have left, as the person would see it."""

from typing import Any

from csp.constants import NONE, SELF
from django.http import Http404, HttpResponse
from django.shortcuts import render

from shuke.crm.channels import queries
from shuke.crm.channels.models import ChannelName
from shuke.crm.channels.queries import Shown
from shuke.crm.channels.rules import showing
from shuke.crm.channels.rules.segments import Cut, cut
from shuke.platform.http import mask
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request

VIEW, CONTACTS = "channels.view", "customers.view_contacts"
_PER_PAGE = 50
# What a letter may do in its frame: show pictures and styles, open links beside it. No script, no form, nothing of ours.
_LOCKED_IN = {
    "default-src": [NONE], "img-src": [SELF, "https:", "data:"], "style-src": ["'unsafe-inline'"],
    "font-src": ["https:", "data:"], "base-uri": [NONE], "form-action": [NONE], "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}  # fmt: skip


@page(VIEW)
def index(request: Request) -> HttpResponse:
    """List what was shown instead of sent, newest first."""
    channel = request.GET.get("channel", "")
    found = paginate(queries.outbox(channel), request, keys=["-pk"], per_page=_PER_PAGE)
    opened = [(row, queries.shown(row)) for row in found.rows]
    context = {
        "rows": [(row, one, _to(request, one)) for row, one in opened], "page": found, "channel": channel,
        "channels": ChannelName.choices,
    }  # fmt: skip
    return render(request, "channels/outbox.html", context)


@page(VIEW)
def message(request: Request, pk: int) -> HttpResponse:
    """Show one message in the frame of a telephone or of a computer."""
    one = _shown(pk)
    links = (
        showing.links(one.content["html"]) or [one.content["url"]] if one.content["html"] or one.content["url"] else []
    )
    context: dict[str, Any] = {
        "one": one, "to": _to(request, one), "content": one.content, "channel": one.message.channel, "links": links,
        "is_phone": one.message.channel != ChannelName.EMAIL or request.GET.get("as") == "phone",
        "cut": _cut(one),
        "text_links": showing.links_of_text(one.content["text"]),
    }  # fmt: skip
    return render(request, "channels/outbox_message.html", context)


@page(VIEW)
def html(request: Request, pk: int) -> HttpResponse:  # noqa: ARG001  Django's
    """Answer with the HTML of a letter alone, locked in: no script, no form, nothing of ours within its reach."""
    one = _shown(pk)
    if not one.content["html"]:
        raise Http404
    response = HttpResponse(showing.framed(one.content["html"]))
    response._csp_config = _LOCKED_IN  # type: ignore[attr-defined]  # where django-csp looks
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _cut(one: Shown) -> Cut | None:
    """Return into how many segments a text message falls; providers of mainland China count in their own way."""
    if one.message.channel != ChannelName.SMS or not one.content["text"]:
        return None
    return cut(one.content["text"], is_chinese=one.address.startswith("+86"))


def _shown(pk: int) -> Shown:
    found = queries.outbox_message(pk)
    one = queries.shown(found) if found else None
    if one is None:
        raise Http404
    return one


def _to(request: Request, one: Shown | None) -> str:
    """Return whom a message is to: in clear only for those who may see contact details."""
    if one is None:
        return ""
    if may(request, CONTACTS):
        return one.address
    hide = {ChannelName.EMAIL: mask.email, ChannelName.SMS: mask.phone}.get(
        ChannelName(one.message.channel), mask.address
    )
    return hide(one.address)
