"""Pages that show segments: the list, one segment, its history, and why somebody is in it or not."""

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.cdp.customers import errors as customer_errors
from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Customer
from shuke.cdp.events import queries as events
from shuke.cdp.warehouse import queries as warehouse
from shuke.cdp.warehouse.errors import WarehouseError
from shuke.insight.segments import errors, queries
from shuke.insight.segments.forms import CompareForm, DayForm, FilterForm, SpanForm
from shuke.insight.segments.models import Segment, State
from shuke.insight.segments.pages.editing import find
from shuke.insight.segments.pages.people import people, shown_name
from shuke.insight.segments.queries import explaining, exporting
from shuke.insight.segments.queries.sentences import sentence
from shuke.insight.segments.rules.membership import Age, Freshness
from shuke.insight.value import queries as value
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.jobs.models import Job
from shuke.platform.jobs.queries import find_unfinished
from shuke.platform.manifest import uses_of
from shuke.platform.ui import formats

_AGE_TEXTS: dict[Age, str | Promise] = {
    Age.CURRENT: gettext_lazy("Up to date"),
    Age.NEVER_COMPUTED: gettext_lazy("Not worked out yet"),
    Age.RULE_CHANGED: gettext_lazy("The rule has changed since"),
    Age.NEWER_DATA: gettext_lazy("Newer data has arrived since"),
    Age.LATE: gettext_lazy("Not worked out for a while"),
    Age.BEHIND: gettext_lazy("What came in %(ago)s is not judged yet"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One segment in the list."""

    segment: Segment
    freshness: Freshness
    age: str | Promise


@page("segments.view")
def segments(request: Request) -> HttpResponse:
    """List segments and lists with their sizes and how fresh these are."""
    form = FilterForm(request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    found = queries.segments(
        kind=said.get("kind", ""), state=said.get("state") or State.ACTIVE, text=said.get("q", "").strip()
    )
    shown = paginate(found, request, keys=("-changed_at", "-id"))
    until = _data_until()
    waiting = queries.waiting_since()
    lines = [_line(segment, until, request, waiting) for segment in shown.rows]
    context = {
        "form": form,
        "page": shown,
        "lines": lines,
        "is_filtered": bool(request.GET),
        "may_edit": may(request, "segments.edit"),
    }
    return render(request, "segments/list.html", context)


def _line(segment: Segment, until: Any, request: Request, waiting: datetime | None) -> Line:
    fresh = queries.freshness_of(segment, data_until=until, now=request.now, waiting_since=waiting)
    said = str(_AGE_TEXTS[fresh.age])
    if fresh.age is Age.BEHIND:
        said = said % {"ago": formats.since(waiting, request.now)}
    return Line(segment, fresh, said)


@page("segments.view")
def segment(request: Request, uuid: UUID) -> HttpResponse:
    """Show one segment: its rule in words, its size over time, who is in it."""
    found = find(uuid)
    shown = paginate(queries.members(found), request, keys=("-entered_at", "-id"))
    moments = {row.customer_id: row.entered_at for row in shown.rows}
    line = _line(found, _data_until(), request, queries.waiting_since())
    context: dict[str, Any] = {
        "segment": found, "freshness": line.freshness, "age": line.age, "page": shown,
        "people": people(request, list(moments), moments), "growth": _growth_chart(found), "mix": _mix_chart(found),
        "currency": request.company.currency, "columns": _columns(request),
        "may_edit": may(request, "segments.edit"), "may_export": may(request, "segments.export"),
        "may_see_contacts": may(request, "customers.view_contacts"), "job": _running(found),
        "uses": uses_of(f"segment:{found.uuid}"), "find_url": reverse("segments:explain", args=[uuid]), **_words(found),
    }  # fmt: skip
    return render(request, "segments/detail.html", context)


def _words(segment: Segment) -> dict[str, Any]:
    """The rule in words and as JSON; or, where it rests on what is gone, the reason."""
    if segment.is_list:
        return {"sentence": "", "problem": "", "rule": ""}
    rule = json.dumps(segment.rule, ensure_ascii=False, indent=2)
    try:
        parsed, book = queries.checked(segment.rule, own=segment.uuid)
    except errors.InvalidRule as refusal:
        return {"sentence": "", "problem": str(refusal), "rule": rule}
    return {"sentence": sentence(parsed, book), "problem": "", "rule": rule}


def _columns(request: Request) -> list[exporting.Column]:
    sees = may(request, "customers.view_contacts")
    return [column for column in exporting.all_columns() if sees or not column.is_contact]


def _running(segment: Segment) -> Job | None:
    return find_unfinished(f"segments.compute:{segment.pk}")


def _growth_chart(segment: Segment) -> dict[str, Any] | None:
    points = queries.growth(segment)
    if len(points) < 2:
        return None
    return {
        "kind": "line", "format": "number", "categories": [formats.moment(point.computed_at) for point in points],
        "series": [{"name": _("Members"), "values": [point.size for point in points]}],
    }  # fmt: skip


def _mix_chart(segment: Segment) -> dict[str, Any] | None:
    """How the members spread over RFM groups; each bar opens the customers behind it."""
    try:
        mix = {row["rfm_group"]: row["customers"] for row in queries.value_mix(segment)}
    except WarehouseError:
        return None
    labels = {code: label for code, label in value.group_labels().items() if mix.get(code)}
    if not labels:
        return None
    return {
        "kind": "bar", "format": "number", "horizontal": True, "categories": list(labels.values()),
        "series": [{"name": _("Members"), "values": [mix[code] for code in labels]}],
        "links": [f"/customers/?segment={segment.uuid}&group={code}" for code in labels],
    }  # fmt: skip


@page("segments.view")
def history(request: Request, uuid: UUID) -> HttpResponse:
    """Show who entered and who left, between two days if asked, and by what; or who was a member on a day."""
    found, show = find(uuid), request.GET.get("show", "entered")
    context: dict[str, Any] = {"segment": found, "show": show, "computations": queries.growth(found, limit=30)[::-1]}
    if show == "day":
        form = DayForm(request.GET)
        context["form"] = form if "day" in request.GET else DayForm()
        if not form.is_valid():
            return render(request, "segments/history.html", context | {"rows": []})
        intervals = queries.members_on(found, _end_of(form.cleaned_data["day"], request)).select_related("customer")
        field = "entered_at"
        context["count"] = intervals.count()
    else:
        span = SpanForm(request.GET)
        context["form"] = span
        said = span.cleaned_data if span.is_valid() else {}
        field = "left_at" if show == "left" else "entered_at"
        first, last = said.get("first"), said.get("last")
        since = _end_of(first - timedelta(days=1), request) if first else None
        intervals = queries.moved_between(found, field, since, _end_of(last, request) if last else None)
    shown = paginate(intervals, request, keys=(f"-{field}", "-id"))
    cards = {person.id: person for person in people(request, list({row.customer_id for row in shown.rows}))}
    rows = [
        (cards[row.customer_id], getattr(row, field), cause_words(row.left_because if show == "left" else row.entered_because))
        for row in shown.rows
        if row.customer_id in cards
    ]  # fmt: skip
    return render(request, "segments/history.html", context | {"rows": rows, "page": shown})


def _end_of(day: date, request: Request) -> datetime:
    """Return the moment at which a day of the company ends."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(request.company.time_zone))


def cause_words(cause: str) -> str:
    """Return what moved a member: the fact, the passing of time, a person, or a computation."""
    usual = {"": _("not known"), "day": _("time passed"), "hand": _("by hand"), "rule": _("computation of the segment")}
    return str(usual[cause]) if cause in usual else str(events.label_of(cause))


@page("segments.view")
def compare(request: Request, uuid: UUID) -> HttpResponse:
    """Show how many are in this segment and in another, and in one of them only; each part can become a segment."""
    found = find(uuid)
    form = CompareForm(request.GET or None, choices=[one for one in queries.choices() if one[0] != str(uuid)])
    context: dict[str, Any] = {"segment": found, "form": form}
    if form.is_valid():
        other = find(UUID(form.cleaned_data["other"]))
        counted = queries.overlap(found, other)
        inside = {"field": "segment", "op": "in"}
        mine, theirs = inside | {"value": [str(found.uuid)]}, inside | {"value": [str(other.uuid)]}
        parts = [
            (_("In both"), counted.both, {"all": [mine, theirs]}),
            (_("Only in “%(name)s”") % {"name": found.name}, counted.first_only, {"all": [mine, {"none": [theirs]}]}),
            (_("Only in “%(name)s”") % {"name": other.name}, counted.second_only, {"all": [theirs, {"none": [mine]}]}),
        ]
        context |= {"other": other, "parts": [(label, size, json.dumps(rule)) for label, size, rule in parts]}
    context["may_edit"] = may(request, "segments.edit")
    return render(request, "segments/compare.html", context)


@page("segments.view")
def explain(request: Request, uuid: UUID) -> HttpResponse:
    """Answer why one customer is in a segment or not, clause by clause; ``q`` searches for the customer."""
    found = find(uuid)
    context: dict[str, Any] = {"segment": found, "q": request.GET.get("q", "").strip()}
    if chosen := request.GET.get("customer", ""):
        try:
            context |= _explained(request, found, customers.by_uuid(UUID(chosen)))
        except (ValueError, customer_errors.UnknownCustomer):
            context["refusal"] = _("There is no such customer.")
        except (errors.InvalidRule, errors.NothingToAnalyse, WarehouseError) as refusal:
            context["refusal"] = str(refusal) or _("The warehouse did not answer.")
    elif context["q"]:
        hits = customers.find_by_text(context["q"], sees_contacts=may(request, "customers.view_contacts"), limit=8)
        context["people"] = people(request, [hit.pk for hit in hits])
    return render(request, "segments/_explain.html" if request.htmx else "segments/explain.html", context)


def _explained(request: Request, segment: Segment, customer: Customer) -> dict[str, Any]:
    identities = [] if customer.name else customers.identities_of(customer.pk)
    (person,) = people(request, [customer.pk])
    answer: dict[str, Any] = {"person": person, "name": shown_name(request, customer, identities)}
    if segment.is_list:
        is_member = queries.membership(segment.uuid, customer.pk).exists()
        return answer | {"is_member": is_member, "as_of": request.now.date()}
    rule, book = queries.checked(segment.rule, own=segment.uuid)
    as_of = queries.today()
    if not explaining.is_known(customer.pk):
        return answer | {"refusal": _("The warehouse does not know this customer yet; try again in a moment.")}
    reason = explaining.explain(rule, book, customer.pk, as_of=as_of)
    return answer | {"reason": reason, "is_member": reason.is_true, "as_of": as_of}


def _data_until() -> Any:
    try:
        return warehouse.data_until()
    except WarehouseError:
        return None
