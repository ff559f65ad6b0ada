"""The week on one sheet of paper."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shuke.insight.analytics import rules
from shuke.insight.analytics.forms import OwnForm
from shuke.insight.analytics.pages import links
from shuke.insight.analytics.pages.content import Card, Column, Content, Row, Sheet, Stat
from shuke.insight.analytics.pages.framing import Frame, frame, nothing, span
from shuke.insight.analytics.queries import week as queries
from shuke.insight.analytics.queries.week import Mover, Week
from shuke.insight.analytics.rules import Period
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

# Percentage points by which the refund rate must move to be worth a sentence.
NOTABLE_POINTS = 0.03


class WeekForm(OwnForm):
    """Which week: the one in which a day lies."""

    of = forms.DateField(required=False)


@page("reports.view")
def week(request: Request) -> HttpResponse:
    """Show one week with what changed in it, made to be printed."""
    found = frame(request, "week", WeekForm)
    if found is None:
        return nothing(request)
    period = asked_week(found)
    scope = found.asked.scope.during(period)
    figures = queries.week(scope)
    return render(
        request,
        "analytics/week.html",
        {
            **found.context(),
            "own_fields": [],
            "week": figures,
            "scope": scope,
            "title": span(period),
            "figures": _key_figures(figures),
            "sentences": list(sentences(figures, found.currency)),
            "days_chart": _days_chart(found, figures),
            "best": [(each, links.orders(scope, product=each.product_id)) for each in figures.best],
            "returning_url": links.buyers(scope),
            "new_url": links.first_buyers(scope),
            "is_unfinished": period.last_day > found.extent.last_on,
            **_neighbours(period, found),
        },
    )


def content(frame: Frame) -> Content:
    """Return a week as a report: its figures, what was notable, its days and its best products."""
    period = asked_week(frame)
    scope = frame.asked.scope.during(period)
    figures = queries.week(scope)
    columns = [
        Column(_("Product")), Column(_("Quantity"), "number"), Column(_("Refunds"), "money"), Column(_("Net sales"), "money"),
    ]  # fmt: skip
    rows = [
        Row([each.title or each.sku, each.quantity, each.refunds_minor or None, each.net_minor], note=each.sku)
        for each in figures.best
    ]
    return Content(
        _("Week"),
        stats=[
            Stat(
                one["label"],
                formats.number(one["count"]) if "count" in one else formats.money(one["minor"], frame.currency),
                delta=one["change"], good=one["good"],
            )
            for one in _key_figures(figures)
        ],
        cards=[[Card("days", _("Day by day"), _days_chart(frame, figures), height="sm")]],
        sheets=[Sheet("best", _("Best products"), columns, rows, currency=frame.currency)],
        notes=[one["text"] for one in sentences(figures, frame.currency)],
        period_text=span(period),
    )  # fmt: skip


def asked_week(found: Frame) -> Period:
    """Return the week in which ``of`` lies; without it the last whole week of data, or the last begun."""
    extent = found.extent
    if day := found.said.get("of"):
        return rules.week_of(day)
    last = rules.week_of(extent.last_on)
    is_whole = last.last_day <= extent.last_on
    return last if is_whole or extent.first_on >= last.starts_on else rules.before(last)


def _neighbours(period: Period, found: Frame) -> dict[str, str]:
    shop = f"&shop={found.asked.scope.shop_id}" if found.asked.scope.shop_id else ""
    address = reverse("analytics:week")
    earlier, later = period.starts_on - timedelta(days=7), period.ends_on
    return {
        "earlier_url": f"{address}?of={earlier}{shop}" if earlier + timedelta(days=6) >= found.extent.first_on else "",
        "later_url": f"{address}?of={later}{shop}" if later <= found.extent.last_on else "",
    }


def _key_figures(week: Week) -> list[dict[str, Any]]:
    scope, now, before, year = week.scope, week.now, week.before, week.last_year
    money = [
        (_("Net sales"), "net_minor", "up", links.orders(scope)),
        (_("Refunds"), "refunds_minor", "down", links.orders(scope, kind="refund")),
        (_("Average order"), "average_order_minor", "up", links.orders(scope)),
    ]
    figures = [
        {
            "label": label, "minor": getattr(now, name), "good": good, "url": url,
            "change": rules.change(getattr(now, name), getattr(before, name)),
            "year": rules.change(getattr(now, name), getattr(year, name)),
        }
        for label, name, good, url in money
    ]  # fmt: skip
    counts = [
        (_("Orders"), now.orders, before.orders, links.orders(scope), rules.change(now.orders, year.orders)),
        (_("New buyers"), week.buyers.new_buyers, week.buyers_before.new_buyers, links.first_buyers(scope), None),
        (
            _("Returning buyers"),
            week.buyers.returning_buyers,
            week.buyers_before.returning_buyers,
            links.buyers(scope),
            None,
        ),
    ]
    figures += [
        {"label": label, "count": count, "good": "up", "url": url, "change": rules.change(count, then), "year": past}
        for label, count, then, url, past in counts
    ]
    return [figures[0], figures[3], figures[2], figures[1], *figures[4:]]


def _days_chart(found: Frame, week: Week) -> dict[str, Any]:
    return {
        "kind": "bar",
        "format": "money",
        "currency": found.currency,
        "categories": [formats.day(day.period.starts_on, "monthday") for day in week.days],
        "series": [{"name": _("Net sales"), "values": [day.net_minor for day in week.days]}],
        "links": [links.orders(week.scope, period=day.period) for day in week.days],
    }


def sentences(week: Week, currency: str) -> Iterator[dict[str, str]]:
    """Yield what was notable about a week, in sentences with a tone and the page behind them."""
    if not week.now.orders:
        yield {"tone": "neutral", "text": _("Nothing was sold this week."), "url": ""}
        return
    yield _about_sales(week, currency)
    if week.busiest is not None:
        text = _("The best day was %(day)s with %(gross)s.") % {
            "day": formats.day(week.busiest.period.starts_on, "full"),
            "gross": formats.money(week.busiest.gross_minor, currency),
        }
        yield {"tone": "neutral", "text": text, "url": links.orders(week.scope, period=week.busiest.period)}
    yield _about_buyers(week)
    yield from _about_refunds(week)
    for mover, tone in ((week.risen, "good"), (week.fallen, "bad")):
        if mover is not None:
            yield {
                "tone": tone,
                "text": _about_product(mover, currency),
                "url": links.orders(week.scope, product=mover.product.product_id),
            }


def _about_sales(week: Week, currency: str) -> dict[str, str]:
    net, change = week.now.net_minor, rules.change(week.now.net_minor, week.before.net_minor)
    facts = {"net": formats.money(net, currency), "change": formats.percent(abs(change or 0))}
    url = links.orders(week.scope)
    if change is None:
        return {
            "tone": "neutral",
            "text": _("Net sales were %(net)s; the week before there were none.") % facts,
            "url": url,
        }
    if abs(change) < rules.NOTABLE_CHANGE:
        return {"tone": "neutral", "text": _("Net sales were %(net)s, much like the week before.") % facts, "url": url}
    if change > 0:
        return {"tone": "good", "text": _("Net sales rose by %(change)s to %(net)s.") % facts, "url": url}
    return {"tone": "bad", "text": _("Net sales fell by %(change)s to %(net)s.") % facts, "url": url}


def _about_buyers(week: Week) -> dict[str, str]:
    share = rules.ratio(week.buyers.returning_buyers, week.buyers.buyers)
    text = ngettext(
        "%(buyers)s customer bought; %(share)s of them had bought before.",
        "%(buyers)s customers bought; %(share)s of them had bought before.",
        week.buyers.buyers,
    ) % {"buyers": formats.number(week.buyers.buyers), "share": formats.percent(share or 0)}
    return {"tone": "neutral", "text": text, "url": links.buyers(week.scope)}


def _about_refunds(week: Week) -> Iterator[dict[str, str]]:
    now, then = week.now.refund_rate, week.before.refund_rate
    if now is None or then is None or abs(now - then) < NOTABLE_POINTS:
        return
    facts = {"now": formats.percent(now, 1), "then": formats.percent(then, 1)}
    rose = now > then
    text = (
        _("Refunds rose from %(then)s to %(now)s of gross sales.")
        if rose
        else _("Refunds fell from %(then)s to %(now)s of gross sales.")
    )
    yield {"tone": "bad" if rose else "good", "text": text % facts, "url": links.orders(week.scope, kind="refund")}


def _about_product(mover: Mover, currency: str) -> str:
    facts = {
        "product": mover.product.title or mover.product.sku,
        "now": formats.money(mover.now_minor, currency),
        "then": formats.money(mover.then_minor, currency),
    }
    if mover.now_minor > mover.then_minor:
        return _("%(product)s rose the most: from %(then)s to %(now)s.") % facts
    return _("%(product)s fell the most: from %(then)s to %(now)s.") % facts
