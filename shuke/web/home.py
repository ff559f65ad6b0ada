"""The first page: how the company does, what changed, who its customers are."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.analytics.queries import summary
from shuke.insight.analytics.queries.sales import Takings
from shuke.insight.analytics.queries.summary import Summary
from shuke.insight.value import queries as value
from shuke.insight.value.queries import Tally
from shuke.platform.http.pages import STAFF, may, page
from shuke.platform.http.request import Request
from shuke.platform.imports import queries as imports
from shuke.platform.ui import formats

# Groups that ask for something to be done, and what it is.
LEAVING = ("at_risk", "cant_lose")
RECENT_IMPORTS = 3


@page(STAFF)
def home(request: Request) -> HttpResponse:
    """Show the shop's owner how it goes; others see what they may."""
    if not may(request, "reports.view"):
        return render(request, "web/home_desk.html", {"may_orders": may(request, "orders.view")})
    found = summary.lately()
    if found is None:
        return render(request, "web/home_empty.html", {"may_import": may(request, "orders.import")})
    currency = request.company.currency
    groups = _groups() if may(request, "value.view") else {}
    context = {
        "summary": found,
        "currency": currency,
        "figures": _figures(found),
        "sales_chart": _sales_chart(found, currency),
        "sentences": list(_sentences(found, groups, currency)),
        "customer_groups": _group_rows(groups),
        "best": [(each, _orders(found.now, product=each.product_id)) for each in found.best],
        "imports": _imports() if may(request, "orders.import") else [],
        "lag": warehouse.lag(),
        "week_url": reverse("analytics:week"),
    }
    return render(request, "web/home.html", context)


def _figures(found: Summary) -> dict[str, Any]:
    return {
        "change": {name: found.change(name) for name in ("net_minor", "orders", "average_order_minor", "refund_rate")},
        "new_change": found.change_of_buyers("new_buyers"),
        "returning_change": found.change_of_buyers("returning_buyers"),
        "orders_url": _orders(found.now),
        "refunds_url": _orders(found.now, kind="refund"),
        "buyers_url": _customers(**_days("ordered_", found.now)),
        "new_url": _customers(**_days("first_", found.now)),
    }


def _sales_chart(found: Summary, currency: str) -> dict[str, Any]:
    series: list[dict[str, Any]] = [{"name": _("Net sales"), "values": [day.net_minor for day in found.days]}]
    if found.has_comparison:
        before = [day.net_minor for day in found.days_before]
        series.append({"name": _("The 30 days before"), "values": before, "compare": True})
    return {
        "kind": "area",
        "format": "money",
        "currency": currency,
        "categories": [formats.day(day.period.starts_on, "monthday") for day in found.days],
        "series": series,
        "links": [_orders(day) for day in found.days],
    }


def _groups() -> dict[str, Tally]:
    return value.remembered("home:groups", lambda: value.tallies(value.people(), "rfm_group"))


def _group_rows(groups: dict[str, Tally]) -> list[dict[str, Any]]:
    largest = max((tally.customers for tally in groups.values()), default=0) or 1
    return [
        {
            "label": label,
            "tally": groups[code],
            "share": groups[code].customers / largest,
            "url": _customers(group=code),
        }
        for code, label in value.group_labels().items()
        if code in groups
    ]


def _imports() -> list[dict[str, Any]]:
    newest = imports.newest("orders")[:RECENT_IMPORTS]
    return [{"import": made, "url": reverse("orders:import_page", args=[made.uuid])} for made in newest]


def _sentences(found: Summary, groups: dict[str, Tally], currency: str) -> Iterator[dict[str, str]]:
    """Yield what the owner should know, each with the page behind it."""
    if summary.Summary.is_notable(change := found.change("net_minor")):
        rose = _("Net sales are %(change)s above the 30 days before.")
        fell = _("Net sales are %(change)s below the 30 days before.")
        yield _note(change, rose, fell, url=_orders(found.now))
    if summary.Summary.is_notable(change := found.change_of_buyers("new_buyers")):
        rose = _("%(change)s more people than before bought for the first time.")
        fell = _("%(change)s fewer people than before bought for the first time.")
        yield _note(change, rose, fell, url=_customers(**_days("first_", found.now)))
    if summary.Summary.is_notable(change := found.change("refund_rate")):
        text = _("Refunds went from %(then)s to %(now)s of gross sales.") % {
            "then": formats.percent(found.then.refund_rate, 1), "now": formats.percent(found.now.refund_rate, 1),
        }  # fmt: skip
        yield {"tone": "bad" if (change or 0) > 0 else "good", "text": text, "url": _orders(found.now, kind="refund")}
    if found.risen is not None:
        text = _("%(product)s rose the most: from %(then)s to %(now)s.") % {
            "product": found.risen.product.title or found.risen.product.sku,
            "then": formats.money(found.risen.then_minor, currency),
            "now": formats.money(found.risen.now_minor, currency),
        }
        yield {"tone": "good", "text": text, "url": _orders(found.now, product=found.risen.product.product_id)}
    leaving = sum(groups[code].customers for code in LEAVING if code in groups)
    if leaving:
        text = ngettext(
            "%(count)s good customer is about to be lost. Write to them before it is too late.",
            "%(count)s good customers are about to be lost. Write to them before it is too late.",
            leaving,
        ) % {"count": formats.number(leaving)}
        yield {"tone": "warn", "text": text, "url": _customers(group=LEAVING)}


def _note(change: float | None, rose: str, fell: str, *, url: str) -> dict[str, str]:
    is_up = (change or 0) > 0
    text = (rose if is_up else fell) % {"change": formats.percent(abs(change or 0))}
    return {"tone": "good" if is_up else "bad", "text": text, "url": url}


def _days(prefix: str, takings: Takings) -> dict[str, date]:
    return {f"{prefix}from": takings.period.starts_on, f"{prefix}to": takings.period.last_day}


def _orders(takings: Takings, *, kind: str = "sale", **filters: Any) -> str:
    return f"{reverse('orders:list')}?{urlencode({'kind': kind, **_days('', takings), **filters})}"


def _customers(**filters: Any) -> str:
    return f"{reverse('web:customers')}?{urlencode(filters, doseq=True)}"
