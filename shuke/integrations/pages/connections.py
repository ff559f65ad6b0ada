"""Connections: which shops are connected, how they are doing, and what has to be done on their side."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.integrations import actions, forms, queries
from shuke.integrations.actions.opening import client_of
from shuke.integrations.errors import UnknownConnection
from shuke.integrations.kinds import KINDS, Kind
from shuke.integrations.models import Connection, ConnectionState, DeliveryState, SyncKind
from shuke.integrations.pages import wording
from shuke.kernel.errors import ShukeError
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.jobs import queries as work


@page("connections.view")
def index(request: Request) -> HttpResponse:
    """List the connections with how they are doing."""
    health = queries.health(now=request.now)
    rows = [_summary(one, health.get(one.pk, queries.Health()), request) for one in queries.connections()]
    context = {
        "rows": [row for row in rows if not row["is_closed"]], "closed": [row for row in rows if row["is_closed"]],
        "may_manage": may(request, "connections.manage"),
    }  # fmt: skip
    return render(request, "integrations/connections.html", context)


def _summary(one: Connection, health: queries.Health, request: Request) -> dict[str, Any]:
    return {
        "connection": one, "health": health, "kind": KINDS[one.kind], "tone": wording.STATE_TONES[ConnectionState(one.state)],
        "error": wording.trouble(one.error), "is_closed": one.state == ConnectionState.CLOSED,
        "lag": request.now - health.since if health.since else None,
    }  # fmt: skip


@page("connections.manage")
def choose(request: Request) -> HttpResponse:
    """Choose the platform of the shop."""
    return render(request, "integrations/choose.html", {"kinds": list(KINDS.values())})


@page("connections.manage", methods=("GET", "POST"))
def new(request: Request, kind: str) -> HttpResponse:
    """Connect a shop."""
    platform = _kind(kind)
    form = forms.ConnectForm(request.POST or None, kind=platform)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = actions.connect(
                platform.code, said["name"], secrets=form.secrets(), settings=form.settings(),
                shop_id=said["shop_id"] or None, shop_name=said["shop_name"], by=request.actor, now=request.now,
            )  # fmt: skip
        except ShukeError as no:
            form.add_error(None, str(no))
        else:
            messages.success(request, _("The connection is open. Now tell the shop where to send."))
            return redirect("integrations:connection", made.uuid)
    context = {"form": form, "kind": platform}
    return render(request, "integrations/connect.html", context, status=422 if form.is_bound else 200)


@page("connections.view")
def detail(request: Request, uuid: UUID) -> HttpResponse:
    """Show one connection: how it is doing, what it brought, what to do in the shop."""
    found = _connection(uuid)
    kind = KINDS[found.kind]
    health = queries.health(now=request.now).get(found.pk, queries.Health())
    state = request.GET.get("state", "")
    shown = paginate(queries.deliveries(found, state=state), request, keys=("-pk",), per_page=30)
    hook = f"{settings.SHUKE_PUBLIC.url}/hooks/{found.kind}/{found.token}"
    syncs = queries.syncs(found)
    context = _summary(found, health, request) | {
        "page": shown, "state": state, "states": DeliveryState.choices, "may_manage": may(request, "connections.manage"),
        "deliveries": [(one, wording.DELIVERY_TONES[DeliveryState(one.state)], wording.reason(one.reason)) for one in shown.rows],
        "refusals": [(wording.reason(code), count) for code, count in queries.refusals(found, now=request.now).items()],
        "hook": hook, "instructions": kind.instructions(hook), "topics": kind.topics,
        "can_fetch": found.state != ConnectionState.CLOSED and client_of(found) is not None,
        "fetching": work.find(syncs[0].job_id) if syncs and not syncs[0].finished_at else None,
        "syncs": [(one, wording.counted(one.counts.get("done", {}))) for one in syncs],
        "is_first_awaited": found.last_delivery_at is None,
    }  # fmt: skip
    if request.htmx:
        return render(request, "integrations/_deliveries.html", context)
    return render(request, "integrations/connection.html", context)


@page("connections.manage", methods=("GET", "POST"))
def edit(request: Request, uuid: UUID) -> HttpResponse:
    """Change name, address and keys."""
    found = _connection(uuid)
    form = forms.ConnectForm(
        request.POST or None, kind=KINDS[found.kind], is_new=False, initial={"name": found.name, **found.settings}
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(
                found, name=form.cleaned_data["name"], settings=form.settings(), secrets=form.secrets(), by=request.actor,
                now=request.now,
            )  # fmt: skip
        except ShukeError as no:
            form.add_error(None, str(no))
        else:
            messages.success(request, _("The changes are saved."))
            return redirect("integrations:connection", uuid)
    context = {"form": form, "kind": KINDS[found.kind], "connection": found}
    return render(request, "integrations/connect.html", context, status=422 if form.is_bound else 200)


@page("connections.manage", methods=("POST",))
def test(request: Request, uuid: UUID) -> HttpResponse:
    """Try whether the keys open the shop."""
    found = _connection(uuid)
    client = client_of(found) if found.state != ConnectionState.CLOSED else None
    try:
        name = client.check() if client else ""
    except ShukeError as no:
        messages.error(request, str(no))
    else:
        said = _("The keys work: %(shop)s answers.") % {"shop": name}
        messages.success(request, said) if client else messages.info(request, _("There are no keys to try."))
    return redirect("integrations:connection", uuid)


@page("connections.manage", methods=("POST",))
def sync(request: Request, uuid: UUID) -> HttpResponse:
    """Start to fetch everything, or what changed lately."""
    found = _connection(uuid)
    kind = SyncKind.BACKFILL if request.POST.get("what") == SyncKind.BACKFILL else SyncKind.RECONCILE
    try:
        if found.state == ConnectionState.CLOSED or client_of(found) is None:
            messages.error(request, _("Without keys, nothing can be fetched from the shop."))
        else:
            actions.begin(found, kind, by=request.actor, now=request.now)
            messages.success(request, _("The shop's records are being fetched."))
    except ShukeError as no:
        messages.error(request, str(no))
    return redirect("integrations:connection", uuid)


@page("connections.manage", methods=("POST",))
def rotate(request: Request, uuid: UUID) -> HttpResponse:
    """Put a new secret in force."""
    try:
        actions.rotate(_connection(uuid), request.POST.get("secret", "")[:400], by=request.actor, now=request.now)
    except ShukeError as no:
        messages.error(request, str(no))
    else:
        messages.success(request, _("The new secret holds; the one before is accepted until the next change."))
    return redirect("integrations:connection", uuid)


@page("connections.manage", methods=("POST",))
def close(request: Request, uuid: UUID) -> HttpResponse:
    """Disconnect a shop."""
    actions.close(_connection(uuid), by=request.actor, now=request.now)
    messages.success(request, _("The shop is disconnected. What it sent stays."))
    return redirect("integrations:connections")


def _kind(code: str) -> Kind:
    if code not in KINDS:
        raise Http404
    return KINDS[code]


def _connection(uuid: UUID) -> Connection:
    try:
        return queries.connection(uuid)
    except UnknownConnection as unknown:
        raise Http404 from unknown
