"""Pages that make and change segments."""

import json
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.warehouse.errors import WarehouseError
from shuke.insight.segments import errors, queries
from shuke.insight.segments.actions import compute, define, lists
from shuke.insight.segments.forms import ListForm, SegmentForm
from shuke.insight.segments.models import Segment
from shuke.insight.segments.pages import builder
from shuke.insight.segments.pages.people import people
from shuke.insight.segments.queries.suggestions import suggestions
from shuke.insight.segments.rules.text import read_text
from shuke.insight.segments.rules.writing import plain
from shuke.kernel.errors import ShukeError
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.manifest import uses_of
from shuke.platform.ui import formats

EVERYONE = '{"all": []}'


@page("segments.edit", methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Build a segment; ``?rule=`` and ``?name=`` fill the form beforehand."""
    if request.method == "POST":
        form = SegmentForm(request.POST)
        if form.is_valid():
            try:
                made = define.create(**form.cleaned_data, by=request.actor, now=request.now)
            except ShukeError as refusal:
                form.add_error(_field_of(refusal), str(refusal))
            else:
                return _saved(request, made)
        return _form(request, form, form.data.get("rule", EVERYONE))
    rule = request.GET.get("rule", "") or EVERYONE
    name = queries.free_name(request.GET.get("name", ""))
    return _form(request, SegmentForm(initial={"name": name, "rule": rule}), rule)


@page("segments.edit", methods=("GET", "POST"))
def edit(request: Request, uuid: UUID) -> HttpResponse:
    """Change a segment's rule, name or description; of a list, its name and description."""
    segment = find(uuid)
    if segment.is_list:
        return _edit_list(request, segment)
    before = json.dumps(segment.rule, ensure_ascii=False)
    if request.method == "POST":
        form = SegmentForm(request.POST)
        if form.is_valid():
            try:
                define.update(segment, **form.cleaned_data, by=request.actor, now=request.now)
            except ShukeError as refusal:
                form.add_error(_field_of(refusal), str(refusal))
            else:
                return _saved(request, segment)
        return _form(request, form, form.data.get("rule", before), segment)
    form = SegmentForm(initial={"name": segment.name, "description": segment.description, "rule": before})
    return _form(request, form, before, segment)


def _edit_list(request: Request, segment: Segment) -> HttpResponse:
    form = ListForm(request.POST or None, initial={"name": segment.name, "description": segment.description})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            define.update(
                segment, name=said["name"], description=said["description"], by=request.actor, now=request.now
            )
        except ShukeError as refusal:
            form.add_error(_field_of(refusal), str(refusal))
        else:
            return redirect("segments:detail", uuid=segment.uuid)
    return render(request, "segments/list_form.html", {"form": form, "segment": segment})


@page("segments.edit", methods=("GET", "POST"))
def new_list(request: Request) -> HttpResponse:
    """Make a list; ``rule`` fills it at once with whom that finds."""
    form = ListForm(request.POST or None, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            rule = queries.checked(said["rule"])[0] if said["rule"] else None
            made = define.create_list(
                name=said["name"], description=said["description"], by=request.actor, now=request.now
            )
            if rule is not None:
                lists.add_by_rule(made, said["rule"], by=request.actor, now=request.now)
        except ShukeError as refusal:
            form.add_error(_field_of(refusal), str(refusal))
        else:
            return redirect("segments:detail", uuid=made.uuid)
    return render(request, "segments/list_form.html", {"form": form, "segment": None})


@page("segments.edit", methods=("POST",))
def preview(request: Request) -> HttpResponse:
    """Answer the builder: how many a rule finds, ten of them, the rule in words; or what is wrong with it.

    A rule that is not finished yet is the usual case while somebody builds one, hence no refusal by status.
    """
    own = request.POST.get("own", "")
    try:
        found = queries.previewed(request.POST.get("rule", ""), own=_uuid(own))
    except errors.InvalidRule as refusal:
        problems = [{"path": problem.path, "text": problem.text} for problem in refusal.problems]
        return JsonResponse({"problems": problems})
    except (errors.NothingToAnalyse, WarehouseError) as refusal:
        return JsonResponse({"reason": str(refusal) or _("The warehouse did not answer.")})
    currency = request.company.currency
    sample = [
        {
            "name": person.name, "url": person.url, "place": person.place, "group": person.group,
            "net": formats.money(person.net_minor, currency) if person.net_minor is not None else "",
        }
        for person in people(request, found.sample)
    ]  # fmt: skip
    return JsonResponse(
        {
            "count": found.count, "shown": formats.number(found.count), "sentence": found.sentence, "sample": sample,
            "asOf": formats.day(found.as_of), "rule": found.plain, "text": found.text,
        }
    )  # fmt: skip


@page("segments.edit")
def suggest(request: Request) -> HttpResponse:
    """Answer the builder's search fields: values that occur in the data."""
    found = suggestions(request.GET.get("kind", ""), request.GET.get("q", "")[:100])
    return JsonResponse({"options": found})


@page("segments.edit", methods=("POST",))
def recompute(request: Request, uuid: UUID) -> HttpResponse:
    """Ask for the members to be worked out anew."""
    compute.ask(find(uuid), by=request.actor, now=request.now)
    return redirect("segments:detail", uuid=uuid)


@page("segments.edit", methods=("POST",))
def duplicate(request: Request, uuid: UUID) -> HttpResponse:
    """Save a copy and open it."""
    try:
        made = define.duplicate(find(uuid), by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
        return redirect("segments:detail", uuid=uuid)
    return redirect("segments:edit", uuid=made.uuid)


@page("segments.edit", methods=("POST",))
def archive(request: Request, uuid: UUID) -> HttpResponse:
    """Take a segment out of use, unless others are built on it."""
    try:
        define.archive(find(uuid), by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
        return redirect("segments:detail", uuid=uuid)
    messages.success(request, _("Archived. Its history is kept, and it can be brought back."))
    return redirect("segments:list")


@page("segments.edit", methods=("POST",))
def restore(request: Request, uuid: UUID) -> HttpResponse:
    """Bring an archived segment back."""
    try:
        define.restore(find(uuid), by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    return redirect("segments:detail", uuid=uuid)


def find(uuid: UUID) -> Segment:
    """Return a segment or answer that there is no such page."""
    try:
        return queries.by_uuid(uuid)
    except errors.SegmentNotFound as missing:
        raise Http404 from missing


def _saved(request: Request, segment: Segment) -> HttpResponse:
    """Show the saved segment, with its members where they are quickly worked out."""
    try:
        compute.recompute_if_small(segment, by=request.actor, now=request.now)
    except (errors.NothingToAnalyse, WarehouseError):
        messages.info(request, _("Saved. The members are worked out as soon as there is data."))
    return redirect("segments:detail", uuid=segment.uuid)


def _form(request: Request, form: SegmentForm, rule: str, segment: Segment | None = None) -> HttpResponse:
    said = _read(rule)
    shown: dict[str, Any] = {
        "form": form, "segment": segment, "builder": builder.config(said, segment), "rule": rule,
        "today": _data_until(), "uses": uses_of(f"segment:{segment.uuid}") if segment else [],
    }  # fmt: skip
    return render(request, "segments/form.html", shown, status=422 if form.errors else 200)


def _data_until() -> date | None:
    try:
        return queries.today()
    except (errors.NothingToAnalyse, WarehouseError):
        return None


def _read(rule: str) -> Any:
    try:
        return json.loads(rule)
    except ValueError:
        pass
    try:
        return plain(read_text(rule))
    except errors.InvalidRule:
        return None


def _field_of(refusal: ShukeError) -> str | None:
    if isinstance(refusal, errors.NameTaken):
        return "name"
    return "rule" if isinstance(refusal, errors.InvalidRule) else None


def _uuid(written: str) -> UUID | None:
    try:
        return UUID(written)
    except ValueError:
        return None
