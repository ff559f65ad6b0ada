"""Channels: what brought customers, what came of it, and what it cost."""

from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from shuke.insight.analytics import rules
from shuke.insight.analytics.engine import acquisition as engine
from shuke.insight.analytics.forms import OwnForm
from shuke.insight.analytics.pages.content import Card, Column, Content, Row, Sheet, Stat, bars, change, money
from shuke.insight.analytics.pages.framing import Frame, shown
from shuke.insight.analytics.queries import acquisition as queries
from shuke.insight.analytics.queries.acquisition import DIRECT, UNKNOWN, Channel
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

DRAWN, LISTED = 10, 200


class AcquisitionForm(OwnForm):
    """Which touch counts, and how far channels are taken apart."""

    usual = {"touch": "first", "detail": "source"}
    touch = forms.ChoiceField(label=gettext_lazy("Touch"), required=False, choices=[
        ("first", gettext_lazy("The first")), ("last", gettext_lazy("The last")),
    ])  # fmt: skip
    detail = forms.ChoiceField(label=gettext_lazy("Taken apart by"), required=False, choices=[
        ("source", pgettext_lazy("report", "Sources")), ("campaign", gettext_lazy("Campaigns")),
    ])  # fmt: skip


@page("reports.view")
def acquisition(request: Request) -> HttpResponse:
    """Show what brought new buyers."""
    return shown(request, "acquisition", content, AcquisitionForm)


def content(frame: Frame) -> Content:
    """Return the channels with customers, revenue, early value and, where it is known, cost."""
    scope, touch = frame.asked.scope, frame.said["touch"] or "first"
    with_campaigns = frame.said["detail"] == "campaign"
    found = queries.channels(scope, touch=touch, with_campaigns=with_campaigns)
    title, costs_url = _("Channels"), reverse("analytics:costs")
    if not found:
        return Content(title, empty=_("Nobody bought for the first time in this period"))
    then = []
    if frame.asked.compared:
        then = queries.channels(frame.asked.compared, touch=touch, with_campaigns=with_campaigns)
    # Of campaigns no payback is worked out: what customers bring is known by source.
    judged = [] if with_campaigns else found
    spent = {each.source: each.cost_minor for each in judged if each.cost_minor is not None}
    paid = queries.paybacks(scope, touch=touch, costs=spent)
    return Content(
        title,
        subtitle=_("customers whose first order lies in the period, by what brought them"),
        stats=_stats(frame, found, then, costs_url),
        cards=_cards(frame, found),
        sheets=[_sheet(frame, found, then, paid, with_campaigns)],
        notes=_notes(found),
    )  # fmt: skip


def people(frame: Frame, query: QueryDict) -> tuple[str, Any] | None:
    """Return the customers who were won through a source."""
    source, medium, campaign = (query.get(name, "")[:120] for name in ("source", "medium", "campaign"))
    if not source:
        return None
    only = campaign if "campaign" in query else None
    touch = frame.said["touch"] or "first"
    title = _("Won through %(channel)s") % {"channel": _name(source, medium, campaign)}
    return title, lambda tables: engine.people(
        tables, frame.asked.scope, touch=touch, source=source, medium=medium, campaign=only
    )  # fmt: skip


def _name(source: str, medium: str, campaign: str = "") -> str:
    named = {DIRECT: _("Direct"), UNKNOWN: _("Not known")}.get(source, source)
    return " · ".join(part for part in (named, medium, campaign) if part)


def _opened(frame: Frame, each: Channel, *, with_campaigns: bool) -> str:
    if not each.customers:
        return ""
    campaign = {"campaign": each.campaign} if with_campaigns else {}
    return frame.people("acquisition", source=each.source, medium=each.medium, **campaign)


def _stats(frame: Frame, found: list[Channel], then: list[Channel], costs_url: str) -> list[Stat]:
    won, net = sum(each.customers for each in found), sum(each.net_minor for each in found)
    costs = [each.cost_minor for each in found if each.cost_minor is not None]
    won_then = sum(each.customers for each in then)
    stats = [
        Stat(_("New customers"), formats.number(won), delta=change(won, won_then) if then else None),
        Stat(_("Net revenue"), formats.money(net, frame.currency),
             delta=change(net, sum(each.net_minor for each in then)) if then else None, hint=_("from them, in the period")),
    ]  # fmt: skip
    if not costs:
        return [*stats, Stat(_("Cost"), _("not known"), costs_url, hint=_("Enter what channels cost"))]
    paid = sum(costs)
    reached = sum(each.customers for each in found if each.cost_minor is not None)
    return [
        *stats, Stat(_("Cost"), formats.money(paid, frame.currency), costs_url),
        Stat(_("Cost of a new customer"), money(round(paid / reached) if reached else None, frame.currency),
             hint=_("of channels with known cost"), good="down"),
    ]  # fmt: skip


def _cards(frame: Frame, found: list[Channel]) -> list[list[Card]]:
    top = [each for each in found if each.customers][:DRAWN]
    with_campaigns = frame.said["detail"] == "campaign"
    names = [_name(each.source, each.medium, each.campaign) for each in top]
    opened = [_opened(frame, each, with_campaigns=with_campaigns) for each in top]
    return [[
        Card("channels", _("New customers by channel"), bars(
            names, [each.customers for each in top], name=_("Customers"), horizontal=True, links=opened,
        )),
        Card("early-value", _("Value in the first 90 days"), bars(
            names, [each.early_value_minor for each in top], name=_("Net revenue per customer"), horizontal=True,
            kind="money", currency=frame.currency, links=opened,
        ), subtitle=_("Of customers whose first 90 days are over.")),
    ]] if top else []  # fmt: skip


def _sheet(
    frame: Frame, found: list[Channel], then: list[Channel], paid: dict[str, int | None], with_campaigns: bool
) -> Sheet:  # fmt: skip
    before = {(each.source, each.medium, each.campaign): each for each in then}
    rows = []
    for each in found[:LISTED]:
        earlier = before.get((each.source, each.medium, each.campaign))
        opened = _opened(frame, each, with_campaigns=with_campaigns)
        rows.append(Row(
            [_name(each.source, each.medium, each.campaign), each.customers,
             rules.change(each.customers, earlier.customers) if earlier else None, each.orders, each.net_minor,
             each.repeat_rate, each.early_value_minor, each.cost_minor, each.customer_cost_minor, each.roi,
             _payback(each, paid, with_campaigns)],
            {0: opened, 1: opened},
        ))  # fmt: skip
    return Sheet(
        "channels", _("Channels"),
        [
            Column(_("Channel")), Column(_("Customers"), "number"), Column(pgettext("report", "Change"), "change"),
            Column(_("Orders"), "number"), Column(_("Net revenue"), "money"), Column(_("Repeat rate"), "percent"),
            Column(_("90-day value"), "money"), Column(_("Cost"), "money"), Column(_("Cost per customer"), "money"),
            Column(_("ROI"), "change"), Column(_("Payback")),
        ],
        rows, currency=frame.currency,
        footer=_("ROI: net revenue of the period less cost, against cost. Cost of goods is not in it. "
                 "Payback: the month of their age in which the customers had brought what they cost."),
    )  # fmt: skip


def _payback(each: Channel, paid: dict[str, int | None], with_campaigns: bool) -> str:
    if with_campaigns or each.cost_minor is None:
        return ""
    month = paid.get(each.source)
    return _("month %(month)s") % {"month": month} if month else _("not yet")


def _notes(found: list[Channel]) -> list[str]:
    notes = []
    if not any(each.cost_minor is not None for each in found):
        notes.append(_("No cost is known for these months, so cost per customer, ROI and payback cannot be said."))
    unknown = sum(each.customers for each in found if each.source == UNKNOWN)
    total = sum(each.customers for each in found)
    if total and unknown == total:
        notes.append(
            _("Nothing is known of where these customers came from: sources are told by the tracker or an app.")
        )
    return notes
