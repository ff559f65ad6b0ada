"""Labelling: one text after the other, those first whose label teaches most."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.insight.voice import actions, queries
from shuke.insight.voice.models import Sentiment
from shuke.insight.voice.pages import wording
from shuke.insight.voice.pages.framing import frame, lines
from shuke.insight.voice.pages.texts import find
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request

# A text that somebody would rather not judge is not offered again in this sitting.
_SKIPPED = "voice_skipped"
_MOST_SKIPPED = 100
_KEYS = {"-1": "1", "0": "2", "1": "3"}


@page("voice.label")
def label(request: Request) -> HttpResponse:
    """Offer the text whose label would teach most, and say how many labels are missing."""
    skipped = tuple(request.session.get(_SKIPPED, ()))
    text = queries.next_to_label(request.actor.reference, skipped=skipped)
    counts = queries.label_counts()
    several, agreement = queries.agreement()
    context = {
        **frame(request, "label"), "line": lines(request, [text])[0] if text else None,
        "choices": [(value, label, _KEYS[str(value)]) for value, label in Sentiment.choices],
        "counts": [(label, counts.get(value, 0)) for value, label in Sentiment.choices],
        "needs": wording.needs(counts), "several": several, "agreement": agreement,
        "agreed": wording.agreement(agreement), "people": queries.labelled_by(),
    }  # fmt: skip
    return render(request, "voice/label.html", context)


@page("voice.label", methods=("POST",))
def say(request: Request, uuid: UUID) -> HttpResponse:
    """Take a label, its withdrawal, or that somebody would rather not say; go on to the next."""
    text, said = find(uuid), request.POST.get("sentiment", "")
    if said in _KEYS:
        actions.label(text, int(said), by=request.actor, now=request.now)
    elif said == "none":
        actions.unlabel(text, by=request.actor, now=request.now)
        messages.success(request, _("Your label is taken back."))
    else:
        request.session[_SKIPPED] = [*request.session.get(_SKIPPED, ()), text.pk][-_MOST_SKIPPED:]
    return redirect("voice:text", text.uuid) if request.POST.get("back") == "text" else redirect("voice:label")
