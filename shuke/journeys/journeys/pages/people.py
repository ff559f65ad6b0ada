"""People on a journey: who stands where, what one of them passed, who is stuck, and why somebody did not come."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.errors import UnknownCustomer
from shuke.journeys.journeys import queries
from shuke.journeys.journeys.errors import UnknownJourney
from shuke.journeys.journeys.models import Run, RunState, Trouble
from shuke.journeys.journeys.pages import showing
from shuke.journeys.journeys.queries import tracing, wording
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request


@page("journeys.view")
def people(request: Request, uuid: UUID) -> HttpResponse:
    """List who is or was on a journey, by state or by the step they stand at."""
    journey = showing.find(uuid)
    state, step = request.GET.get("state", ""), request.GET.get("step", "")
    found = Run.objects.filter(journey=journey).select_related("version")
    if state in RunState.values:
        found = found.filter(state=state)
    if step:
        found = found.filter(step=step, state__in=(RunState.ACTIVE, RunState.STUCK))
    shown = paginate(found, request, keys=("-entered_at", "-id"))
    named = showing.people_named(request, [run.customer_id for run in shown.rows if run.customer_id])
    names = wording.names()
    rows = [(run, named.get(run.customer_id or 0), _stands(run, names), _ending(run)) for run in shown.rows]
    context = {
        "journey": journey, "rows": rows, "page": shown, "states": RunState.choices, "state": state, "step": step,
        "step_words": _step_words(journey, step, names),
    }  # fmt: skip
    return render(request, "journeys/people.html", context)


def _stands(run: Run, names: wording.Names) -> str:
    step = queries.graph_of(run.version).steps.get(run.step)
    if step is None or run.ended_at is not None:
        return ""
    return f"{wording.kind_label(step.kind)} {wording.line_of(step, names)}".strip()


def _step_words(journey: Any, step: str, names: wording.Names) -> str:
    found = queries.graph_of(journey.version).steps.get(step) if journey.version and step else None
    return f"{wording.kind_label(found.kind)} {wording.line_of(found, names)}".strip() if found else ""


def _ending(run: Run) -> str:
    return str(wording.ENDINGS.get(run.ending, run.ending))


@page("journeys.view")
def run(request: Request, uuid: UUID) -> HttpResponse:
    """Show what one person passed, and when."""
    try:
        found = queries.run_by_uuid(uuid)
    except UnknownJourney as refusal:
        raise Http404(str(refusal)) from refusal
    named = showing.people_named(request, [found.customer_id] if found.customer_id else [])
    context = {
        "run": found, "person": named.get(found.customer_id or 0), "trace": tracing.trace(found, wording.names()),
        "ending": _ending(found), "troubles": list(Trouble.objects.filter(run=found).order_by("-at")[:20]),
        "messages_sent": tracing.messages_of(found),
    }  # fmt: skip
    return render(request, "journeys/run.html", context)


@page("journeys.view")
def troubles(request: Request, uuid: UUID) -> HttpResponse:
    """List who is stuck, where and why."""
    journey = showing.find(uuid)
    shown = paginate(
        Trouble.objects.filter(journey=journey, closed_at=None).select_related("run", "run__version"),
        request,
        keys=("-at", "-id"),
    )
    named = showing.people_named(
        request, [one.run.customer_id for one in shown.rows if one.run and one.run.customer_id]
    )
    names = wording.names()
    rows = [
        (
            one,
            named.get(one.run.customer_id or 0) if one.run else None,
            _stands(one.run, names) if one.run else _("the start"),
        )
        for one in shown.rows
    ]
    context = {"journey": journey, "rows": rows, "page": shown, "may_run": may(request, "journeys.run")}
    return render(request, "journeys/troubles.html", context)


@page("journeys.view")
def why(request: Request, uuid: UUID) -> HttpResponse:
    """Say why a customer is, was or is not on the journey; ``q`` looks for one, ``customer`` names one."""
    journey, text = showing.find(uuid), request.GET.get("q", "").strip()
    context: dict[str, Any] = {"journey": journey, "q": text, "may_run": may(request, "journeys.run")}
    if text:
        hits = customers.find_by_text(text, sees_contacts=may(request, "customers.view_contacts"))
        named = showing.people_named(request, [one.pk for one in hits])
        context["hits"] = [(one.uuid, named[one.pk]) for one in hits if one.pk in named]
    if asked := request.GET.get("customer", ""):
        try:
            customer = customers.by_uuid(UUID(asked))
        except (ValueError, UnknownCustomer) as refusal:
            raise Http404 from refusal
        context |= {
            "answer": tracing.why(journey, customer.pk, now=request.now), "customer": customer,
            "person": showing.people_named(request, [customer.pk])[customer.pk],
        }  # fmt: skip
    return render(request, "journeys/why.html", context)
