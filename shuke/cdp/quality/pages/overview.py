"""How good the data is, field by field, over time, and who is concerned."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shuke.cdp.quality import forms
from shuke.cdp.quality.actions import reading
from shuke.cdp.quality.models import Flag, Flaw
from shuke.cdp.quality.pages.cards import called, url_of
from shuke.cdp.quality.queries import measuring as queries
from shuke.cdp.quality.rules.flaws import Mend
from shuke.platform.company import queries as company
from shuke.platform.http import mask
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.jobs import actions as jobs
from shuke.platform.ui import formats

_TREND_DAYS = 180
FIELD_NAMES: dict[str, str | Promise] = {
    "name": pgettext_lazy("person", "Name"), "email": _("E-mail"), "phone": _("Phone"), "address": _("Postal address"), "city": _("City"),
    "region": _("Region"), "birthday": _("Birthday"),
}  # fmt: skip
_REMOVED = pgettext_lazy("value", "removed")


@page("quality.view")
def overview(request: Request) -> HttpResponse:
    """Show the scores of all fields, how they moved, and what is wrong with how many customers."""
    shops = [(shop.code, shop.name) for shop in company.shops()]
    form = forms.OverviewFilter(request.GET, shops=shops)
    shop = form.cleaned_data["shop"] if form.is_valid() else ""
    day = queries.newest_day()
    grades = queries.grades(day, shop) if day else []
    known = [grade.score for grade in grades if grade.score is not None]
    context = {
        "form": form,
        "day": day,
        "rows": [(FIELD_NAMES[grade.field], grade) for grade in grades],
        "score": sum(known) / len(known) if known else None,
        "customers": grades[0].customers if grades else 0,
        "trend": _trend(request, shop),
        "flaws": _flaws(),
        "fixes": queries.fixes(),
        "shop_rows": [] if shop else _by_shop(day, shops),
        "may_fix": may(request, "quality.fix"),
    }
    return render(request, "quality/overview.html", context)


def _trend(request: Request, shop: str) -> dict[str, Any] | None:
    """The scores over time, as a chart; nothing on the first day."""
    since = request.now.date() - timedelta(days=_TREND_DAYS)
    scores = queries.scores_over_time(since, shop)
    days = sorted({day for of_field in scores.values() for day in of_field})
    if len(days) < 2:
        return None
    return {
        "kind": "line",
        "categories": [formats.day(day) for day in days],
        "series": [
            {"name": str(FIELD_NAMES[field]), "values": [of_field.get(day) for day in days]}
            for field, of_field in scores.items()
        ],
        "format": "percent",
    }


def _by_shop(day: Any, shops: list[tuple[str, str]]) -> list[tuple[str, str, list[queries.Grade]]]:
    if day is None or len(shops) < 2:
        return []
    found = [(code, name, queries.grades(day, code)) for code, name in shops]
    return [row for row in found if row[2] and row[2][0].customers]


def _flaws() -> list[dict[str, Any]]:
    counted = queries.flaw_counts()
    return [
        {"flaw": flaw, "label": Flaw(flaw).label, "people": people, "mendable": mendable}
        for flaw, (people, mendable) in sorted(counted.items(), key=lambda item: -item[1][0])
    ]


@page("quality.fix", methods=("POST",))
def measure(request: Request) -> HttpResponse:
    """Take today's snapshot now, in the background."""
    with transaction.atomic():
        job = jobs.enqueue("quality.measure", now=request.now, by=request.actor, dedupe_key="quality.measure")
    return redirect("web:job", job.pk)


@page("quality.view")
def flaw(request: Request, code: str) -> HttpResponse:
    """List the customers with one flaw, and what would mend it."""
    if code not in Flaw.values:
        raise Http404
    shown = paginate(queries.flags_of(code), request, keys=("customer_id", "id"), per_page=50)
    people, mendable = queries.flaw_counts().get(code, (0, 0))
    context = {
        "flaw": Flaw(code),
        "lines": [_line(request, flag) for flag in shown.rows],
        "page": shown,
        "people": people,
        "mendable": mendable,
        "removes": code in {Flaw.EMAIL_INVALID, Flaw.EMAIL_DISPOSABLE, Flaw.PHONE_INVALID},
        "may_fix": may(request, "quality.fix"),
    }
    return render(request, "quality/flaw.html", context)


def _line(request: Request, flag: Flag) -> dict[str, Any]:
    sees_contacts = may(request, "customers.view_contacts")
    return {
        "name": called(request, flag.customer),
        "url": url_of(flag.customer),
        "mends": [shown_mend(mend, sees_contacts=sees_contacts) for mend in reading.mends_of(flag)],
        "found_at": flag.found_at,
    }


def shown_mend(mend: Mend, *, sees_contacts: bool) -> dict[str, Any]:
    """Return a change as the viewer may see it: of addresses only what tells the two apart."""
    return {
        "field": FIELD_NAMES.get(mend.field, mend.field),
        "before": _shown(mend.field, mend.before, sees_contacts=sees_contacts),
        "after": _shown(mend.field, mend.after, sees_contacts=sees_contacts) if mend.after else str(_REMOVED),
    }


def _shown(field: str, value: str, *, sees_contacts: bool) -> str:
    if not value:
        return "–"
    if field == "email":
        return mask.email(value) if sees_contacts else f"***@{value.rpartition('@')[2]}"
    if field == "phone":
        return mask.phone(value) if sees_contacts else "***"
    if field == "name":
        return value if sees_contacts else mask.name(value)
    return value if field in ("city", "region", "country") else mask.address(value)
