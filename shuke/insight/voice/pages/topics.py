"""Topics: what texts are about, renamed, merged and pinned by people."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.insight.voice import actions, queries
from shuke.insight.voice.actions import arranging
from shuke.insight.voice.errors import BadTopic
from shuke.insight.voice.forms import PinForm
from shuke.insight.voice.models import Topic
from shuke.insight.voice.pages.framing import frame
from shuke.insight.voice.pages.wording import LANGUAGES
from shuke.insight.voice.queries import figures
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request

_SHOWN = timedelta(days=90)
_CLEAR = 0.2


@page("voice.view")
def index(request: Request) -> HttpResponse:
    """List topics with the share of negative texts about each."""
    return _listed(request, PinForm())


def _listed(request: Request, form: PinForm, *, status: int = 200) -> HttpResponse:
    topics, last = queries.topics(), figures.until()
    shares = {}
    if last is not None:
        found = figures.within(queries.texts(), since=last - _SHOWN, until=last)
        shares = {one.key: one for one in figures.by_topic(found, [topic.pk for topic in topics])}
    lines: list[dict[str, Any]] = [
        {
            "topic": one, "share": shares.get(one.pk), "words": [word for word, _weight in one.words],
            "language": LANGUAGES.get(one.language, ""), "is_clear": one.coherence is not None and one.coherence >= _CLEAR,
        }
        for one in topics
    ]  # fmt: skip
    lines.sort(key=lambda line: -(line["share"].negative if line["share"] else 0))
    return render(
        request, "voice/topics.html", {**frame(request, "topics"), "lines": lines, "form": form}, status=status
    )


@page("voice.manage", methods=("POST",))
def pin(request: Request) -> HttpResponse:
    """Make a topic of keywords; texts are looked through again in the background."""
    form = PinForm(request.POST)
    if form.is_valid():
        try:
            arranging.pin(form.cleaned_data["name"], form.words(), by=request.actor, now=request.now)
        except BadTopic as refusal:
            form.add_error("keywords", str(refusal))
        else:
            actions.look_again(now=request.now)
            messages.success(request, _("Pinned. Texts are being looked through."))
            return redirect("voice:topics")
    return _listed(request, form, status=422)


@page("voice.manage", methods=("POST",))
def change(request: Request, pk: int) -> HttpResponse:
    """Rename a topic, merge it into another, or remove a pinned one."""
    topic = _find(str(pk))
    act = request.POST.get("act", "")
    try:
        if act == "rename":
            arranging.rename(topic, request.POST.get("name", ""), by=request.actor, now=request.now)
        elif act == "merge":
            arranging.merge_into(topic, _find(request.POST.get("into", "")), by=request.actor, now=request.now)
        elif act == "remove":
            arranging.unpin(topic, by=request.actor, now=request.now)
    except BadTopic as refusal:
        messages.error(request, str(refusal))
    return redirect("voice:topics")


def _find(pk: str) -> Topic:
    found = queries.topic(int(pk)) if pk.isdecimal() else None
    if found is None:
        raise Http404
    return found
