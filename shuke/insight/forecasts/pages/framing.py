"""What every page of forecasts has round its figures: tabs, the run, and the series to choose from."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.insight.forecasts import queries, rules
from shuke.insight.forecasts.actions.running import REFRESH
from shuke.insight.forecasts.forms import USUAL_AHEAD, Asked, SeriesForm, asked
from shuke.insight.forecasts.models import Forecast, Run
from shuke.insight.forecasts.queries import Scope, wording
from shuke.insight.forecasts.rules import Step
from shuke.platform.company import queries as company
from shuke.platform.company.models import Shop
from shuke.platform.http.pages import may
from shuke.platform.http.request import Request
from shuke.platform.jobs.models import Job
from shuke.platform.jobs.queries import find_unfinished

_TABS: tuple[tuple[str, str, str | Promise], ...] = (
    ("series", "chart-dots", _("Forecast")),
    ("back_test", "scale", _("How good it has been")),
    ("unusual", "alert-triangle", _("Unusual figures")),
    ("plans", "calendar-event", _("Peaks")),
    ("promotions", "discount", _("Promotions")),
)
_ABOUT_SERIES = frozenset({"series", "back_test"})


@dataclass(frozen=True, slots=True)
class Frame:
    """A page of forecasts before its figures."""

    page: str
    run: Run | None
    job: Job | None
    shops: dict[int, Shop]
    currency: str
    may_edit: bool
    asked: Asked
    heads: list[Forecast]

    def context(self) -> dict[str, Any]:
        """Return what the templates round the figures need."""
        return {
            "frame": self, "run": self.run, "job": self.job, "currency": self.currency, "may_edit": self.may_edit,
            "tabs": [
                {"label": label, "icon": icon, "active": name == self.page, "url": self._tab(name)}
                for name, icon, label in _TABS
            ],
            "form": self.form() if self.heads else None,
        }  # fmt: skip

    def _tab(self, name: str) -> str:
        address = reverse(f"forecasts:{name}")
        query = self.asked.query() if name in _ABOUT_SERIES else ""
        return f"{address}?{query}" if query else address

    def form(self) -> SeriesForm:
        """Return the filter bar: only what there is can be chosen."""
        scopes = {Scope(one.scope, one.scope_key): None for one in self.heads}
        order = {rules.COMPANY: 0, rules.SHOP: 1, rules.CATEGORY: 2}
        ordered = sorted(scopes, key=lambda one: (order[one.kind], self.scope_name(one)))
        here = [one.measure for one in self.heads if Scope(one.scope, one.scope_key) == self.asked.scope]
        measures = sorted(here, key=lambda code: (*rules.MEASURES, code).index(code))
        lengths = sorted(rules.LADDER[self.asked.step])
        return SeriesForm(self.asked, {
            "of": [(one.code, self.scope_name(one)) for one in ordered],
            "measure": [(code, wording.measure(code)) for code in measures],
            "by": [(step.value, label) for step, label in wording.STEPS.items()],
            "ahead": [(str(count), wording.steps(count, self.asked.step)) for count in lengths],
        })  # fmt: skip

    def scope_name(self, scope: Scope) -> str:
        """Return what a scope is called."""
        return wording.scope(scope.kind, scope.key, self.shops)


def frame(request: Request, page: str) -> Frame:
    """Return the frame of a page."""
    run = queries.last_run()
    wanted = asked(request.GET)
    if wanted.ahead is None or wanted.ahead not in rules.LADDER[wanted.step]:
        wanted = Asked(wanted.measure, wanted.scope, wanted.step, USUAL_AHEAD[wanted.step])
    heads = queries.heads_of(run, wanted.step) if run and page in _ABOUT_SERIES else []
    return Frame(
        page, run, _job(), {shop.pk: shop for shop in company.shops()}, request.company.currency,
        may(request, "forecasts.edit"), wanted, heads,
    )  # fmt: skip


def _job() -> Job | None:
    """Return the run that waits or works, asked for by hand or by the day."""
    asked_for = find_unfinished(REFRESH)
    if asked_for is not None:
        return asked_for
    found = find_unfinished(f"every:{REFRESH}")
    return found if found is not None and found.state == "running" else None


def step_of(found: Forecast) -> Step:
    """Return the step of a forecast."""
    return Step(found.step)
