"""Buyers: new against returning, how often, and whether they come back."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from shuke.insight.analytics import rules
from shuke.insight.analytics.pages import links
from shuke.insight.analytics.pages.framing import Frame, answer, span, step_label
from shuke.insight.analytics.queries import customers as queries
from shuke.insight.analytics.queries import sales
from shuke.insight.analytics.queries.customers import Cohort, OrderCount
from shuke.insight.analytics.rules import Period
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

COHORT_MONTHS = 12
SHOWN = ("share", "customers", "money")


@page("reports.view")
def customers(request: Request) -> HttpResponse:
    """Show how many bought for the first time, how many again, and how cohorts fade."""
    return answer(request, "customers", lambda frame: figures(frame, shown(request)))


def shown(request: Request) -> str:
    """Return what the cells of the cohort grid hold: the share that came back, how many, or what they brought."""
    asked = request.GET.get("show", "")
    return asked if asked in SHOWN else SHOWN[0]


def cohort_period(frame: Frame) -> Period:
    """Return the months of the grid: those asked for, but a year at least, as far as the data goes back."""
    period = frame.asked.period
    year_ago = rules.add_months(period.last_day.replace(day=1), 1 - COHORT_MONTHS)
    begins = min(period.starts_on, year_ago)
    return Period(max(begins, frame.extent.first_on.replace(day=1)), period.ends_on)


def figures(frame: Frame, show: str) -> dict[str, Any]:
    """Return what the page of buyers shows."""
    asked = frame.asked
    people = sales.buyers(asked.scope)
    then = sales.buyers(asked.compared) if asked.compared else None
    whole = sales.summed(sales.takings(asked.scope), asked.period)
    months = cohort_period(frame)
    return {
        "buyers": people,
        "change": {
            name: rules.change(getattr(people, name), getattr(then, name)) if then else None
            for name in ("buyers", "new_buyers", "returning_buyers", "repeat_rate")
        },
        "orders_per_buyer": rules.ratio(whole.orders - whole.guest_orders, people.buyers),
        "buyers_url": links.buyers(asked.scope),
        "new_url": links.first_buyers(asked.scope),
        "new_chart": _new_chart(frame),
        "counts": [(_count_label(each), each) for each in queries.order_counts(asked.scope)],
        "cohort_chart": _cohort_chart(frame, queries.cohorts(asked.scope.during(months)), show),
        "cohort_span": span(months),
        "shows": [
            {"label": label, "url": f"?{asked.query(show=name)}#cohorts", "active": name == show}
            for name, label in zip(SHOWN, (_("Share that came back"), _("Customers"), _("Net sales")), strict=True)
        ],
        "download": frame.download("cohorts", show=show),
        "buyers_download": frame.download("buyers"),
    }


def _new_chart(frame: Frame) -> dict[str, Any]:
    asked = frame.asked
    steps = sales.buyers_by_step(asked.scope, asked.step)
    return {
        "kind": "bar",
        "stacked": True,
        "categories": [step_label(part, asked.step) for part, _people in steps],
        "series": [
            {
                "name": _("New buyers"),
                "values": [people.new_buyers for _part, people in steps],
                "links": [links.first_buyers(asked.scope, period=part) for part, _people in steps],
            },
            {
                "name": _("Returning buyers"),
                "values": [people.returning_buyers for _part, people in steps],
                "links": [links.buyers(asked.scope, period=part) for part, _people in steps],
            },
        ],
    }


def _count_label(each: OrderCount) -> str:
    return _("%(count)s or more") % {"count": each.orders} if each.is_open else str(each.orders)


def _cohort_chart(frame: Frame, grid: list[Cohort], show: str) -> dict[str, Any]:
    longest = max((len(each.customers) for each in grid), default=0)
    spec: dict[str, Any] = {
        "kind": "grid",
        "x_name": _("Months since the first order"),
        "y_name": _("First order in"),
        "categories": [str(age) for age in range(longest)],
        "series": [_cohort_row(frame, each, show, longest) for each in grid],
        "total": [each.size for each in grid],
        "total_name": _("Buyers"),
        "format": {"share": "percent", "customers": "number", "money": "money"}[show],
        "currency": frame.currency,
        "digits": 0,
    }
    if show == "share":
        # The first month is always everybody: it would leave the others pale.
        later = [value for row in spec["series"] for value in row["values"][1:] if value is not None]
        spec["max"] = max(later, default=1) or 1
    return spec


def _cohort_row(frame: Frame, each: Cohort, show: str, longest: int) -> dict[str, Any]:
    scope, month = frame.asked.scope, each.month
    if show == "share":
        values: list[Any] = [rules.ratio(count, each.size) for count in each.customers]
    else:
        values = list(each.customers if show == "customers" else each.net_minor)
    months = [
        Period(rules.add_months(month.starts_on, age), rules.add_months(month.starts_on, age + 1))
        for age in range(longest)
    ]
    return {
        "name": formats.day(month.starts_on, "month"),
        "values": [*values, *[None] * (longest - len(values))],
        "links": [
            links.cohort(month, months[age] if age else None, scope=scope) if count else None
            for age, count in enumerate(each.customers)
        ],
        "details": [
            _("%(month)s: %(customers)s customers, %(net)s")
            % {
                "month": formats.day(months[age].starts_on, "month"),
                "customers": formats.number(count),
                "net": formats.money(each.net_minor[age], frame.currency),
            }
            for age, count in enumerate(each.customers)
        ],
    }
