"""Deciding who is who: the queue, two side by side, many at once, and what may happen without asking."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shuke.cdp.customers.queries import merging
from shuke.cdp.quality import actions, forms
from shuke.cdp.quality.actions import deciding
from shuke.cdp.quality.models import Suggestion, Verdict
from shuke.cdp.quality.pages import wording
from shuke.cdp.quality.pages.cards import Card, cards, merging_url
from shuke.cdp.quality.queries import suggestions as queries
from shuke.kernel.errors import Kind, ShukeError
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.jobs import actions as jobs
from shuke.platform.jobs import queries as job_queries
from shuke.platform.ui import formats

_BACKGROUND = ("quality.search", "quality.accept_many")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the queue."""

    suggestion: Suggestion
    low: Card
    high: Card
    reasons: list[Any]
    conflicts: list[Any]


@page("quality.view")
def queue(request: Request) -> HttpResponse:
    """List the suggestions, the likeliest first; or the decided ones, the latest first."""
    form = forms.QueueFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    verdict = chosen.get("show") or Verdict.OPEN
    at_least = float(chosen.get("at_least") or queries.WORTH_SHOWING)
    if verdict == Verdict.OPEN:
        rows = queries.open_suggestions(at_least=at_least, conflicts=chosen.get("conflicts", ""))
        keys = ("-probability", "-id")
    else:
        rows, keys = queries.decided(verdict), ("-decided_at", "-id")
    shown = paginate(rows, request, keys=keys, per_page=30)
    context = {
        "form": form,
        "lines": _lines(request, shown.rows),
        "page": shown,
        "verdict": verdict,
        "counts": queries.counts(),
        "model": queries.newest_model(),
        "settings": queries.settings(),
        "running": [job for key in _BACKGROUND if (job := job_queries.find_unfinished(key))],
        "may_merge": may(request, "customers.merge"),
        "may_configure": may(request, "quality.configure"),
        "is_filtered": bool(chosen.get("at_least") or chosen.get("conflicts") or chosen.get("show")),
    }
    return render(request, "quality/duplicates.html", context)


def _lines(request: Request, rows: list[Suggestion]) -> list[Line]:
    found = cards(request, {pk for row in rows for pk in (row.low_id, row.high_id)})
    return [
        Line(
            row, found[row.low_id], found[row.high_id], wording.in_short(row.levels),
            [wording.CONFLICTS_SHORT[code] for code in row.conflicts if code in wording.CONFLICTS_SHORT],
        )
        for row in rows
        if row.low_id in found and row.high_id in found
    ]  # fmt: skip


@page("quality.view")
def compare(request: Request, pk: int) -> HttpResponse:
    """Show two customers side by side, why they may be one, and what merging would do."""
    suggestion = _suggestion(pk)
    sides = cards(request, [suggestion.low_id, suggestion.high_id])
    survivor_id = _survivor(request, suggestion)
    merged_id = suggestion.high_id if survivor_id == suggestion.low_id else suggestion.low_id
    context = {
        "suggestion": suggestion,
        "survivor": sides[survivor_id],
        "merged": sides[merged_id],
        "clauses": wording.clauses(suggestion.levels, queries.model_in_use()),
        "conflicts": [wording.CONFLICTS[code] for code in suggestion.conflicts if code in wording.CONFLICTS],
        "merging_url": merging_url(sides[survivor_id], sides[merged_id]),
        "moves": _moves(survivor_id, merged_id) if suggestion.verdict == Verdict.OPEN else [],
        "is_open": suggestion.verdict == Verdict.OPEN,
        "is_apart": suggestion.verdict == Verdict.APART,
        "seen_at": request.now.isoformat(),
        "may_merge": may(request, "customers.merge"),
    }
    return render(request, "quality/compare.html", context)


def _survivor(request: Request, suggestion: Suggestion) -> int:
    """Who stays: as asked, otherwise the one known longer."""
    asked = request.GET.get("keep", "")
    if asked in (str(suggestion.low_id), str(suggestion.high_id)):
        return int(asked)
    low, high = suggestion.low, suggestion.high
    return low.pk if (low.first_seen_at, low.pk) <= (high.first_seen_at, high.pk) else high.pk


def _moves(survivor_id: int, merged_id: int) -> list[tuple[Any, int]]:
    try:
        found = merging.preview(survivor_id, merged_id)
    except ShukeError:
        return []
    return [(wording.MOVES.get(noun, noun), count) for noun, count in found.moves.items() if count]


@page("customers.merge", methods=("POST",))
def accept(request: Request, pk: int) -> HttpResponse:
    """Merge the two of a suggestion."""
    _suggestion(pk)
    raw = request.POST.get("survivor", "")
    if not raw.isdecimal():
        raise Http404
    try:
        actions.accept(pk, survivor_id=int(raw), by=request.actor, now=request.now, seen_at=_moment(request))
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The two are one customer now. The merge can be split again."))
    return _next(pk)


def _moment(request: Request) -> datetime | None:
    try:
        return datetime.fromisoformat(request.POST.get("seen_at", ""))
    except ValueError:
        return None


@page("customers.merge", methods=("POST",))
def tell_apart(request: Request, pk: int) -> HttpResponse:
    """Remember that the two are different people."""
    _suggestion(pk)
    try:
        actions.tell_apart(pk, by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("They will not be suggested again."))
    return _next(pk)


def _next(decided: int) -> HttpResponse:
    """Go on with the next suggestion; back to the list when there is none."""
    following = queries.open_suggestions().exclude(pk=decided).order_by("-probability", "-id").first()
    return redirect("quality:compare", following.pk) if following else redirect("quality:duplicates")


@page("customers.merge", methods=("POST",))
def reconsider(request: Request, pk: int) -> HttpResponse:
    """Take back that two are different people."""
    _suggestion(pk)
    try:
        actions.reconsider(pk, by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    return redirect("quality:compare", pk)


@page("customers.merge", methods=("GET", "POST"))
def accept_above(request: Request) -> HttpResponse:
    """Show how many merges a threshold means; accept them all in the background."""
    form = forms.AcceptAbove(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            job = jobs.enqueue(
                "quality.accept_many", now=request.now, by=request.actor, dedupe_key="quality.accept_many",
                probability=float(form.cleaned_data["probability"]), staff=request.actor.reference,
            )  # fmt: skip
        return redirect("web:job", job.pk)
    rows = [(value, *deciding.count_above(float(value))) for value, _label in form.fields["probability"].choices]  # type: ignore[attr-defined]
    context = {
        "form": form,
        "rows": [
            {"value": value, "label": formats.percent(float(value), 1 if value == "0.999" else 0), "merges": merges,
             "people": people}
            for value, merges, people in rows
        ],
    }  # fmt: skip
    return render(request, "quality/accept_above.html", context, status=422 if form.is_bound else 200)


@page("customers.merge", methods=("POST",))
def search(request: Request) -> HttpResponse:
    """Compare everybody anew, in the background."""
    with transaction.atomic():
        job = jobs.enqueue("quality.search", now=request.now, by=request.actor, dedupe_key="quality.search")
    return redirect("web:job", job.pk)


@page("quality.configure", methods=("GET", "POST"))
def settings(request: Request) -> HttpResponse:
    """Choose what may happen without asking, having seen what it would do today."""
    form = forms.SettingsForm(request.POST or None, settings=queries.settings())
    if request.method == "POST" and form.is_valid() and "try" not in request.POST:
        actions.configure(form.values, by=request.actor, now=request.now)
        messages.success(request, _("The settings are saved."))
        return redirect("quality:settings")
    trial = ""
    if form.is_bound and form.is_valid() and form.values.merge_from is not None:
        merges, _people = deciding.count_above(form.values.merge_from)
        trial = ngettext(
            "Today this would merge %(count)s customer into another.",
            "Today this would merge %(count)s customers into others.",
            merges,
        ) % {"count": formats.number(merges)}
    elif form.is_bound and form.is_valid():
        trial = _("Nobody would be merged.")
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "quality/settings.html", {"form": form, "trial": trial}, status=status)


def _suggestion(pk: int) -> Suggestion:
    try:
        return queries.suggestion(pk)
    except ShukeError as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise Http404 from refusal
        raise
