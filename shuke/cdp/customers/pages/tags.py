"""Looking after tags. The customer list and the page of one customer join several domains and live in ``shuke.web``."""

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

# On more customers than this, a tag is deleted or merged as background work.
AT_ONCE = 2_000


@page("customers.edit", methods=("GET", "POST"))
def tags(request: Request) -> HttpResponse:
    """List the tags with how many customers have each; make new ones."""
    form = forms.TagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.create_tag(**form.cleaned_data, by=request.actor, now=request.now)
        except ShukeError as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("The tag is made."))
            return redirect("customers:tags")
    counts = queries.tag_counts()
    rows = [(tag, counts.get(tag.pk, 0)) for tag in queries.tags()]
    return render(request, "customers/tags.html", {"rows": rows, "form": form}, status=422 if form.is_bound else 200)


@page("customers.edit", methods=("GET", "POST"))
def tag(request: Request, pk: int) -> HttpResponse:
    """Show and change one tag."""
    shown = _tag(pk)
    form = forms.TagForm(request.POST or None, initial={"name": shown.name, "color": shown.color})
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_tag(pk, **form.cleaned_data, by=request.actor, now=request.now)
        except ShukeError as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("The changes are saved."))
            return redirect("customers:tags")
    others = [other for other in queries.tags() if other.pk != pk]
    context = {"tag": shown, "form": form, "others": others, "count": queries.tag_counts().get(pk, 0)}
    return render(request, "customers/tag.html", context, status=422 if form.is_bound else 200)


@page("customers.edit", methods=("POST",))
def delete_tag(request: Request, pk: int) -> HttpResponse:
    """Delete a tag, or merge it into another; as background work when many customers have it."""
    _tag(pk)
    into_id = _other(request.POST.get("into", ""), pk)
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
