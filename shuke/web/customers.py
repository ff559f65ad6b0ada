"""The customer list: search, filters, sort, saved views, and what can be done with many at once."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shuke.cdp.attributes import queries as attributes
from shuke.cdp.attributes.models import Attribute
from shuke.cdp.customers import actions
from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Channel, CustomerKind
from shuke.insight.value import queries as value
from shuke.kernel.errors import ShukeError
from shuke.platform.audit import actions as audit
from shuke.platform.company import queries as company
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.jobs import actions as jobs
from shuke.platform.staff.roles import MANAGERS
from shuke.platform.ui import formats
from shuke.web import customer_columns, customer_filters, customer_listing, customer_segments
from shuke.web.actions import profile
from shuke.web.customer_cards import cards
from shuke.web.customer_filters import Filters
from shuke.web.customer_jobs import apply_act
from shuke.web.customer_labels import Chip, chips

LIST_NAME = "customers"
PER_PAGE = 50
MAX_SELECTED = 500
MAX_SEGMENT_NAME = 120
MAX_ATTRIBUTES = 12


@page("customers.view")
def index(request: Request) -> HttpResponse:
    """Show the customers that the address asks for."""
    sees_contacts = may(request, "customers.view_contacts")
    filters = customer_filters.read(request.GET, currency=request.company.currency, sees_contacts=sees_contacts)
    listing = customer_listing.listing(
        filters, request, sees_contacts=sees_contacts, zone=request.company.time_zone, per_page=PER_PAGE
    )
    columns = customer_columns.shown_to(request.user.list_columns.get(LIST_NAME, ()))
    tags, shops = customers.tags(), company.shops()
    segments = customer_segments.choices()
    countries = formats.countries(customers.countries())
    known = attributes.active(kinds=("choice", "yes_no"), with_personal=False)
    in_words = chips(
        request.GET, filters, tags=tags, shops=shops, segments=segments, countries=countries, attributes=known,
        currency=request.company.currency,
    )  # fmt: skip
    context = {
        "filters": filters,
        "page": listing.page,
        "columns": columns,
        "all_columns": customer_columns.COLUMNS,
        "rows": customer_columns.rows(
            cards(listing.page.rows, sees_contacts=sees_contacts), columns, request.company.currency
        ),
        "total": listing.total,
        "chips": in_words,
        "hidden": list(_hidden(request.GET)),
        "spans": _spans(filters),
        "ranges": _ranges(request.GET),
        "more_open": bool(_BEHIND_MORE.intersection(filters.names)),
        "rfm_groups": value.group_labels(),
        "rfm_stages": value.stage_labels(),
        "value_tiers": value.tier_labels(),
        "countries": countries,
        "contacts": Channel.choices,
        "tags": tags,
        "shops": shops,
        "segments": [
            {"uuid": uuid, "name": name, "is_chosen": uuid in {str(one) for one in filters.segment}}
            for uuid, name in segments
        ],
        "kinds": CustomerKind.choices,
        "attributes": _attributes(filters, known),
        "lists": customer_segments.list_choices(),
        "views": customers.saved_views(LIST_NAME, request.user.pk),
        "may_manage": request.user.role in MANAGERS,
        "may_edit": may(request, "customers.edit"),
        "may_merge": may(request, "customers.merge"),
        "segment_url": segment_url(filters, in_words) if may(request, "segments.edit") else "",
        "query": request.GET.urlencode(),
        "sees_contacts": sees_contacts,
    }
    return render(request, "web/customers.html", context)


_BEHIND_MORE = frozenset(
    {"shop", "segment", "contact", "kind", "attribute", "first", "ordered", "seen", "net", "orders"}
)


def _attributes(filters: Filters, known: Sequence[Attribute]) -> list[dict[str, Any]]:
    """Return the attributes that have few values, as inputs of the filter bar."""
    yes_no = [("yes", _("yes")), ("no", _("no"))]
    return [
        {
            "code": one.code,
            "label": one.label,
            "choices": [
                {"value": text, "label": label, "is_chosen": text in filters.attribute}
                for value, label in (
                    [(choice["code"], one.choice_label(choice["code"])) for choice in one.choices]
                    if one.choices
                    else yes_no
                )
                for text in [f"{one.code}={value}"]
            ],
        }
        for one in known[:MAX_ATTRIBUTES]
    ]


def _spans(filters: Filters) -> list[dict[str, Any]]:
    labels = {"first": _("First order"), "ordered": _("Ordered"), "seen": _("Known since")}
    return [
        {
            "name": name,
            "label": label,
            "start": _iso(getattr(filters, name).start),
            "end": _iso(getattr(filters, name).end),
        }
        for name, label in labels.items()
    ]


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _ranges(query: QueryDict) -> list[dict[str, str]]:
    return [
        {"name": name, "label": label, "low": query.get(f"{name}_min", ""), "high": query.get(f"{name}_max", "")}
        for name, label in (("net", _("Net revenue")), ("orders", _("Orders")))
    ]


def segment_url(filters: Filters, in_words: list[Chip]) -> str:
    """Return where a segment of these customers is made, named after the filters in words.

    "" while there is nothing that a rule could say.
    """
    rule, _unsaid = customer_filters.rule_of(filters)
    if not rule["all"]:
        return ""
    try:
        address = reverse("segments:new")
    except NoReverseMatch:
        return ""
    name = " · ".join(str(chip.text) for chip in in_words)[:MAX_SEGMENT_NAME]
    return f"{address}?{urlencode({'rule': json.dumps(rule, separators=(',', ':'), ensure_ascii=False), 'name': name})}"


# Filters that have an input of their own on the page; the others ride along as hidden inputs.
_WITH_INPUT = frozenset({
    "q", "group", "stage", "tier", "tag", "country", "shop", "segment", "contact", "kind", "attribute", "first_from", "first_to", "ordered_from",
    "ordered_to", "seen_from", "seen_to", "net_min", "net_max", "orders_min", "orders_max", "after", "before",
})  # fmt: skip


def _hidden(query: QueryDict) -> Iterator[tuple[str, str]]:
    for name, values in query.lists():
        if name not in _WITH_INPUT:
            yield from ((name, value) for value in values)


# --- columns and saved views


@page("customers.view", methods=("POST",))
def choose_columns(request: Request) -> HttpResponse:
    """Remember which columns the person wants to see; the usual ones again if none are left."""
    chosen = () if request.POST.get("usual") else customer_columns.among(request.POST.getlist("column"))
    profile.choose_columns(request.user, LIST_NAME, chosen)
    return redirect(f"{reverse('web:customers')}?{request.POST.get('query', '')}")


@page("customers.view", methods=("POST",))
def save_view(request: Request) -> HttpResponse:
    """Keep the present filters under a name."""
    query = QueryDict(request.POST.get("query", ""), mutable=True)
    for name in ("after", "before"):
        query.pop(name, None)
    try:
        view = actions.save_view(
            LIST_NAME,
            request.POST.get("name", ""),
            query.urlencode(),
            is_shared=bool(request.POST.get("is_shared")),
            staff_id=request.user.pk,
            by=request.actor,
            now=request.now,
        )
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
    return redirect(f"{reverse('web:customers')}?{query.urlencode()}")


@page("customers.view", methods=("POST",))
def delete_view(request: Request, pk: int) -> HttpResponse:
    """Forget a saved view."""
    is_manager = request.user.role in MANAGERS
    if actions.delete_view(pk, staff_id=request.user.pk, is_manager=is_manager, by=request.actor, now=request.now):
        messages.success(request, _("The view is deleted."))
    else:
        messages.error(request, _("You can delete only your own views."))
    return redirect("web:customers")


# --- many at once


@page("customers.edit", methods=("POST",))
def bulk(request: Request) -> HttpResponse:
    """Tag, untag or list the chosen customers; all that match as background work."""
    back = f"{reverse('web:customers')}?{request.POST.get('query', '')}"
    act, subject = request.POST.get("act", ""), ""
    try:
        subject = _subject(request, act)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    if not subject:
        messages.error(request, _("Say what to do with the chosen customers."))
        return redirect(back)
    if request.POST.get(f"scope_{act}") == "all":
        return _start_job(request, act, subject)
    ids = [int(raw) for raw in request.POST.getlist("ids")[:MAX_SELECTED] if raw.isdecimal()]
    _do_now(request, act, subject, ids)
    return redirect(back)


def _subject(request: Request, act: str) -> str:
    """The tag's name or id, or the list's id, that the act is about."""
    return {
        "tag": request.POST.get("tag_name", "").strip(),
        "untag": request.POST.get("tag_id", ""),
        "list": request.POST.get("list", ""),
    }.get(act, "")


def _do_now(request: Request, act: str, subject: str, ids: list[int]) -> None:
    try:
        count = apply_act(act, subject, ids, by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
        return
    done = {
        "tag": ngettext("%(count)d customer was tagged.", "%(count)d customers were tagged.", count),
        "untag": ngettext(
            "The tag was taken off %(count)d customer.", "The tag was taken off %(count)d customers.", count
        ),
        "list": ngettext(
            "%(count)d customer was added to the list.", "%(count)d customers were added to the list.", count
        ),
    }[act]
    messages.success(request, done % {"count": count})


def _start_job(request: Request, act: str, subject: str) -> HttpResponse:
    with transaction.atomic():
        job = jobs.enqueue(
            "web.customers_bulk",
            now=request.now,
            by=request.actor,
            act=act,
            subject=subject,
            query=request.POST.get("query", ""),
            sees_contacts=may(request, "customers.view_contacts"),
            staff_id=request.user.pk,
        )
        summary = {"act": act, "filters": list(_names(request.POST.get("query", "")))}
        audit.record(
            request.actor, "customers.bulk_started", target=f"jobs.Job:{job.pk}", summary=summary, now=request.now
        )
    return redirect("web:job", job.pk)


def _names(query: str) -> list[str]:
    return sorted(QueryDict(query).keys())
