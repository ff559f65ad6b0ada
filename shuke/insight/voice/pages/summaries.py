"""Summaries by an outside service: asking for one, and setting the service."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.insight.voice import queries
from shuke.insight.voice.actions import summarising
from shuke.insight.voice.errors import NoSummary
from shuke.insight.voice.forms import EndpointForm
from shuke.insight.voice.pages.framing import frame
from shuke.insight.voice.queries import outside
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request

_FILTERS = ("sentiment", "kind", "language", "shop", "topic", "product", "judge")


@page("voice.manage", methods=("POST",))
def summarise(request: Request) -> HttpResponse:
    """Have the newest texts of a filter summarised, and show that beside where it comes from."""
    if not outside.is_on():
        raise Http404
    said = {name: request.POST[name] for name in _FILTERS if request.POST.get(name)}
    texts = list(queries.filtered(said).order_by("-written_at", "-pk")[: summarising.MOST_TEXTS])
    context = {**frame(request, "texts"), "said": said, "count": len(texts), "endpoint": outside.endpoint()}
    try:
        context["summary"] = summarising.summarise(texts, by=request.actor, now=request.now)
    except NoSummary as refusal:
        context["refusal"] = str(refusal)
    return render(request, "voice/summary.html", context)


@page("voice.configure", methods=("GET", "POST"))
def settings(request: Request) -> HttpResponse:
    """Show and change the outside service."""
    found = outside.endpoint()
    initial = {"is_on": found.is_on, "url": found.url, "model": found.model} if found else {}
    form = EndpointForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        summarising.configure(**form.cleaned_data, by=request.actor, now=request.now)
        messages.success(request, _("The changes are saved."))
        return redirect("voice:settings")
    context = {**frame(request, "training"), "form": form, "has_key": bool(found and found.sealed)}
    return render(request, "voice/settings.html", context, status=422 if form.is_bound else 200)
