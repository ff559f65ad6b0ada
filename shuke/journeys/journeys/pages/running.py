"""Switching journeys on and off, and what becomes of those on their way."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shuke.cdp.customers import queries as customers
from shuke.journeys.journeys import queries
from shuke.journeys.journeys.actions import defining, entering, mending
from shuke.journeys.journeys.actions.entering import Entrant
from shuke.journeys.journeys.errors import InvalidJourney
from shuke.journeys.journeys.models import Journey
from shuke.journeys.journeys.pages import showing
from shuke.journeys.journeys.queries import wording
from shuke.journeys.journeys.rules import kinds
from shuke.kernel.errors import ShukeError
from shuke.kernel.ids import uuid7
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request


def _do(request: Request, uuid: UUID, act: Callable[..., Any], said: str) -> HttpResponse:
    journey = showing.find(uuid)
    try:
        act(journey, by=request.actor, now=request.now)
    except InvalidJourney as refusal:
        for one in refusal.problems[:5]:
            messages.error(request, wording.problem_text(one.code, one.facts, one.text))
        return redirect("journeys:draw", uuid=uuid)
    except ShukeError as refusal:
        messages.error(request, _(str(refusal.message)) % refusal.facts)
    else:
        messages.success(request, said)
    return redirect("journeys:detail", uuid=uuid)


@page("journeys.run", methods=("POST",))
def switch_on(request: Request, uuid: UUID) -> HttpResponse:
    """Make what is drawn the version that runs."""
    return _do(request, uuid, defining.publish, _("The journey is on."))


@page("journeys.run", methods=("POST",))
def pause(request: Request, uuid: UUID) -> HttpResponse:
    """Let everybody stand still."""
    return _do(request, uuid, defining.pause, _("The journey is paused."))


@page("journeys.run", methods=("POST",))
def resume(request: Request, uuid: UUID) -> HttpResponse:
    """Go on."""
    return _do(request, uuid, defining.resume, _("The journey goes on."))


@page("journeys.run", methods=("POST",))
def archive(request: Request, uuid: UUID) -> HttpResponse:
    """Put the journey away."""
    return _do(request, uuid, defining.archive, _("The journey is put away; whoever was on it has left it."))


@page("journeys.run", methods=("GET", "POST"))
def move(request: Request, uuid: UUID) -> HttpResponse:
    """Show what moving people to the version that is on would mean, and do it."""
    journey = showing.find(uuid)
    if journey.version is None:
        return redirect("journeys:detail", uuid=uuid)
    if request.method == "POST":
        homes = {
            name.removeprefix("home-"): str(there) for name, there in request.POST.items() if name.startswith("home-")
        }
        moved = defining.move_all(journey, homes, by=request.actor, now=request.now)
        messages.success(request, ngettext("%(n)s person moved.", "%(n)s people moved.", moved) % {"n": moved})
        return redirect("journeys:detail", uuid=uuid)
    names, graph = wording.names(), queries.graph_of(journey.version)
    preview = defining.preview_move(journey)
    targets = [
        (one.id, f"{wording.kind_label(one.kind)} {wording.line_of(one, names)}".strip())
        for one in wording.in_order(graph)
        if one.kind not in kinds.TRIGGERS
    ]
    homeless = [(step, _old_words(journey, step, names), number) for step, number in preview.homeless.items()]
    context = {"journey": journey, "preview": preview, "homeless": homeless, "targets": targets}
    return render(request, "journeys/move.html", context)


def _old_words(journey: Journey, step: str, names: wording.Names) -> str:
    """Return what a step was that is no longer there, from the newest version that had it."""
    for version in queries.versions_of(journey):
        found = queries.graph_of(version).steps.get(step)
        if found is not None:
            return f"{wording.kind_label(found.kind)} {wording.line_of(found, names)}".strip()
    return step


@page("journeys.run", methods=("POST",))
def enter(request: Request, uuid: UUID) -> HttpResponse:
    """Send one customer on the journey by hand."""
    journey = showing.find(uuid)
    try:
        ids = customers.ids_of([UUID(request.POST.get("customer", ""))])
    except ValueError:
        ids = []
    found = entering.enter(journey, [Entrant(pk, f"staff:{uuid7()}") for pk in ids], now=request.now)
    if found.began:
        messages.success(request, _("They are on their way."))
    elif found.held:
        messages.warning(request, _("Chance put them into the comparison group: nothing will reach them."))
    else:
        reason = next(iter(found.refused), "")
        messages.error(
            request,
            _("They do not enter: %(reason)s.") % {"reason": wording.REFUSALS.get(reason, _("the journey is not on"))},
        )
    return redirect("journeys:detail", uuid=uuid)


def _chosen(request: Request) -> list[int]:
    return [int(one) for one in request.POST.getlist("trouble") if one.isdecimal() and len(one) < 19]


@page("journeys.run", methods=("POST",))
def retry(request: Request, uuid: UUID) -> HttpResponse:
    """Have those who are stuck tried again."""
    tried = mending.retry(showing.find(uuid), _chosen(request), by=request.actor, now=request.now)
    messages.success(request, ngettext("%(n)s person goes on.", "%(n)s people go on.", tried) % {"n": tried})
    return redirect("journeys:troubles", uuid=uuid)


@page("journeys.run", methods=("POST",))
def let_go(request: Request, uuid: UUID) -> HttpResponse:
    """Let those who are stuck leave."""
    left = mending.let_go(showing.find(uuid), _chosen(request), by=request.actor, now=request.now)
    messages.success(request, ngettext("%(n)s person left.", "%(n)s people left.", left) % {"n": left})
    return redirect("journeys:troubles", uuid=uuid)
