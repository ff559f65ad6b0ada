"""Kept reports and boards: a person's own, and what colleagues share."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.insight.analytics.actions import keeping
from shuke.insight.analytics.errors import Gone
from shuke.insight.analytics.forms import AskingForm
from shuke.insight.analytics.models import PDF, XLSX, Board, SavedReport
from shuke.insight.analytics.pages import tiles
from shuke.insight.analytics.pages.framing import frame, nothing
from shuke.insight.analytics.queries import saved as queries
from shuke.insight.analytics.rules import Step
from shuke.kernel.errors import ShukeError
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import paper

RHYTHM_LABELS = {
    Step.DAY.value: gettext_lazy("Each day"), Step.WEEK.value: gettext_lazy("Each Monday"),
    Step.MONTH.value: gettext_lazy("On the first of each month"),
}  # fmt: skip
FILE_LABELS = {
    PDF: gettext_lazy("PDF with charts, to print or pass on"), XLSX: gettext_lazy("Workbook with all tables"),
}  # fmt: skip


class KeepReportForm(forms.Form):
    """What a kept report is called, and whether colleagues find it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    is_shared = forms.BooleanField(label=gettext_lazy("Colleagues who may see reports find it"), required=False)
    report = forms.CharField(widget=forms.HiddenInput, max_length=40)
    query = forms.CharField(widget=forms.HiddenInput, max_length=2000, required=False)

    def clean_report(self) -> str:
        """Only reports with filters can be kept."""
        asked = str(self.cleaned_data["report"])
        if not tiles.can_be_kept(asked):
            raise forms.ValidationError(_("This page cannot be kept."))
        return asked


class BoardForm(forms.Form):
    """A board: its reports in their order, who finds it, who gets it each Monday."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    is_shared = forms.BooleanField(label=gettext_lazy("Colleagues who may see reports find it"), required=False)
    rhythm = forms.ChoiceField(label=gettext_lazy("How often"), choices=list(RHYTHM_LABELS.items()), initial=Step.WEEK)
    attached = forms.MultipleChoiceField(
        label=gettext_lazy("With the letter"), choices=list(FILE_LABELS.items()), required=False, initial=[PDF, XLSX],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    mailed_to = forms.MultipleChoiceField(
        label=gettext_lazy("By e-mail to"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, reports: list[SavedReport], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reports = reports
        choices = [("", "–"), *((str(one.pk), one.name) for one in reports)]
        for place in range(1, keeping.MOST_TILES + 1):
            label = _("Report %(place)s") % {"place": place}
            self.fields[f"tile{place}"] = forms.ChoiceField(label=label, choices=choices, required=False)
        people = self.fields["mailed_to"]
        assert isinstance(people, forms.MultipleChoiceField)
        people.choices = [(str(one.pk), f"{one.name} · {one.email}") for one in queries.possible_readers()]

    @property
    def tile_fields(self) -> list[forms.BoundField]:
        """The fields of the tiles, in order."""
        return [self[f"tile{place}"] for place in range(1, keeping.MOST_TILES + 1)]

    def chosen(self) -> list[SavedReport]:
        """Return the reports that were chosen, in order."""
        known = {str(one.pk): one for one in self.reports}
        said = (self.cleaned_data.get(f"tile{place}") for place in range(1, keeping.MOST_TILES + 1))
        return [known[key] for key in said if key]


@page("reports.view")
def boards(request: Request) -> HttpResponse:
    """List boards and kept reports."""
    found = frame(request, "boards")
    if found is None:
        return nothing(request)
    kept = [
        {
            "report": one, "title": tiles.title_of(one.report), "is_own": one.owner_id == request.user.pk,
            "url": f"{reverse(f'analytics:{one.report}')}?{one.query}",
        }
        for one in queries.reports(request.user) if tiles.can_be_kept(one.report)
    ]  # fmt: skip
    every = [
        {"board": one, "is_own": one.owner_id == request.user.pk, "rhythm": RHYTHM_LABELS[one.rhythm]}
        for one in queries.boards(request.user)
    ]
    return render(request, "analytics/boards.html", {**found.context(), "kept": kept, "boards": every})


@page("reports.view", methods=("GET", "POST"))
def keep_report(request: Request) -> HttpResponse:
    """Keep a report with its filters."""
    if request.method == "POST":
        form = KeepReportForm(request.POST)
        if form.is_valid():
            said = form.cleaned_data
            keeping.keep(
                said["report"], said["query"], name=said["name"], is_shared=said["is_shared"], owner=request.user,
                by=request.actor, now=request.now,
            )  # fmt: skip
            messages.success(request, _("The report was kept."))
            return redirect("analytics:boards")
    else:
        asked = request.GET.get("report", "")
        if not tiles.can_be_kept(asked):
            raise Http404
        form = KeepReportForm(
            initial={"report": asked, "query": request.GET.get("query", "")[:2000], "name": tiles.title_of(asked)}
        )  # fmt: skip
    return render(request, "analytics/keep.html", {"form": form}, status=422 if form.is_bound else 200)


@page("reports.view", methods=("POST",))
def forget_report(request: Request, uuid: UUID) -> HttpResponse:
    """Remove a kept report."""
    return _forgotten(request, lambda: queries.report(uuid, request.user))


@page("reports.view", methods=("POST",))
def forget_board(request: Request, uuid: UUID) -> HttpResponse:
    """Remove a board; its reports stay."""
    return _forgotten(request, lambda: queries.board(uuid, request.user))


def _forgotten(request: Request, find: Callable[[], SavedReport | Board]) -> HttpResponse:
    try:
        keeping.forget(find(), viewer=request.user, by=request.actor, now=request.now)
        messages.success(request, _("It was removed."))
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    return redirect("analytics:boards")


@page("reports.view", methods=("GET", "POST"))
def new_board(request: Request) -> HttpResponse:
    """Make a board."""
    return _edited(request, None)


@page("reports.view", methods=("GET", "POST"))
def edit_board(request: Request, uuid: UUID) -> HttpResponse:
    """Change a board."""
    found = _board(request, uuid)
    if found.owner_id != request.user.pk:
        raise Http404
    return _edited(request, found)


def _edited(request: Request, found: Board | None) -> HttpResponse:
    known = [one for one in queries.reports(request.user) if tiles.can_be_kept(one.report)]
    if request.method == "POST":
        form = BoardForm(request.POST, reports=known)
        if form.is_valid():
            said = form.cleaned_data
            made = keeping.set_board(
                found, name=said["name"], is_shared=said["is_shared"], reports=form.chosen(),
                mailed_to=queries.readers([int(pk) for pk in said["mailed_to"]]), rhythm=Step(said["rhythm"]),
                attached=said["attached"], viewer=request.user, by=request.actor, now=request.now,
            )  # fmt: skip
            return redirect("analytics:board", uuid=made.uuid)
    else:
        initial = _initial(found) if found else _begun_with(request, known)
        form = BoardForm(initial=initial, reports=known)
    missing = paper.what_is_missing()
    context = {"form": form, "board": found, "has_reports": bool(known), "missing": missing}
    return render(request, "analytics/board_form.html", context, status=422 if form.is_bound else 200)


def _initial(found: Board) -> dict[str, Any]:
    held = {f"tile{place}": str(tile.report_id) for place, tile in enumerate(queries.tiles(found), 1)}
    return {
        "name": found.name, "is_shared": found.is_shared, "mailed_to": [str(pk) for pk in found.mailed_to],
        "rhythm": found.rhythm, "attached": found.attached, **held,
    }  # fmt: skip


def _begun_with(request: Request, known: list[SavedReport]) -> dict[str, Any]:
    """Return a new board of one report that somebody wants by mail, for whoever wants it."""
    wanted = next((one for one in known if str(one.uuid) == request.GET.get("report")), None)
    return {"name": wanted.name, "tile1": str(wanted.pk), "mailed_to": [str(request.user.pk)]} if wanted else {}


@page("reports.view", methods=("POST",))
def send_board(request: Request, uuid: UUID) -> HttpResponse:
    """Have a board written and sent to whoever asks."""
    found = _board(request, uuid)
    keeping.send_to(found, request.user, by=request.actor, now=request.now)
    messages.success(
        request, _("The letter is being written; it will be sent to %(email)s.") % {"email": request.user.email}
    )
    return redirect("analytics:board", uuid=found.uuid)


@page("reports.view")
def board(request: Request, uuid: UUID) -> HttpResponse:
    """Show a board; each tile comes by itself, so that a slow one keeps no other waiting."""
    found, shown = _board(request, uuid), frame(request, "boards")
    if shown is None:
        return nothing(request)
    over, context = request.GET.urlencode(), shown.context()
    if not tiles.has_days(request.GET):
        # Each report says its own days then, so the bar says none.
        context |= {"form": AskingForm(request.GET, choices=shown.choices), "preset_label": _("As each was kept")}
    return render(
        request,
        "analytics/board.html",
        {
            **context, "board": found, "is_own": found.owner_id == request.user.pk, "rhythm": RHYTHM_LABELS[found.rhythm],
            "tiles": [
                {"tile": tile, "url": f"{reverse('analytics:tile', args=[found.uuid, tile.pk])}?{over}"}
                for tile in queries.tiles(found)
            ],
        },
    )  # fmt: skip


@page("reports.view")
def tile(request: Request, uuid: UUID, tile_id: int) -> HttpResponse:
    """Show one tile of a board."""
    one = next((each for each in queries.tiles(_board(request, uuid)) if each.pk == tile_id), None)
    if one is None or not tiles.can_be_kept(one.report.report):
        raise Http404
    found = tiles.read(one.report.report, one.report.query, over=request.GET)
    context: dict[str, Any] = {"tile": one, "content": None}
    if found is not None:
        shown, content = found
        chart = content.first_chart
        context |= {
            "content": content, "card": chart, "sheet": content.sheets[0] if content.sheets and not chart else None,
            "url": f"{reverse(f'analytics:{one.report.report}')}?{shown.asked.query()}", "chart_id": f"tile-{one.pk}",
            **shown.words(), **({"period_text": content.period_text} if content.period_text else {}),
        }  # fmt: skip
    return render(request, "analytics/_tile.html", context)


def _board(request: Request, uuid: UUID) -> Board:
    try:
        return queries.board(uuid, request.user)
    except Gone:
        raise Http404 from None
