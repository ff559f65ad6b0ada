"""The list of texts, and one of them with why it is judged as it is."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.insight.voice import actions, queries
from shuke.insight.voice.errors import UnknownText
from shuke.insight.voice.models import Judge, Kind, Sentiment, Text
from shuke.insight.voice.pages.framing import frame, lines, readable
from shuke.insight.voice.pages.wording import LANGUAGES
from shuke.insight.voice.queries import explaining
from shuke.platform.audit import actions as audit
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request

_PER_PAGE = 25


@page("voice.view")
def index(request: Request) -> HttpResponse:
    """List texts, newest first, by filters."""
    said = {name: value for name, value in request.GET.items() if isinstance(value, str)}
    found = paginate(queries.filtered(said), request, keys=("-written_at", "-id"), per_page=_PER_PAGE)
    context = {
        **frame(request, "texts"), "page": found, "lines": lines(request, found.rows), "said": said, "kinds": Kind.choices,
        "sentiments": [(str(value), label) for value, label in Sentiment.choices], "languages": LANGUAGES.items(),
        "judges": [(value, label) for value, label in Judge.choices if value],
    }  # fmt: skip
    return render(request, "voice/texts.html", context)


@page("voice.view")
def detail(request: Request, uuid: UUID) -> HttpResponse:
    """Show one text: what it says, who says it is negative or not, and which words spoke for that."""
    text = find(uuid)
    body = readable(request, text)
    topics = queries.topics_of([text.pk]).get(text.pk, [])
    held = {one.pk for one in topics}
    context: dict[str, Any] = {
        **frame(request, "texts"), "text": text, "line": lines(request, [text])[0], "labels": queries.labels_of(text), "topics": topics,
        "every_topic": [(one, one.pk in held) for one in queries.topics()],
        "why": explaining.why(text, body), "language": LANGUAGES.get(text.language, text.language),
    }  # fmt: skip
    return render(request, "voice/text.html", context)


@page("voice.label", methods=("POST",))
def about(request: Request, uuid: UUID) -> HttpResponse:
    """Take what somebody says a text is about."""
    text = find(uuid)
    chosen = [int(one) for one in request.POST.getlist("topic") if one.isdecimal() and len(one) < 19]
    actions.say_topics(text, chosen, by=request.actor, now=request.now)
    messages.success(request, _("What it is about is noted."))
    return redirect("voice:text", text.uuid)


@page("voice.manage", methods=("POST",))
def remove(request: Request, uuid: UUID) -> HttpResponse:
    """Remove one text for ever."""
    text = find(uuid)
    actions.forget([text.pk], now=request.now)
    audit.record(request.actor, "voice.text_removed", target=f"voice.Text:{text.pk}", now=request.now)
    messages.success(request, _("The text is removed."))
    return redirect("voice:texts")


def find(uuid: UUID) -> Text:
    """Return a text, or answer that there is no such page."""
    try:
        return queries.by_uuid(uuid)
    except UnknownText as missing:
        raise Http404 from missing
