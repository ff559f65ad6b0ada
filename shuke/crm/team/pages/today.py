"""The list of the day, and noting what came of a call."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from shuke.cdp.customers.actions.contacts import REVEAL_REASONS
from shuke.crm.team import queries
from shuke.crm.team.actions import planning, recording
from shuke.crm.team.forms import OutcomeForm
from shuke.crm.team.models import CallOutcome, EntryState
from shuke.crm.team.queries import today as lists
from shuke.kernel.errors import Kind, ShukeError
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.jobs.actions import enqueue

ALL = "all"
MOST_SHOWN = 200


@page(queries.CALL)
def today(request: Request) -> HttpResponse:
    """Show whom this person calls today; who plans the work sees those of others too."""
    day = planning.today(request.now)
    whose, staff_id = _whose(request)
    listed = lists.of_day(day, staff_id=staff_id)
    entries = list(listed.select_related("staff").order_by("-state", "-worth_minor", "pk")[:MOST_SHOWN])
    open_first = sorted(entries, key=lambda one: one.state != EntryState.OPEN)
    context = {
        "day": day, "whose": whose, "progress": lists.progress(listed),
        "cards": lists.cards(
            open_first, viewer=request.user, company_name=request.company.name,
            company_language=request.company.language, now=request.now,
        ),
        "outcomes": CallOutcome.choices, "reveal_reasons": REVEAL_REASONS.items(),
        "may_plan": may(request, queries.PLAN), "callers": queries.callers() if may(request, queries.PLAN) else [],
        "capacity": queries.capacities().get(request.user.pk, 0), "look": queries.look(),
        "sees_contacts": may(request, "customers.view_contacts"), "ended_on": _ended_on(day),
    }  # fmt: skip
    return render(request, "team/today.html", context)


def _ended_on(day: date) -> date | None:
    """Return where the data ends, if that is not about today."""
    look = queries.look()
    return look.as_of if look is not None and (day - look.as_of).days > 1 else None


def _whose(request: Request) -> tuple[str, int | None]:
    """Whose list is asked for: one's own, unless one plans the work."""
    asked = request.GET.get("who", "")
    if not may(request, queries.PLAN) or not (asked == ALL or (asked.isdecimal() and len(asked) < 10)):
        return "", request.user.pk
    return asked, None if asked == ALL else int(asked)


@page(queries.CALL, methods=("POST",))
def note(request: Request, uuid: UUID) -> HttpResponse:
    """Note what came of a call."""
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return _back(request)
    try:
        recording.note(
            uuid, **form.cleaned_data, staff=request.user, today=planning.today(request.now), now=request.now
        )
    except ShukeError as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise Http404 from refusal
        messages.error(request, _(str(refusal.message)))
    else:
        messages.success(request, _("Noted."))
    return _back(request)


def _back(request: Request) -> HttpResponse:
    whose = request.POST.get("who", "")
    known = whose if whose == ALL or whose.isdecimal() else ""
    return redirect(reverse("team:today") + (f"?who={known}" if known else ""))


@page(queries.PLAN, methods=("POST",))
def make(request: Request) -> HttpResponse:
    """Have today's list made now."""
    enqueue("team.plan", now=request.now, dedupe_key="team.plan:now", by=request.actor, at_once=True)
    messages.success(request, _("The list is being made. It is there in a moment."))
    return redirect("team:today")
