"""The list of templates, one template with its checks, versions and previews, and what is done with it."""

from typing import Any
from uuid import UUID

from csp.constants import NONE, SELF
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Customer
from shuke.crm.templates import queries
from shuke.crm.templates.actions import publishing, writing
from shuke.crm.templates.errors import UnknownTemplate
from shuke.crm.templates.forms import FilterForm, NewForm
from shuke.crm.templates.models import Template
from shuke.crm.templates.pages.frames import dark, framed, plain_page
from shuke.crm.templates.queries.checking import looked_at
from shuke.crm.templates.queries.showing import examples, shown_to
from shuke.crm.templates.queries.wording import finding
from shuke.crm.templates.rules import LANGUAGES, best_language
from shuke.crm.templates.rules.ready import BY_CODE, blank
from shuke.kernel.errors import ShukeError
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

# What a letter may do in its frame: show pictures and styles. No script, no form, nothing of ours.
_LOCKED_IN = {
    "default-src": [NONE], "img-src": [SELF, "https:", "data:"], "style-src": ["'unsafe-inline'"],
    "font-src": ["https:", "data:"], "base-uri": [NONE], "form-action": [NONE], "frame-ancestors": [SELF],
    "sandbox": [],
}  # fmt: skip


@page(queries.VIEW)
def index(request: Request) -> HttpResponse:
    """List templates, the last changed first."""
    form = FilterForm(request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    rows = queries.templates(
        channel=said.get("channel", ""), purpose=said.get("purpose", ""), text=said.get("q", ""),
        archived=bool(said.get("archived")),
    )  # fmt: skip
    found = paginate(rows, request, keys=("-changed_at", "-id"))
    spoken = queries.languages_of(found.rows)
    context = {
        "form": form, "page": found, "is_filtered": bool(request.GET), "may_edit": may(request, queries.EDIT),
        "rows": [(one, [formats.language(code) for code in spoken.get(one.pk, [])]) for one in found.rows],
    }  # fmt: skip
    return render(request, "templates/list.html", context)


@page(queries.EDIT, methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Begin a template: empty, or with one that is ready."""
    form = NewForm(request.POST or None, initial={"begin": request.GET.get("begin", ""), "channel": "email"})
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        ready = BY_CODE.get(said.pop("begin"))
        own = request.company.language if request.company.language in LANGUAGES else "en"
        if ready:
            said |= {"channel": ready.channel, "purpose": ready.purpose}
        documents = ready.documents if ready else {own: blank(said["channel"])}
        try:
            made = writing.create(documents=documents, by=request.actor, now=request.now, **said)
        except ShukeError as refusal:
            form.add_error("name", str(refusal))
        else:
            return redirect("templates:edit", made.uuid, best_language(own, documents))
    return render(request, "templates/new.html", {"form": form}, status=422 if form.is_bound else 200)


@page(queries.VIEW)
def detail(request: Request, uuid: UUID) -> HttpResponse:
    """Show a template: what it says to whom, what the checks find, its versions."""
    template = _find(uuid)
    versions = queries.versions_of(template)
    version = versions[0]
    texts = queries.texts_of(version)
    language = request.GET.get("language", "")
    language = language if language in texts else best_language(request.company.language, texts)
    looked = looked_at(template.channel, template.purpose, {one: text.document for one, text in texts.items()})
    context: dict[str, Any] = {
        "template": template, "version": version, "versions": versions, "language": language,
        "languages": [(one, formats.language(one)) for one in texts],
        "untranslated": [(one, formats.language(one)) for one in LANGUAGES if one not in texts],
        "findings": [
            (formats.language(one), found.level, finding(found)) for one, look in looked.items() for found in look.findings
        ],
        "people": examples(), "customer": request.GET.get("customer", ""), "is_phone": request.GET.get("as") == "phone",
        "is_dark": bool(request.GET.get("dark")), "may_edit": may(request, queries.EDIT),
        "may_approve": may(request, queries.APPROVE), "q": request.GET.get("q", "").strip(),
        "waits": version.submitted_at is not None and version.published_at is None,
    }  # fmt: skip
    if context["q"]:
        context["people"] = customers.find_by_text(
            context["q"], sees_contacts=may(request, "customers.view_contacts"), limit=8
        )
    return render(request, "templates/detail.html", context)


@page(queries.VIEW, methods=("GET", "POST"))
def preview(request: Request, uuid: UUID, language: str) -> HttpResponse:
    """Answer with a text as a customer would read it, alone and locked in: what was saved, or (POST) what is being written."""
    template = _find(uuid)
    asked = request.POST if request.method == "POST" else request.GET
    try:
        document = _document(request, template, language)
        shown, looked = shown_to(template, language, document, _customer(asked.get("customer", "")), now=request.now)
    except ShukeError as refusal:
        return _locked(plain_page(request, "", [str(refusal)]))
    notes = [finding(one) for one in looked.findings] if request.method == "POST" else []
    if shown.content is None:
        said = shown.refusal or _("This customer would not get it: %(names)s is not known.") % {
            "names": formats.listed(shown.missing)
        }
        return _locked(plain_page(request, "", [said, *notes]))
    made = framed(request, template.channel, shown.content, notes)
    return _locked(dark(made) if asked.get("dark") else made)


def _document(request: Request, template: Template, language: str) -> Any:
    from shuke.crm.templates.pages.editing import said_by

    if request.method == "POST":
        return said_by(template.channel, request.POST)
    texts = queries.texts_of(queries.newest_of(template))
    if language not in texts:
        raise Http404
    return texts[language].document


def _customer(said: str) -> Customer | None:
    uuid = queries.as_uuid(said) if said else None
    return customers.customers().filter(uuid=uuid).first() if uuid else None


def _locked(html: str) -> HttpResponse:
    response = HttpResponse(html)
    response._csp_config = _LOCKED_IN  # type: ignore[attr-defined]  # where django-csp looks
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _find(uuid: UUID) -> Template:
    try:
        return queries.find(uuid)
    except UnknownTemplate as missing:
        raise Http404 from missing


# -- acts


@page(queries.EDIT, methods=("POST",))
def publish(request: Request, uuid: UUID) -> HttpResponse:
    """Publish the newest version, or ask for the approval it needs."""
    template = _find(uuid)
    try:
        if publishing.publish(queries.newest_of(template), by=request.actor, now=request.now):
            messages.success(request, _("Published: this is what is sent from now on."))
        else:
            messages.info(request, _("A second person has to agree before it is sent."))
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    return redirect("templates:detail", uuid)


@page(queries.APPROVE, methods=("POST",))
def approve(request: Request, uuid: UUID) -> HttpResponse:
    """Agree to the newest version, as a second person."""
    try:
        publishing.approve(queries.newest_of(_find(uuid)), by=request.actor, now=request.now)
        messages.success(request, _("Published: this is what is sent from now on."))
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    return redirect("templates:detail", uuid)


@page(queries.EDIT, methods=("POST",))
def restore(request: Request, uuid: UUID) -> HttpResponse:
    """Take up an earlier version again."""
    number = request.POST.get("number", "")
    try:
        made = writing.restore(
            _find(uuid), int(number) if number.isdecimal() and len(number) < 8 else 0, by=request.actor, now=request.now
        )
        messages.success(
            request, _("Version %(number)s says what version %(old)s said.") % {"number": made.number, "old": number}
        )
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    return redirect("templates:detail", uuid)


@page(queries.EDIT, methods=("POST",))
def archive(request: Request, uuid: UUID) -> HttpResponse:
    """Put a template away, or take it out again."""
    template = _find(uuid)
    try:
        writing.archive(template, by=request.actor, now=request.now, is_archived=not template.is_archived)
        messages.success(request, _("The changes are saved."))
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    return redirect("templates:detail", uuid)
