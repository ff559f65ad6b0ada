"""Pages of campaigns: the list, the calendar, planning, one campaign with its results, and why somebody got it or not."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.queries.merging import family_of
from shuke.crm.messaging.queries import explaining
from shuke.crm.templates import queries as templates
from shuke.insight.segments import queries as segments
from shuke.journeys.campaigns import queries
from shuke.journeys.campaigns.actions import planning
from shuke.journeys.campaigns.errors import UnknownCampaign
from shuke.journeys.campaigns.forms import CampaignForm, FilterForm, initial_of
from shuke.journeys.campaigns.models import HELD, REST, Campaign, State
from shuke.journeys.campaigns.queries import reporting, wording
from shuke.journeys.experiments.queries import people_needed
from shuke.kernel.errors import ShukeError
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request


@page(queries.VIEW)
def index(request: Request) -> HttpResponse:
    """List campaigns, the last changed first."""
    form = FilterForm(request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    found = paginate(
        queries.campaigns(state=said.get("state", ""), text=said.get("q", "")), request, keys=("-changed_at", "-id")
    )
    context = {"form": form, "page": found, "is_filtered": bool(request.GET), "may_edit": may(request, queries.EDIT)}
    return render(request, "campaigns/list.html", context)


@page(queries.VIEW)
def calendar(request: Request) -> HttpResponse:
    """Show which campaigns begin on which day of a month."""
    zone = ZoneInfo(request.company.time_zone)
    first = _month(request.GET.get("month", "")) or request.now.astimezone(zone).date().replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    begins, ends = (datetime.combine(day, time(), zone) for day in (first, after))
    by_day: dict[date, list[Campaign]] = {}
    for one in queries.between(begins, ends):
        by_day.setdefault((one.began_at or one.starts_at or begins).astimezone(zone).date(), []).append(one)
    start = first - timedelta(days=first.weekday())
    weeks = [
        [
            (day, by_day.get(day, []), day.month == first.month)
            for day in (start + timedelta(days=7 * week + at) for at in range(7))
        ]
        for week in range(((after - start).days + 6) // 7)
    ]
    context = {
        "month": first, "weeks": weeks, "before": (first - timedelta(days=1)).strftime("%Y-%m"),
        "after": after.strftime("%Y-%m"), "today": request.now.astimezone(zone).date(),
        "may_edit": may(request, queries.EDIT),
    }  # fmt: skip
    return render(request, "campaigns/calendar.html", context)


def _month(said: str) -> date | None:
    try:
        return datetime.strptime(said, "%Y-%m").date()  # noqa: DTZ007  a month, not a moment
    except ValueError:
        return None


@page(queries.EDIT, methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Plan a campaign."""
    chosen = request.GET.get("segment", "")
    return _planned(request, None, {"include": [chosen] if chosen else []})


@page(queries.EDIT, methods=("GET", "POST"))
def edit(request: Request, uuid: UUID) -> HttpResponse:
    """Change a campaign that has not begun."""
    campaign = _find(uuid)
    zone, currency = request.company.time_zone, request.company.currency or "USD"
    return _planned(request, campaign, dict(initial_of(campaign, zone=zone, currency=currency)))


def _planned(request: Request, campaign: Campaign | None, initial: dict[str, Any]) -> HttpResponse:
    form = CampaignForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.plan(zone=request.company.time_zone, currency=request.company.currency or "USD")
        try:
            if campaign is None:
                campaign = planning.plan(said, by=request.actor, now=request.now)
            else:
                planning.replan(campaign, said, by=request.actor, now=request.now)
        except ShukeError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("campaigns:detail", campaign.uuid)
    context = {
        "form": form,
        "campaign": campaign,
        "needed": [(lift, people_needed(0.03, lift / 100)) for lift in (10, 20, 50)],
    }
    return render(request, "campaigns/form.html", context, status=422 if form.is_bound else 200)


@page(queries.VIEW)
def detail(request: Request, uuid: UUID) -> HttpResponse:
    """Show a campaign: before it begins whom it would reach, from then on what comes of it."""
    campaign = _find(uuid)
    names = {str(one.uuid): one.name for one in segments.existing([*campaign.include, *campaign.exclude])}
    known = templates.found([one["template"] for one in campaign.variants])
    context: dict[str, Any] = {
        "campaign": campaign, "include": [names.get(one, _("no longer in use")) for one in campaign.include],
        "exclude": [names.get(one, _("no longer in use")) for one in campaign.exclude],
        "templates": [(one["code"].upper(), known.get(one["template"])) for one in campaign.variants],
        "may_edit": may(request, queries.EDIT), "may_approve": may(request, queries.APPROVE), "s": State,
        "currency": request.company.currency or "USD", "alarm": wording.alarm(campaign.stopped_by),
    }  # fmt: skip
    if campaign.began_at is None:
        estimate = queries.estimate(campaign, now=request.now)
        context |= {"estimate": estimate, "reasons": wording.reasons(estimate.reasons)}
        if campaign.budget_minor is not None or campaign.cost_per_thousand_minor:
            context["cost_minor"] = estimate.reached * campaign.cost_per_thousand_minor // 1_000
    else:
        found = reporting.report(campaign)
        context |= {"report": found, "counts": queries.counts(campaign), "reasons": wording.reasons(found.refused),
                    "states": wording.states(found.counted.states)}  # fmt: skip
    return render(request, "campaigns/detail.html", context)


@page(queries.VIEW)
def why(request: Request, uuid: UUID) -> HttpResponse:
    """Answer why one customer got a campaign or did not, clause by clause."""
    campaign = _find(uuid)
    context: dict[str, Any] = {"campaign": campaign, "q": request.GET.get("q", "").strip()}
    chosen = templates.as_uuid(request.GET.get("customer", ""))
    customer = customers.customers().filter(uuid=chosen).first() if chosen else None
    if customer is not None:
        family = family_of(customer.pk)
        member = queries.member_of(campaign, family)
        context |= {
            "customer": customer, "member": member, "is_held": member is not None and member.arm == HELD,
            "is_rest": member is not None and member.arm == REST,
            "decisions": explaining.why(customer.pk, "campaign", campaign.pk),
            "outside": [] if member else _outside(campaign, customer.pk),
        }  # fmt: skip
    elif context["q"]:
        context["people"] = customers.find_by_text(
            context["q"], sees_contacts=may(request, "customers.view_contacts"), limit=8
        )
    return render(request, "campaigns/why.html", context)


def _outside(campaign: Campaign, customer_id: int) -> list[str]:
    """Return why somebody is not in the audience, as the segments stand now."""
    inside = {str(one.segment.uuid) for one in segments.segments_of_customer(customer_id) if one.left_at is None}
    names = {str(one.uuid): one.name for one in segments.existing([*campaign.include, *campaign.exclude])}
    said = [
        _("is in “%(name)s”, which is left out") % {"name": names[one]}
        for one in campaign.exclude
        if one in inside and one in names
    ]
    if not inside.intersection(campaign.include):
        said += [_("is not in “%(name)s”") % {"name": names[one]} for one in campaign.include if one in names]
    return said


def _find(uuid: UUID) -> Campaign:
    try:
        return queries.find(uuid)
    except UnknownCampaign as missing:
        raise Http404 from missing


# -- acts


def _act(request: Request, uuid: UUID, act: Callable[..., None], said: str) -> HttpResponse:
    try:
        act(_find(uuid), by=request.actor, now=request.now)
        messages.success(request, said)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    return redirect("campaigns:detail", uuid)


@page(queries.EDIT, methods=("POST",))
def submit(request: Request, uuid: UUID) -> HttpResponse:
    """Ask for approval."""
    return _act(request, uuid, planning.submit, _("It begins when somebody else has agreed."))


@page(queries.APPROVE, methods=("POST",))
def approve(request: Request, uuid: UUID) -> HttpResponse:
    """Agree, as a second person."""
    return _act(request, uuid, planning.approve, _("It begins when its time has come."))


@page(queries.APPROVE, methods=("POST",))
def launch(request: Request, uuid: UUID) -> HttpResponse:
    """Let it begin on one's own authority."""
    return _act(request, uuid, planning.launch, _("It begins when its time has come."))


@page(queries.EDIT, methods=("POST",))
def pause(request: Request, uuid: UUID) -> HttpResponse:
    """Let nothing more leave."""
    return _act(request, uuid, planning.pause, _("Nothing more leaves until it is resumed."))


@page(queries.EDIT, methods=("POST",))
def resume(request: Request, uuid: UUID) -> HttpResponse:
    """Go on."""
    return _act(request, uuid, planning.resume, _("It goes on."))


@page(queries.EDIT, methods=("POST",))
def cancel(request: Request, uuid: UUID) -> HttpResponse:
    """End it."""
    return _act(request, uuid, planning.cancel, _("What has not left never will."))
