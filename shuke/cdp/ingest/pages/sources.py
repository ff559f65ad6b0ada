"""Sources: who sends events, under which key, and how they are doing."""

from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.ingest import actions, forms
from shuke.cdp.ingest.errors import UnknownSource
from shuke.cdp.ingest.models import Source
from shuke.cdp.ingest.pages import wording
from shuke.cdp.ingest.queries import letters
from shuke.cdp.ingest.queries import sources as queries
from shuke.kernel.errors import ShukeError
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats


@page("sources.view")
def index(request: Request) -> HttpResponse:
    """List the sources with how they are doing."""
    health = queries.health(now=request.now)
    rows = [(source, health.get(source.pk, queries.Health())) for source in queries.sources()]
    turned_away = [(wording.outcome(code), count) for code, count in queries.turned_away(now=request.now).items()]
    context = {
        "rows": rows, "archived": queries.sources(archived=True), "turned_away": turned_away,
        "lag": actions.lag(now=request.now), "letters": letters.waiting(), "may_manage": may(request, "sources.manage"),
    }  # fmt: skip
    return render(request, "ingest/sources.html", context)


@page("sources.manage", methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Open a source."""
    form = forms.SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_source(**form.cleaned_data, by=request.actor, now=request.now)
        except ShukeError as no:
            form.add_error(None, str(no))
        else:
            messages.success(request, _("The source is open. Its key is on this page."))
            return redirect("ingest:source", made.uuid)
    return render(request, "ingest/source_form.html", {"form": form}, status=422 if form.is_bound else 200)


@page("sources.view")
def detail(request: Request, uuid: UUID) -> HttpResponse:
    """Show one source: key, health, its events and where they depart from the plan."""
    source = _source(uuid)
    may_manage = may(request, "sources.manage")
    health = queries.health(now=request.now).get(source.pk, queries.Health())
    context = {
        "source": source, "health": health, "chart": _chart(source, request), "may_manage": may_manage,
        "outcomes": [
            (wording.outcome(code), wording.tone(code), count)
            for code, count in sorted(health.outcomes.items(), key=lambda pair: -pair[1])
        ],
        "events": queries.observed(source.pk),
        "departures": [(row, wording.problem(row.problem)) for row in queries.departures(source.pk)],
        "host": f"{request.scheme}://{request.get_host()}",
        "is_old_key_valid": bool(source.previous_key_until and source.previous_key_until > request.now),
    }  # fmt: skip
    return render(request, "ingest/source.html", context)


@page("sources.manage", methods=("GET", "POST"))
def edit(request: Request, uuid: UUID) -> HttpResponse:
    """Change a source."""
    source = _source(uuid)
    initial = {name: getattr(source, name) for name in actions.CHANGEABLE}
    form = forms.SourceForm(request.POST or None, initial=initial, is_new=False)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_source(source.pk, **form.cleaned_data, by=request.actor, now=request.now)
        except ShukeError as no:
            form.add_error(None, str(no))
        else:
            messages.success(request, _("The changes are saved."))
            return redirect("ingest:source", source.uuid)
    context = {"form": form, "source": source}
    return render(request, "ingest/source_form.html", context, status=422 if form.is_bound else 200)


@page("sources.manage", methods=("POST",))
def rotate(request: Request, uuid: UUID) -> HttpResponse:
    """Give a source a new key."""
    at_once = request.POST.get("at_once") == "1"
    actions.rotate_key(_source(uuid).pk, at_once=at_once, by=request.actor, now=request.now)
    said = (
        _("The source has a new key; the old one has stopped.")
        if at_once
        else _("The source has a new key; the old one works for 30 more days.")
    )
    messages.success(request, said)
    return redirect("ingest:source", uuid)


@page("sources.manage", methods=("POST",))
def archive(request: Request, uuid: UUID) -> HttpResponse:
    """Close a source."""
    actions.archive_source(_source(uuid).pk, by=request.actor, now=request.now)
    messages.success(request, _("The source is closed. What it sent stays."))
    return redirect("ingest:sources")


@page("sources.manage", methods=("POST",))
def restore(request: Request, uuid: UUID) -> HttpResponse:
    """Open a closed source again."""
    try:
        actions.restore_source(_source(uuid).pk, by=request.actor, now=request.now)
    except ShukeError as no:
        messages.error(request, str(no))
    else:
        messages.success(request, _("The source is open again, under its key."))
    return redirect("ingest:source", uuid)


def _source(uuid: UUID) -> Source:
    try:
        return queries.source(uuid)
    except UnknownSource as unknown:
        raise Http404 from unknown


def _chart(source: Source, request: Request) -> dict[str, Any] | None:
    """What became of the source's events, day by day."""
    rows = queries.outcomes_by_day(source.pk, now=request.now)
    if not rows:
        return None
    days = sorted({day for day, _code, _count in rows})
    by_label: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for day, code, count in rows:
        by_label[str(wording.outcome(code))][day] += count
    return {
        "kind": "bar", "stacked": True, "format": "number", "categories": [formats.day(day) for day in days],
        "series": [{"name": name, "values": [counts.get(day, 0) for day in days]} for name, counts in by_label.items()],
    }  # fmt: skip
