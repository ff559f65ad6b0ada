"""The queue of privacy requests, one request, and its certificate."""

from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from shuke.cdp.customers import queries as customers
from shuke.cdp.privacy import actions, errors, forms, queries
from shuke.cdp.privacy.models import PrivacyRequest, RequestKind, RequestState
from shuke.cdp.privacy.queries import counting
from shuke.kernel.errors import Kind, ShukeError
from shuke.platform.http import mask
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.jobs.queries import find as find_job

TONES = {
    RequestState.RECEIVED: "warn", RequestState.CHECKED: "info", RequestState.RUNNING: "info", RequestState.DONE: "good",
    RequestState.REFUSED: "neutral",
}  # fmt: skip


@page("privacy.receive")
def queue(request: Request) -> HttpResponse:
    """List requests, those due first; or all of them, newest first."""
    only_open = request.GET.get("show") != "all"
    keys = ("due_on", "id") if only_open else ("-received_at", "-id")
    found = paginate(queries.requests(only_open=only_open), request, keys=keys)
    sees = may(request, "customers.view_contacts")
    rows = [(one, _called(one, sees_contacts=sees), TONES[RequestState(one.state)]) for one in found.rows]
    overdue = queries.overdue_count(now=request.now)
    context = {"page": found, "rows": rows, "only_open": only_open, "overdue": overdue, "today": request.now.date()}
    return render(request, "privacy/requests.html", context)


def _called(one: PrivacyRequest, *, sees_contacts: bool) -> str:
    name = one.customer.name
    return (name if sees_contacts else mask.name(name)) or _("Customer %(number)s") % {"number": one.customer.pk}


@page("privacy.receive", methods=("GET", "POST"))
def receive(request: Request, customer: UUID) -> HttpResponse:
    """Note what a customer asked for."""
    try:
        found = customers.by_uuid(customer)
    except ShukeError as refusal:
        raise Http404 from refusal
    form = forms.NewRequest(request.POST or None, initial={"received_on": request.now.date()})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        received = datetime.combine(said["received_on"], time.min, ZoneInfo(request.company.time_zone))
        made = actions.receive(
            said["kind"], found.pk, received_at=received, by=request.actor, now=request.now, note=said["note"]
        )
        messages.success(request, _("The request is noted."))
        return redirect("privacy:request", made.uuid)
    name = found.name if may(request, "customers.view_contacts") else mask.name(found.name)
    context = {"form": form, "customer": found, "name": name}
    return render(request, "privacy/receive.html", context, status=422 if form.is_bound else 200)


@page("privacy.receive")
def detail(request: Request, uuid: UUID) -> HttpResponse:
    """Show one request: where it stands, what is next, and its proof."""
    return _shown(request, _found(uuid))


def _shown(request: Request, one: PrivacyRequest, *, link: str = "", status: int = 200) -> HttpResponse:
    archive = queries.archive_of(one)
    certificate = queries.certificate_of(one)
    context = {
        "one": one, "name": _called(one, sees_contacts=may(request, "customers.view_contacts")), "tone": TONES[RequestState(one.state)],
        "may_handle": may(request, "privacy.handle"), "check_form": forms.Check(), "refusal_form": forms.Refusal(),
        "archive": archive, "is_ready": bool(archive and archive.fetched_at is None and archive.expires_at > request.now),
        "link": link, "certificate": certificate, "job": find_job(one.job_id) if one.state == RequestState.RUNNING else None,
        "is_open": one.state in queries.OPEN, "is_erasure": one.kind == RequestKind.ERASE,
        "is_late": one.state in queries.OPEN and one.due_on < request.now.date(),
    }  # fmt: skip
    return render(request, "privacy/request.html", context, status=status)


@page("privacy.handle", methods=("POST",))
def check(request: Request, uuid: UUID) -> HttpResponse:
    """Note how the identity was checked."""
    form = forms.Check(request.POST)
    method = form.cleaned_data["method"] if form.is_valid() else ""
    return _done(
        request, uuid, lambda one: actions.check_identity(one, method=method, by=request.actor, now=request.now)
    )


@page("privacy.handle", methods=("POST",))
def carry_out(request: Request, uuid: UUID) -> HttpResponse:
    """Do what was asked for."""
    return _done(request, uuid, lambda one: actions.carry_out(one, by=request.actor, now=request.now))


@page("privacy.handle", methods=("POST",))
def refuse(request: Request, uuid: UUID) -> HttpResponse:
    """Close a request without carrying it out."""
    why = request.POST.get("why", "")
    return _done(request, uuid, lambda one: actions.refuse(one, why=why, by=request.actor, now=request.now))


def _done(request: Request, uuid: UUID, act) -> HttpResponse:  # type: ignore[no-untyped-def]
    one = _found(uuid)
    try:
        act(one)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    return redirect("privacy:request", uuid)


@page("privacy.handle", methods=("POST",))
def link(request: Request, uuid: UUID) -> HttpResponse:
    """Make the link under which the person fetches their archive, and show it, this once."""
    one = _found(uuid)
    archive = queries.archive_of(one)
    if archive is None:
        raise Http404
    try:
        token = actions.issue_link(archive, by=request.actor, now=request.now)
    except errors.LinkSpent as spent:
        messages.error(request, str(spent))
        return redirect("privacy:request", uuid)
    return _shown(request, one, link=request.build_absolute_uri(reverse("privacy:archive", args=[token])))


@page("privacy.receive")
def certificate(request: Request, uuid: UUID) -> HttpResponse:
    """Show a certificate, to be printed."""
    found = queries.find_certificate(uuid)
    if found is None:
        raise Http404
    context = {
        "certificate": found, "has_followed": queries.has_warehouse_followed(found), "company": request.company,
        "counts": counting.in_words(found.report),
    }  # fmt: skip
    return render(request, "privacy/certificate.html", context)


def _found(uuid: UUID) -> PrivacyRequest:
    try:
        return queries.find_request(uuid)
    except ShukeError as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise Http404 from refusal
        raise
