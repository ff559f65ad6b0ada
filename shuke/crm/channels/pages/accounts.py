"""Accounts: through what customers are reached, how it is doing, and trying it out."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.crm.channels import forms, queries
from shuke.crm.channels.actions import connecting, trying
from shuke.crm.channels.errors import UnknownAccount
from shuke.crm.channels.kinds import KINDS, TEST
from shuke.crm.channels.kinds.kind import Kind
from shuke.crm.channels.models import ChannelAccount, ChannelName
from shuke.crm.channels.pages import wording
from shuke.kernel.errors import ShukeError
from shuke.platform.crypto.sealing import Unreadable
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request

VIEW, MANAGE = "channels.view", "channels.manage"


@page(VIEW)
def index(request: Request) -> HttpResponse:
    """List every channel with its accounts."""
    rows = [
        {"account": one, "kind": KINDS.get(one.kind), "trouble": wording.trouble(one.error) if one.failures else ""}
        for one in queries.accounts()
    ]
    context = {"rows": rows, "closed": queries.closed_accounts(), "may_manage": may(request, MANAGE)}
    return render(request, "channels/accounts.html", context)


@page(MANAGE)
def choose(request: Request) -> HttpResponse:
    """Choose a provider."""
    groups = [(label, [kind for kind in KINDS.values() if kind.channel == code]) for code, label in ChannelName.choices]
    return render(request, "channels/choose.html", {"groups": [group for group in groups if group[1]]})


@page(MANAGE, methods=("GET", "POST"))
def new(request: Request, kind: str) -> HttpResponse:
    """Connect an account."""
    found = _kind(kind)
    form = forms.AccountForm(request.POST or None, kind=found, initial={"name": str(found.label)})
    if request.method == "POST" and form.is_valid():
        try:
            made = connecting.connect(
                kind, form.cleaned_data["name"], secrets=form.secrets(), settings=form.settings(),
                is_test=form.cleaned_data["is_test"], by=request.actor, now=request.now,
            )  # fmt: skip
        except ShukeError as no:
            form.add_error(None, str(no))
        else:
            messages.success(request, _("The account is connected. Try it out with a message to yourself."))
            return redirect("channels:account", made.uuid)
    context = {"form": form, "kind": found}
    return render(request, "channels/account_form.html", context, status=422 if form.is_bound else 200)


@page(VIEW)
def detail(request: Request, uuid: UUID) -> HttpResponse:
    """Show one account."""
    found = _account(uuid)
    kind = KINDS.get(found.kind)
    shown = [
        (field.label, found.settings.get(field.name, ""))
        for field in (kind.fields if kind else ())
        if not field.is_secret and not field.is_long
    ]
    is_mail = found.channel == ChannelName.EMAIL
    context = {
        "account": found, "kind": kind, "may_manage": may(request, MANAGE), "is_only_test": found.kind == TEST,
        "facts": [(label, value) for label, value in shown if value], "capability": queries.capability_of(found),
        "hook_url": queries.hook_url(found) if kind and kind.capability.has_receipts else "",
        "trouble": wording.trouble(found.error) if found.failures else "",
        "try_form": forms.TryForm(initial={"address": request.user.email if is_mail else ""}),
        "needs_code": bool(kind and kind.capability.needs_template_code), "dkim": wording.dkim_record(found),
    }  # fmt: skip
    return render(request, "channels/account.html", context)


@page(MANAGE, methods=("GET", "POST"))
def edit(request: Request, uuid: UUID) -> HttpResponse:
    """Change an account."""
    found = _account(uuid, is_open=True)
    kind = _kind(found.kind)
    initial: dict[str, Any] = {"name": found.name, **found.settings}
    form = forms.AccountForm(request.POST or None, kind=kind, is_new=False, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            connecting.change(
                found, name=form.cleaned_data["name"], settings=form.settings(), secrets=form.secrets(), by=request.actor,
                now=request.now,
            )  # fmt: skip
        except (ShukeError, Unreadable) as no:
            form.add_error(None, str(no))
        else:
            messages.success(request, _("The changes are saved."))
            return redirect("channels:account", uuid)
    context = {"form": form, "kind": kind, "account": found}
    return render(request, "channels/account_form.html", context, status=422 if form.is_bound else 200)


@page(MANAGE, methods=("POST",))
def send_test(request: Request, uuid: UUID) -> HttpResponse:
    """Send a message to oneself and say what became of it."""
    found = _account(uuid, is_open=True)
    form = forms.TryForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please enter where the test goes."))
        return redirect("channels:account", uuid)
    said = form.cleaned_data
    try:
        answer = trying.send_test(found, said["address"], code=said["code"], by=request.actor, now=request.now)
    except ShukeError as no:
        messages.error(request, str(no))
    else:
        tell = messages.success if answer.state == "accepted" else messages.error
        tell(request, wording.outcome(answer, is_test=found.is_test))
    return redirect("channels:account", uuid)


@page(MANAGE, methods=("POST",))
def set_test(request: Request, uuid: UUID) -> HttpResponse:
    """Show messages instead of sending them, or send them."""
    is_test = request.POST.get("is_test") == "1"
    try:
        connecting.set_test(_account(uuid, is_open=True), is_test=is_test, by=request.actor, now=request.now)
    except ShukeError as no:
        messages.error(request, str(no))
    else:
        on, off = _("Messages are shown in the outbox from now on."), _("Messages leave the house from now on.")
        messages.success(request, on if is_test else off)
    return redirect("channels:account", uuid)


@page(MANAGE, methods=("POST",))
def prefer(request: Request, uuid: UUID) -> HttpResponse:
    """Make an account its channel's default."""
    connecting.prefer(_account(uuid, is_open=True), by=request.actor, now=request.now)
    messages.success(request, _("Messages go through this account where nothing else is chosen."))
    return redirect("channels:account", uuid)


@page(MANAGE, methods=("POST",))
def close(request: Request, uuid: UUID) -> HttpResponse:
    """Close an account."""
    try:
        connecting.close(_account(uuid, is_open=True), by=request.actor, now=request.now)
    except ShukeError as no:
        messages.error(request, str(no))
        return redirect("channels:account", uuid)
    messages.success(request, _("The account is closed. What went through it stays."))
    return redirect("channels:accounts")


def _kind(code: str) -> Kind:
    if code not in KINDS:
        raise Http404
    return KINDS[code]


def _account(uuid: UUID, *, is_open: bool = False) -> ChannelAccount:
    try:
        found = queries.account(uuid)
    except UnknownAccount as unknown:
        raise Http404 from unknown
    if is_open and found.closed_at:
        raise Http404
    return found
