"""The inbound webhook of a journey: whoever knows its unguessable address may send customers on it."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.errors import UnknownCustomer
from shuke.journeys.journeys import queries
from shuke.journeys.journeys.actions import entering
from shuke.journeys.journeys.actions.entering import Entrant
from shuke.journeys.journeys.errors import UnknownJourney
from shuke.journeys.journeys.models import Journey
from shuke.journeys.journeys.rules import kinds
from shuke.kernel.ids import uuid7
from shuke.platform.http.pages import ANYONE, page
from shuke.platform.http.request import Request

_MOST_BYTES = 65_536
_MOST_VALUES = 50
_NAMED = {"customer", "shop", "external_id", "id"}


@csrf_exempt
@page(ANYONE, methods=("POST",))
def call(request: Request, hook: str) -> HttpResponse:
    """Send a customer, named by ``customer`` or by ``shop`` and ``external_id``, on the journey; ``id`` makes it once."""
    journey = _journey(hook)
    if journey is None:
        return _refused(404, "journey", "unknown")
    if len(request.body) > _MOST_BYTES:
        return _refused(413, "body", "too long")
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return _refused(422, "body", "not an object in JSON")
    try:
        pk = _customer(said)
    except (ValueError, UnknownCustomer):
        return _refused(422, "customer", "unknown")
    cause = f"hook:{str(said.get('id') or uuid7())[:60]}:{pk}"
    found = entering.enter(journey, [Entrant(pk, cause, _context(said))], now=request.now)
    return JsonResponse({"began": found.began, "held": found.held, "refused": dict(found.refused)})


def _journey(hook: str) -> Journey | None:
    """Return the journey that is called, if its webhook is what sets it off."""
    try:
        journey = queries.by_hook(hook)
    except UnknownJourney:
        return None
    is_meant = journey.version is not None and queries.graph_of(journey.version).trigger.kind == kinds.WEBHOOK
    return journey if is_meant else None


def _customer(said: dict[str, Any]) -> int:
    if "customer" in said:
        return customers.by_uuid(UUID(str(said["customer"]))).pk
    return customers.by_external_id(str(said.get("shop", "")), str(said.get("external_id", ""))).pk


def _context(said: dict[str, Any]) -> dict[str, Any]:
    """Return what else was said, as far as it is plain."""
    kept = {
        str(name)[:60]: value
        for name, value in said.items()
        if name not in _NAMED
        and (value is None or isinstance(value, str | int | float | bool))
        and len(str(value)) <= 400
    }
    return dict(list(kept.items())[:_MOST_VALUES])


def _refused(status: int, field: str, reason: str) -> HttpResponse:
    return JsonResponse({"field": field, "reason": reason}, status=status)
