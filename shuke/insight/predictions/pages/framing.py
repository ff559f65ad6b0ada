"""What every page of predictions has round its figures: tabs, the run, and what a prediction is for."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.insight.predictions import queries, rules
from shuke.insight.predictions.actions.running import REFRESH, TRAIN
from shuke.insight.predictions.models import Prediction, Run
from shuke.platform.http.pages import may
from shuke.platform.http.request import Request
from shuke.platform.jobs.models import Job
from shuke.platform.jobs.queries import find_unfinished

Label = str | Promise

ICONS = {
    rules.LTV: "diamond", rules.CHURN: "user-minus", rules.NEXT_ORDER: "calendar-event",
    rules.REPLENISHMENT: "repeat", rules.PROPENSITY: "shopping-bag", rules.TIMING: "clock", rules.PRICE: "discount",
}  # fmt: skip
PURPOSES: dict[str, Label] = {
    rules.LTV: _("What each customer will bring in the next 365 days, net of refunds."),
    rules.CHURN: _("The chance that a customer orders nothing within 90 days, with reasons."),
    rules.NEXT_ORDER: _("When the next order comes, if it comes within 90 days."),
    rules.REPLENISHMENT: _("Which product a customer will have used up, and when."),
    rules.PROPENSITY: _("The chance that a customer orders within 30 days."),
    rules.TIMING: _("At which hour, and through which channel, a customer orders."),
    rules.PRICE: _("Who buys at reduced prices, and how demand goes with price."),
}


@dataclass(frozen=True, slots=True)
class Frame:
    """A page of predictions before its figures."""

    run: Run | None
    learned: Run | None
    job: Job | None
    tabs: list[dict[str, Any]]
    may_train: bool
    currency: str

    def context(self) -> dict[str, Any]:
        """Return what the templates round the figures need."""
        return {
            "run": self.run, "learned": self.learned, "job": self.job, "tabs": self.tabs, "may_train": self.may_train,
            "currency": self.currency,
        }  # fmt: skip


def frame(request: Request, page: str) -> Frame:
    """Return the frame of a page."""
    run = queries.last_run()
    tabs = [
        {"label": _("Overview"), "icon": "layout-dashboard", "url": reverse("predictions:overview"), "active": not page}
    ]
    tabs += [
        {
            "label": Prediction(kind).label, "icon": ICONS[kind], "url": reverse("predictions:sheet", args=[kind]),
            "active": kind == page,
        }
        for kind in rules.KINDS
    ]  # fmt: skip
    return Frame(
        run, (run.learned_in or run) if run else None, _job(), tabs, may(request, "predictions.train"),
        request.company.currency,
    )  # fmt: skip


def _job() -> Job | None:
    return find_unfinished(TRAIN) or _running_refresh()


def _running_refresh() -> Job | None:
    found = find_unfinished(f"every:{REFRESH}")
    return found if found is not None and found.state == "running" else None
