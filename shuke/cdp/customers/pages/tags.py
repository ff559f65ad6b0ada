"""Looking after tags. The customer list and the page of one customer join several domains and live in ``shuke.web``."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.customers import actions, errors, forms, queries
from shuke.cdp.customers.models import Tag
from shuke.kernel.errors import ShukeError
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.jobs import actions as jobs
from shuke.platform.manifest import uses_of

# On more customers than this, a tag is deleted or merged as background work.
AT_ONCE = 2_000


@page("customers.edit", methods=("GET", "POST"))
def tags(request: Request) -> HttpResponse:
    """List the tags by group with how many customers have each; make new ones."""
    groups = queries.tag_groups()
    form = forms.TagForm(request.POST or None, groups=groups)
    if request.method == "POST" and form.is_valid():
        try:
            actions.create_tag(**form.cleaned_data, by=request.actor, now=request.now)
        except ShukeError as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("The tag is made."))
            return redirect("customers:tags")
    counts, known = queries.tag_counts(), queries.tags()
    drawers: list[dict[str, Any]] = [
        {"group": group, "rows": [(tag, counts.get(tag.pk, 0)) for tag in known if tag.group_id == group.pk]}
        for group in groups
    ]
    rest = [(tag, counts.get(tag.pk, 0)) for tag in known if tag.group_id is None]
    drawers += [{"group": None, "rows": rest}] if rest else []
    context = {"drawers": drawers, "form": form, "group_form": forms.TagGroupForm()}
    return render(request, "customers/tags.html", context, status=422 if form.is_bound else 200)


@page("customers.edit", methods=("GET", "POST"))
def tag(request: Request, pk: int) -> HttpResponse:
    """Show and change one tag."""
    shown = _tag(pk)
    initial = {"name": shown.name, "color": shown.color, "group_id": shown.group_id}
    form = forms.TagForm(request.POST or None, groups=queries.tag_groups(), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_tag(pk, **form.cleaned_data, by=request.actor, now=request.now)
        except ShukeError as refusal:
            form.add_error("group_id" if isinstance(refusal, errors.TagGroupConflict) else "name", str(refusal))
        else:
            messages.success(request, _("The changes are saved."))
            return redirect("customers:tags")
    others = [other for other in queries.tags() if other.pk != pk and not other.is_automatic]
    uses = uses_of(f"tag:{pk}")
    context = {
        "tag": shown, "form": form, "others": others, "count": queries.tag_counts().get(pk, 0), "uses": uses,
        "is_held": any(use.is_blocking for use in uses),
    }  # fmt: skip
    return render(request, "customers/tag.html", context, status=422 if form.is_bound else 200)


@page("customers.edit", methods=("POST",))
def new_group(request: Request) -> HttpResponse:
    """Make a group of tags."""
    form = forms.TagGroupForm(request.POST)
    try:
        if form.is_valid():
            actions.create_group(**form.cleaned_data, by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    return redirect("customers:tags")


@page("customers.edit", methods=("GET", "POST"))
def group(request: Request, pk: int) -> HttpResponse:
    """Change a group of tags."""
    try:
        shown = queries.tag_group(pk)
    except errors.UnknownTagGroup as unknown:
        raise Http404 from unknown
    form = forms.TagGroupForm(request.POST or None, initial={"name": shown.name, "is_exclusive": shown.is_exclusive})
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_group(pk, **form.cleaned_data, by=request.actor, now=request.now)
        except ShukeError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The changes are saved."))
            return redirect("customers:tags")
    context = {"group": shown, "form": form, "tags": queries.tags_in(shown)}
    return render(request, "customers/tag_group.html", context, status=422 if form.is_bound else 200)


@page("customers.edit", methods=("POST",))
def delete_group(request: Request, pk: int) -> HttpResponse:
    """Remove a group; its tags stay."""
    try:
        actions.delete_group(pk, by=request.actor, now=request.now)
    except errors.UnknownTagGroup as unknown:
        raise Http404 from unknown
    messages.success(request, _("The group is removed; its tags stay."))
    return redirect("customers:tags")


@page("customers.edit", methods=("POST",))
def delete_tag(request: Request, pk: int) -> HttpResponse:
    """Delete a tag, or merge it into another; as background work when many customers have it."""
    _tag(pk)
    into_id = _other(request.POST.get("into", ""), pk)
    try:
        actions.require_unused(pk)
    except errors.TagInUse as refusal:
        messages.error(request, str(refusal))
        return redirect("customers:tag", pk)
    if queries.tag_counts().get(pk, 0) > AT_ONCE:
        with transaction.atomic():
            job = jobs.enqueue(
                "customers.remove_tag", now=request.now, by=request.actor, dedupe_key=f"customers.remove_tag:{pk}",
                tag_id=pk, into_id=into_id, staff_id=request.user.pk,
            )  # fmt: skip
        return redirect("web:job", job.pk)
    while into_id is not None and actions.pour_tag(pk, into_id, by=request.actor, now=request.now):
        pass
    actions.delete_tag(pk, by=request.actor, now=request.now)
    messages.success(request, _("The tags are merged.") if into_id else _("The tag is deleted."))
    return redirect("customers:tags")


def _tag(pk: int) -> Tag:
    try:
        return queries.tag(pk)
    except errors.UnknownTag as unknown:
        raise Http404 from unknown


def _other(raw: str, pk: int) -> int | None:
    """The tag to merge into, if one is named; never the tag itself."""
    return _tag(int(raw)).pk if raw.isdecimal() and int(raw) != pk else None
