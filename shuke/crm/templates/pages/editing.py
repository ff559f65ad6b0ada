"""Writing a template in one language: blocks in the browser, or the same as fields."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from shuke.cdp.catalog import queries as catalog
from shuke.crm.templates import queries
from shuke.crm.templates.actions import writing
from shuke.crm.templates.errors import BadTemplate, UnknownTemplate
from shuke.crm.templates.models import Template
from shuke.crm.templates.queries import wording
from shuke.crm.templates.queries.checking import picture_url
from shuke.crm.templates.queries.showing import examples
from shuke.crm.templates.rules import EMAIL, LANGUAGES, SMS, WEBHOOK, WECHAT_OA, WECOM
from shuke.crm.templates.rules.ready import blank
from shuke.kernel.errors import ShukeError
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

_CARD = ("title", "body", "url", "image")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    SMS: ("text", "provider_code"), WECHAT_OA: (*_CARD, "provider_code"), WECOM: (*_CARD, "provider_code"),
    WEBHOOK: (), "push": _CARD, "onsite": _CARD,
}  # fmt: skip


@page(queries.EDIT, methods=("GET", "POST"))
def edit(request: Request, uuid: UUID, language: str) -> HttpResponse:
    """Show the editor of one language and save a new version; another language begins with a copy of what there is."""
    template = _find(uuid)
    if language not in LANGUAGES:
        raise Http404
    texts = {one: text.document for one, text in queries.texts_of(queries.newest_of(template)).items()}
    document = texts.get(language) or next(iter(texts.values()), blank(template.channel))
    refusal = ""
    if request.method == "POST":
        try:
            document = said_by(template.channel, request.POST)
            writing.revise(
                template, {**texts, language: document}, by=request.actor, now=request.now,
                note=request.POST.get("note", "")[:200],
            )  # fmt: skip
        except ShukeError as refused:
            refusal = str(refused)
        else:
            messages.success(request, _("Saved as a new version. It is sent once it is published."))
            return redirect("templates:detail", uuid)
    context = {
        "template": template, "language": language, "language_name": formats.language(language), "refusal": refusal,
        "is_email": template.channel == EMAIL, "document": json.dumps(document, ensure_ascii=False, indent=1),
        "fields": _fields(template.channel, document), "params": _lines(document.get("params") or {}),
        "has_params": template.channel in {SMS, WECHAT_OA, WECOM, WEBHOOK},
        "config": _config(template) if template.channel == EMAIL else None, "people": examples(),
        "variables": [(name, str(label)) for name, label in wording.VARIABLES.items()],
        "others": [(one, formats.language(one)) for one in LANGUAGES if one != language],
    }  # fmt: skip
    return render(request, "templates/edit.html", context, status=422 if refusal else 200)


def said_by(channel: str, post: Mapping[str, Any]) -> Any:
    """Return the document that a form holds. Raises ``BadTemplate``."""
    if channel == EMAIL:
        try:
            return json.loads(post.get("document", "") or "{}")
        except (ValueError, RecursionError) as refusal:
            raise BadTemplate("JSON: %(reason)s", reason=str(refusal)) from refusal
    said: dict[str, Any] = {name: post.get(name, "") for name in _FIELDS[channel]}
    if "params" in post:
        said["params"] = _params(str(post["params"]))
    return said


def _params(text: str) -> dict[str, str]:
    """Read lines of ``name = value``."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, equals, value = line.partition("=")
        if not line.strip():
            continue
        if not equals or not name.strip():
            raise BadTemplate(_("Line %(number)s: write name = value."), number=number)
        found[name.strip()] = value.strip()
    return found


def _lines(params: Mapping[str, str]) -> str:
    return "\n".join(f"{name} = {value}" for name, value in params.items())


def _fields(channel: str, document: Mapping[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Return name, label, value and whether it is long, of the fields of other channels than e-mail."""
    labels = {
        "text": _("Text"), "title": _("Title"), "body": _("Text"), "url": _("Link"), "image": _("Picture"),
        "provider_code": _("Code of the wording approved by the provider"),
    }  # fmt: skip
    return [
        (name, labels[name], str(document.get(name, "")), name in {"text", "body"}) for name in _FIELDS.get(channel, ())
    ]


def _config(template: Template) -> dict[str, Any]:
    """Return every word and choice of the block editor: the browser holds none of its own."""
    return {
        "blocks": {kind: str(label) for kind, label in wording.BLOCKS.items()},
        "texts": {name: str(text) for name, text in wording.editor_texts().items()},
        "variables": [[name, str(label)] for name, label in wording.VARIABLES.items()],
        "snippets": [[one.code, one.name] for one in queries.snippets()],
        "pictures": [
            [f"picture:{one.uuid}", one.name, picture_url(one)] for one in queries.pictures().order_by("-created_at")[:60]
        ],
        "products": reverse("templates:products"),
        "lists": [
            ["discovery", _("What they may discover")], ["repeat", _("What they buy again")],
            ["trending", _("What is in demand")],
        ],
        "may_advertise": template.purpose != "transactional",
    }  # fmt: skip


@page(queries.EDIT)
def products(request: Request) -> JsonResponse:
    """Answer with products to choose from: by a text, or by their numbers."""
    numbers = [int(one) for one in request.GET.get("ids", "").split(",") if one.isdecimal() and len(one) < 18][:24]
    found = catalog.products_of(numbers).values() if numbers else catalog.find_by_text(request.GET.get("q", "")[:80])
    return JsonResponse({"products": [[one.pk, str(one)] for one in found]})


def _find(uuid: UUID) -> Template:
    try:
        return queries.find(uuid)
    except UnknownTemplate as missing:
        raise Http404 from missing
