"""The tracking plan: what is expected, and the company's own events in it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.ingest import actions, forms
from shuke.cdp.ingest.models import PlannedEvent
from shuke.cdp.ingest.pages import wording
from shuke.cdp.ingest.queries import letters
from shuke.cdp.ingest.queries import planning as queries
from shuke.cdp.ingest.rules.plan import KNOWN, Planned
from shuke.kernel.errors import ShukeError
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request


@page("sources.view")
def index(request: Request) -> HttpResponse:
    """Show the plan: the company's own events, and the specification's."""
    own = [(row, _properties(queries.as_planned(row))) for row in queries.own_events()]
    known = [(planned, _properties(planned)) for planned in KNOWN.values()]
    context = {"own": own, "known": known, "letters": letters.waiting(), "may_manage": may(request, "sources.manage")}
    return render(request, "ingest/plan.html", context)


@page("sources.manage", methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Plan an event."""
    return _edit(request, None)


@page("sources.manage", methods=("GET", "POST"))
def edit(request: Request, pk: int) -> HttpResponse:
    """Change what is expected of an event."""
    return _edit(request, _row(pk))


@page("sources.manage", methods=("POST",))
def drop(request: Request, pk: int) -> HttpResponse:
    """Expect an event no longer."""
    actions.drop_event(_row(pk).pk, by=request.actor, now=request.now)
    messages.success(request, _("The event is no longer in the plan."))
    return redirect("ingest:plan")


def _edit(request: Request, row: PlannedEvent | None) -> HttpResponse:
    initial = {"name": request.GET.get("name", "")[:80]}
    if row is not None:
        text = forms.plan_text(row.properties, row.required)
        initial = {"name": row.name, "description": row.description, "properties": text}
    form = forms.PlanForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.plan_event(
                name=row.name if row else said["name"], description=said["description"],
                properties={name: kind for name, (kind, _is_required) in said["properties"].items()},
                required=[name for name, (_kind, is_required) in said["properties"].items() if is_required],
                by=request.actor, now=request.now,
            )  # fmt: skip
        except ShukeError as no:
            form.add_error("name", str(no))
        else:
            messages.success(request, _("The plan is saved."))
            return redirect("ingest:plan")
    context = {"form": form, "row": row, "letters": letters.waiting()}
    return render(request, "ingest/plan_form.html", context, status=422 if form.is_bound else 200)


def _row(pk: int) -> PlannedEvent:
    row = next((row for row in queries.own_events() if row.pk == pk), None)
    if row is None:
        raise Http404
    return row


def _properties(planned: Planned) -> list[tuple[str, object, bool]]:
    return [
        (name, wording.TYPES.get(kind, kind), name in planned.required) for name, kind in planned.properties.items()
    ]
