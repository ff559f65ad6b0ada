"""What a platform delivered, call by call."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shuke.integrations import actions, queries
from shuke.integrations.errors import UnknownConnection
from shuke.integrations.models import Delivery, DeliveryState
from shuke.integrations.pages import wording
from shuke.platform.crypto.sealing import Unreadable
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request


@page("connections.view")
def detail(request: Request, uuid: UUID, pk: int) -> HttpResponse:
    """Show what became of one delivery."""
    return render(request, "integrations/delivery.html", _context(request, _delivery(uuid, pk)))


@page("connections.manage", methods=("POST",))
def payload(request: Request, uuid: UUID, pk: int) -> HttpResponse:
    """Show what was sent, in clear; that somebody looked is audited."""
    delivery = _delivery(uuid, pk)
    try:
        text = actions.reveal(delivery, by=request.actor, now=request.now)
    except Unreadable:
        text = ""
    context = _context(request, delivery) | {"payload": text, "is_shown": True}
    return render(request, "integrations/delivery.html", context)


@page("connections.manage", methods=("POST",))
def replay(request: Request, uuid: UUID, pk: int) -> HttpResponse:
    """Have one delivery applied again."""
    delivery = _delivery(uuid, pk)
    actions.replay(delivery.connection, delivery_id=pk, by=request.actor, now=request.now)
    messages.success(request, _("The delivery is on its way again."))
    return redirect("integrations:delivery", uuid, pk)


@page("connections.manage", methods=("POST",))
def replay_failed(request: Request, uuid: UUID) -> HttpResponse:
    """Have every failed delivery applied again."""
    try:
        found = queries.connection(uuid)
    except UnknownConnection as unknown:
        raise Http404 from unknown
    count = actions.replay(found, by=request.actor, now=request.now)
    said = ngettext("%(count)d delivery is on its way again.", "%(count)d deliveries are on their way again.", count)
    messages.success(request, said % {"count": count})
    return redirect("integrations:connection", uuid)


def _context(request: Request, delivery: Delivery) -> dict[str, object]:
    return {
        "delivery": delivery, "connection": delivery.connection, "made": wording.counted(delivery.made),
        "tone": wording.DELIVERY_TONES[DeliveryState(delivery.state)], "reason": wording.reason(delivery.reason),
        "may_manage": may(request, "connections.manage"), "is_failed": delivery.state == DeliveryState.FAILED,
        "has_body": bool(delivery.sealed),
    }  # fmt: skip


def _delivery(uuid: UUID, pk: int) -> Delivery:
    try:
        return queries.delivery(queries.connection(uuid), pk)
    except UnknownConnection as unknown:
        raise Http404 from unknown
