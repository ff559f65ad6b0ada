"""Things to do for customers that journeys and colleagues asked for."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.customers import queries as customers
from shuke.crm.team import queries
from shuke.crm.team.actions import planning
from shuke.crm.team.actions import tasks as acts
from shuke.crm.team.errors import UnknownEntry
from shuke.crm.team.queries import today as lists
from shuke.crm.team.queries import wording
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request


@page(queries.CALL)
def tasks(request: Request) -> HttpResponse:
    """List what is open, the most urgent first: one's own and what nobody in particular was given."""
    everybody = may(request, queries.PLAN) and request.GET.get("who") == "all"
    shown = paginate(lists.open_tasks(None if everybody else request.user.pk), request, keys=("due_on", "id"))
    heirs = queries.heirs([one.customer_id for one in shown.rows if one.customer_id])
    cards = customers.cards_of(heirs.values())
    clear = may(request, "customers.view_contacts")
    rows = []
    for one in shown.rows:
        card = cards.get(heirs.get(one.customer_id or 0, 0))
        rows.append((one, wording.title_of(card, (), sees_contacts=clear) if card else "", card))
    context = {
        "rows": rows, "page": shown, "day": planning.today(request.now), "may_plan": may(request, queries.PLAN),
        "everybody": everybody,
    }  # fmt: skip
    return render(request, "team/tasks.html", context)


@page(queries.CALL, methods=("POST",))
def tick_off(request: Request, uuid: UUID) -> HttpResponse:
    """Say that a task is done."""
    try:
        acts.tick_off(uuid, by=request.actor, now=request.now)
    except UnknownEntry as refusal:
        raise Http404 from refusal
    messages.success(request, _("Noted."))
    return redirect("team:tasks")
