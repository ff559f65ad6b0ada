"""Pages for people who got a message: ending it, choosing, and the links inside it. No log-in; the link is the key."""

from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from csp.constants import NONE, UNSAFE_INLINE
from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from shuke.crm.messaging.actions import leaving, tracking
from shuke.crm.messaging.errors import BadLink
from shuke.crm.messaging.models import Message
from shuke.crm.messaging.queries import looking, preferring
from shuke.crm.messaging.queries.wording import channel_label, topic_label
from shuke.platform.http.pages import ANYONE, page
from shuke.platform.http.request import Request

_PICTURE = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
# The message was written by the company, but with what people are called: nothing in it may run.
_LOCKED_IN = {
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"], "default-src": [NONE], "style-src": [UNSAFE_INLINE],
    "img-src": ["https:", "http:", "data:"],
}  # fmt: skip
_PAUSES = (7, 30, 90)
_PER_WEEK = (1, 2, 3)


def _own_way(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer in the language that was asked for on the page, or that the message was in; a wrong link kindly."""

    @wraps(view)
    def answered(request: Request, token: str, **rest: Any) -> HttpResponse:
        try:
            message = leaving.message_of(token)
        except BadLink as wrong:
            return render(request, "messaging/link_bad.html", {"why": wrong}, status=404)
        asked = request.GET.get("lang") or message.language
        code = (
            next((code for code, _name in settings.LANGUAGES if code.startswith(asked[:2].lower())), "")
            if asked
            else ""
        )
        with translation.override(code or translation.get_language()):
            answer = view(request, token, message, **rest)
            answer.headers["Referrer-Policy"] = "no-referrer"
            return answer

    return answered


@csrf_exempt
@page(ANYONE, methods=("GET", "POST"))
@_own_way
def unsubscribe(request: Request, token: str, message: Message) -> HttpResponse:
    """Ask whether to end such messages; looking changes nothing. A POST, of a mailbox or of the page, ends them at once."""
    context = {"token": token, "message": message, "topic": topic_label(message.topic)}
    if request.method != "POST":
        return render(request, "messaging/unsubscribe.html", context)
    is_one_click = request.POST.get("List-Unsubscribe") == "One-Click"
    everything = request.POST.get("everything") == "yes"
    how: leaving.How = "one_click_post" if is_one_click else "mail_link"
    left = leaving.unsubscribe(token, how=how, everything=everything, now=request.now)
    if is_one_click:
        return HttpResponse(status=200)
    return render(
        request, "messaging/unsubscribed.html", context | {"left": left, "channel": channel_label(left.channel)}
    )


@csrf_exempt
@page(ANYONE, methods=("GET", "POST"))
@_own_way
def preferences(request: Request, token: str, message: Message) -> HttpResponse:
    """Show what may be chosen and keep what was."""
    if request.method == "POST":
        _keep(request, token, message)
        return HttpResponseRedirect(f"{request.path}?saved=1&lang={translation.get_language() or ''}")
    offered = preferring.offered(message, now=request.now)
    channels = list(dict.fromkeys(one.channel for one in offered))
    chosen = {(one.topic, one.channel): one.is_wanted for one in offered}
    topics = [
        {
            "code": code, "name": topic_label(code),
            "cells": [{"channel": one, "name": channel_label(one), "is_wanted": chosen[code, one]} for one in channels],
        }
        for code in dict.fromkeys(one.topic for one in offered)
    ]  # fmt: skip
    wish = preferring.wish_of(message.customer_id) if message.customer_id else None
    paused = wish.paused_until if wish and wish.paused_until and wish.paused_until > request.now else None
    context = {
        "token": token, "topics": topics, "channels": [channel_label(one) for one in channels], "pauses": _PAUSES,
        "per_week": _PER_WEEK, "most": wish.most_per_week if wish else None, "paused_until": paused,
        "is_saved": request.GET.get("saved") == "1", "lang": translation.get_language(),
    }  # fmt: skip
    return render(request, "messaging/preferences.html", context)


def _keep(request: Request, token: str, message: Message) -> None:
    if request.POST.get("nothing") == "yes":
        wanted = {(one.channel, one.topic): False for one in preferring.offered(message, now=request.now)}
    else:
        ticked = set(request.POST.getlist("wanted"))
        shown = {said.partition("|")[::2] for said in request.POST.getlist("shown")}
        wanted = {(channel, topic): f"{channel}|{topic}" in ticked for channel, topic in shown}
    pause = request.POST.get("pause", "")
    most = request.POST.get("most", "")
    leaving.choose(
        token, wanted, pause=timedelta(days=int(pause)) if pause in {"0", *map(str, _PAUSES)} else None,
        most_per_week=int(most) if most in set(map(str, _PER_WEEK)) else None, now=request.now,
    )  # fmt: skip


@page(ANYONE)
def view(request: Request, token: str) -> HttpResponse:
    """Show a message as it was written, in a frame of its own that may load pictures and nothing else."""
    try:
        html = looking.html_of(leaving.view_of(token), now=request.now)
    except BadLink as wrong:
        return render(request, "messaging/link_bad.html", {"why": wrong}, status=404)
    answer = HttpResponse(html, headers={"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"})
    answer._csp_config = _LOCKED_IN  # type: ignore[attr-defined]  # where django-csp looks
    return answer


@page(ANYONE)
def follow(request: Request, token: str) -> HttpResponse:
    """Lead on to where a link of a message goes."""
    try:
        url = tracking.follow(token, agent=_agent(request), now=request.now)
    except BadLink as wrong:
        return render(request, "messaging/link_bad.html", {"why": wrong}, status=404)
    return HttpResponseRedirect(url, headers={"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"})


@page(ANYONE)
def opened(request: Request, token: str) -> HttpResponse:
    """Answer with a picture of one point, whoever asks, and note that a message was opened."""
    tracking.opened(token, agent=_agent(request), now=request.now)
    return HttpResponse(_PICTURE, content_type="image/gif", headers={"Cache-Control": "no-store"})


def _agent(request: Request) -> str:
    return request.headers.get("User-Agent", "")[:300]
