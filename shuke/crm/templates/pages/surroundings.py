"""The brand kit, snippets and pictures; and pictures for whoever reads a message."""

from uuid import UUID

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from pydantic import ValidationError

from shuke.crm.templates import queries
from shuke.crm.templates.actions import surrounding
from shuke.crm.templates.errors import UnknownTemplate
from shuke.crm.templates.forms import BrandForm, PictureForm, SnippetForm
from shuke.crm.templates.queries.checking import picture_url
from shuke.crm.templates.rules import BrandKit
from shuke.crm.templates.rules.pictures import MIME
from shuke.kernel.errors import ShukeError
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import ANYONE, page
from shuke.platform.http.request import Request


@page(queries.EDIT, methods=("GET", "POST"))
def brand(request: Request) -> HttpResponse:
    """Show and change how the company looks."""
    form = BrandForm(request.POST or None, initial=queries.brand().model_dump())
    if request.method == "POST" and form.is_valid():
        try:
            surrounding.set_brand(BrandKit(**form.cleaned_data), by=request.actor, now=request.now)
        except ValidationError as refusal:
            for error in refusal.errors():
                form.add_error(str(error["loc"][0]), _("This does not fit: %(reason)s.") % {"reason": error["msg"]})
        else:
            messages.success(request, _("The changes are saved. Templates show them when they are published again."))
            return redirect("templates:brand")
    return render(request, "templates/brand.html", {"form": form}, status=422 if form.is_bound else 200)


@page(queries.EDIT, methods=("GET", "POST"))
def snippets(request: Request) -> HttpResponse:
    """List shared texts; write one."""
    shown = queries.snippets()
    chosen = next((one for one in shown if one.code == request.GET.get("code")), None)
    initial = (
        {
            "code": chosen.code,
            "name": chosen.name,
            "en": chosen.texts.get("en", ""),
            "zh": chosen.texts.get("zh-hans", ""),
        }
        if chosen
        else {}
    )
    form = SnippetForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        texts = {"en": said["en"], "zh-hans": said["zh"]}
        try:
            surrounding.write_snippet(said["code"], name=said["name"], texts=texts, by=request.actor, now=request.now)
        except ShukeError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The changes are saved. Templates show them when they are published again."))
            return redirect("templates:snippets")
    context = {"snippets": shown, "form": form, "chosen": chosen}
    return render(request, "templates/snippets.html", context, status=422 if form.is_bound else 200)


@page(queries.EDIT, methods=("GET", "POST"))
def pictures(request: Request) -> HttpResponse:
    """List pictures; add one."""
    form = PictureForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            data = file.read()
            surrounding.add_picture(data, name=file.name or "", by=request.actor, now=request.now)
        except ShukeError as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, _("The picture is there."))
            return redirect("templates:pictures")
    found = paginate(queries.pictures(), request, keys=("-created_at", "-id"), per_page=24)
    context = {"form": form, "page": found, "rows": [(one, picture_url(one)) for one in found.rows]}
    return render(request, "templates/pictures.html", context, status=422 if form.is_bound else 200)


@page(ANYONE)
def picture(request: Request, uuid: UUID, kind: str) -> HttpResponse:  # noqa: ARG001  Django's
    """Answer with a picture, to whoever reads a message with it."""
    try:
        found = queries.picture(uuid)
    except UnknownTemplate as missing:
        raise Http404 from missing
    if kind != found.kind:
        raise Http404
    with default_storage.open(found.file) as file:
        response = HttpResponse(file.read(), content_type=MIME[found.kind])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Disposition"] = "inline"
    return response
