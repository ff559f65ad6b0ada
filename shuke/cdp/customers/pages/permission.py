"""What a customer permitted, and on what evidence; the notices they saw; addresses that must not be written to."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.customers import errors, forms, queries
from shuke.cdp.customers.actions import consent_files, consents, contacts, notices, suppressing
from shuke.cdp.customers.models import Channel, Customer
from shuke.cdp.customers.queries import consents as evidence
from shuke.cdp.customers.queries import wording
from shuke.cdp.events.actions import Provenance
from shuke.kernel.errors import Kind, ShukeError
from shuke.platform.audit import actions as audit
from shuke.platform.http import mask
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request

_MASKS = {Channel.EMAIL: mask.email, Channel.PHONE: mask.phone, Channel.ADDRESS: mask.address}


@page("customers.view")
def permissions(request: Request, uuid: UUID) -> HttpResponse:
    """Show what is known about writing to a customer, address by address, with every record behind it."""
    return _shown(request, _customer(uuid))


def _shown(
    request: Request, customer: Customer, *, opened: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    sees = may(request, "customers.view_contacts")
    reach = evidence.reach_of([customer.pk])
    shown = {one.id: _MASKS[Channel(one.kind)](one.value) if sees else "" for one in reach.contacts}
    found = evidence.permissions_of(customer.pk, now=request.now)
    addresses = [
        (one, shown[one.id], [wording.described(p) for p in found if p.contact_id == one.id]) for one in reach.contacts
    ]
    context = {
        "customer": customer, "addresses": addresses, "name": customer.name if sees else mask.name(customer.name),
        "records": [(row, wording.METHODS.get(row.method, row.method), evidence.is_whole(row)) for row in evidence.records_about(reach)[:100]], "opened": opened or {},
        "may_edit": may(request, "customers.edit") and sees, "add_form": forms.NewContact(),
        "consent_form": forms.NewConsent(choices=[(c.id, shown[c.id]) for c in reach.contacts], notices=evidence.notices()),
    }  # fmt: skip
    return render(request, "customers/permissions.html", context, status=status)


@page("customers.view_contacts", methods=("POST",))
def show_evidence(request: Request, uuid: UUID, pk: int) -> HttpResponse:
    """Show the evidence of one record in clear; the look is noted."""
    customer = _customer(uuid)
    record = evidence.find_record(customer.pk, pk)
    if record is None:
        raise Http404
    audit.record(
        request.actor, "customers.evidence_shown", target=f"customers.ConsentRecord:{pk}", now=request.now,
        summary={"channel": record.channel},
    )  # fmt: skip
    opened = {"pk": pk, "facts": evidence.evidence_of(record), "notice": record.notice}
    return _shown(request, customer, opened=opened)


@page("customers.edit", methods=("POST",))
def record(request: Request, uuid: UUID) -> HttpResponse:
    """Note what a customer decided, with its evidence."""
    customer = _customer(uuid)
    reach = evidence.reach_of([customer.pk])
    form = forms.NewConsent(
        request.POST, choices=[(c.id, str(c.id)) for c in reach.contacts], notices=evidence.notices()
    )
    if not form.is_valid():
        messages.error(request, _("Say which address, what for and what was decided."))
        return redirect("customers:permissions", uuid)
    contact = next(one for one in reach.contacts if one.id == int(form.cleaned_data["contact"]))
    said = form.statement(contact, customer.pk, now=request.now)
    with transaction.atomic():
        outcome = consents.record([said], by=Provenance("staff", request.actor.reference, request.now))[0]
        if outcome.status == "recorded":
            summary = {"channel": said.channel, "purpose": said.purpose, "act": said.action}
            target = f"customers.Customer:{customer.pk}"
            audit.record(request.actor, "customers.consent_recorded", target=target, summary=summary, now=request.now)
    if outcome.status == "refused":
        messages.error(request, str(wording.refusal(outcome.reason)))
    else:
        messages.success(request, _("It is noted."))
    return redirect("customers:permissions", uuid)


@page("customers.edit", methods=("POST",))
def add_contact(request: Request, uuid: UUID) -> HttpResponse:
    """Add an address by hand."""
    customer = _customer(uuid)
    form = forms.NewContact(request.POST)
    if form.is_valid():
        _told(
            request, lambda: contacts.add_contact(customer.pk, **form.cleaned_data, by=request.actor, now=request.now)
        )
    return redirect("customers:permissions", uuid)


@page("customers.edit", methods=("POST",))
def change_contact(request: Request, uuid: UUID, pk: int) -> HttpResponse:
    """Remove an address, or say whether it works."""
    customer = _customer(uuid)
    status = request.POST.get("status", "")
    if request.POST.get("remove"):
        _told(request, lambda: contacts.remove_contact(customer.pk, pk, by=request.actor, now=request.now))
    else:
        _told(request, lambda: contacts.set_status(customer.pk, pk, status, by=request.actor, now=request.now))
    return redirect("customers:permissions", uuid)


def _told(request: Request, act: Any) -> None:
    try:
        act()
    except ShukeError as refusal:
        messages.error(request, str(refusal))


def _customer(uuid: UUID) -> Customer:
    try:
        return queries.by_uuid(uuid)
    except ShukeError as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise Http404 from refusal
        raise


@page("customers.consents", methods=("GET", "POST"))
def import_file(request: Request) -> HttpResponse:
    """Take consents from a file, and list the rows that were refused, with why."""
    form = forms.ConsentFile(request.POST or None, request.FILES or None)
    report = None
    if request.method == "POST" and form.is_valid():
        try:
            content = form.cleaned_data["file"].read(consent_files.MOST_BYTES + 1)
            report = consent_files.import_consents(content, by=request.actor, now=request.now)
        except errors.BadFile as refusal:
            form.add_error("file", str(refusal))
    refused = [(row, wording.refusal(reason)) for row, reason in report.refused[:500]] if report else []
    context = {"form": form, "report": report, "refused": refused, "columns": consent_files.COLUMNS}
    return render(request, "customers/consents_import.html", context, status=422 if form.errors else 200)


# --- notices


@page("customers.consents", methods=("GET", "POST"))
def notice_list(request: Request) -> HttpResponse:
    """List the texts people see when they decide; publish a new version."""
    form = forms.NewNotice(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            notices.publish_notice(**form.cleaned_data, by=request.actor, now=request.now)
        except errors.BadNotice as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The notice is published."))
            return redirect("customers:notices")
    rows = [(one, [wording.purpose(code) for code in one.purposes]) for one in evidence.notices()]
    return render(request, "customers/notices.html", {"form": form, "rows": rows}, status=422 if form.is_bound else 200)


@page("customers.consents", methods=("POST",))
def retire_notice(request: Request, uuid: UUID) -> HttpResponse:
    """Stop using a version of a notice."""
    found = evidence.find_notice(uuid)
    if found is None:
        raise Http404
    again = bool(request.POST.get("ask_again"))
    notices.retire_notice(found, must_ask_again=again, by=request.actor, now=request.now)
    return redirect("customers:notices")


# --- suppressions


@page("customers.consents", methods=("GET", "POST"))
def suppressions(request: Request) -> HttpResponse:
    """Find what is suppressed about one whole address (asked by POST: no address stands in a URL), or suppress one."""
    form = forms.FindAddress(request.POST or None)
    found, asked = [], False
    if request.method == "POST" and form.is_valid():
        kind, address = form.cleaned_data["kind"], form.cleaned_data["address"]
        if request.POST.get("suppress"):
            _suppress(request, kind, address)
        found, asked = evidence.suppressions_of_address(kind, address), True
    context = {
        "form": form, "found": found, "asked": asked, "counts": wording.counted(evidence.suppression_counts()),
        "now": request.now,
    }  # fmt: skip
    return render(request, "customers/suppressions.html", context)


def _suppress(request: Request, kind: str, address: str) -> None:
    channels = [channel for channel, used in wording.ADDRESS_OF.items() if used == kind]
    by = Provenance("staff", request.actor.reference, request.now)
    region = wording.home_region(request.company)
    try:
        with transaction.atomic():
            new = [
                suppressing.suppress(channel, address, scope="marketing", reason="staff", by=by, region=region)
                for channel in channels
            ]
            if any(new):
                audit.record(request.actor, "customers.suppressed", summary={"channel": kind}, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Nobody writes to this address for marketing any more."))


@page("customers.consents", methods=("POST",))
def lift(request: Request, pk: int) -> HttpResponse:
    """End a suppression, if the person has agreed since; says why not otherwise."""
    try:
        suppressing.lift(pk, by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The suppression is lifted."))
    return redirect("customers:suppressions")
