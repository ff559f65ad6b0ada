"""What every report page has round its figures: the tabs, the filter bar, what it is compared with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shuke.insight.analytics.forms import AGAINST_LABELS, PRESET_LABELS, STEP_LABELS, Asked, AskingForm, asked
from shuke.insight.analytics.queries import sales
from shuke.insight.analytics.rules import Against, Period, Step
from shuke.platform.company import queries as company
from shuke.platform.company.models import Shop
from shuke.platform.http.pages import may
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

_TABS: tuple[tuple[str, str, str | Promise], ...] = (
    ("sales", "chart-line", _("Sales")),
    ("products", "package", _("Products")),
    ("customers", "users", _("Buyers")),
    ("places", "map-pin", _("Places")),
    ("times", "clock", _("Times")),
    ("funnels", "filter", _("Funnels")),
    ("week", "calendar-week", _("Week")),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A report before its figures."""

    page: str
    asked: Asked
    form: AskingForm
    extent: sales.Extent
    shops: list[Shop]
    currency: str

    def download(self, table: str, **more: Any) -> str:
        """Return the address of a table as a file."""
        return f"{reverse('analytics:download', args=[table])}?{self.asked.query(**more)}"

    def context(self) -> dict[str, Any]:
        """Return what the templates round the figures need."""
        return {
            "frame": self,
            "asked": self.asked,
            "form": self.form,
            "currency": self.currency,
            "extent": self.extent,
            "tabs": [
                {"label": label, "icon": icon, "active": name == self.page, "url": self._tab(name)}
                for name, icon, label in _TABS
            ],
            "presets": [
                {
                    "label": label,
                    "url": f"?{self.asked.query(period=preset.value)}",
                    "current": "true" if preset is self.asked.preset else "",
                }
                for preset, label in PRESET_LABELS.items()
            ],
            "preset_label": PRESET_LABELS[self.asked.preset] if self.asked.preset else gettext("Chosen days"),
            "against_label": AGAINST_LABELS[self.asked.against],
            "comparisons": [
                {
                    "label": label,
                    "url": f"?{self.asked.query(against=against.value)}",
                    "current": "true" if against is self.asked.against else "",
                }
                for against, label in AGAINST_LABELS.items()
            ],
            "step_name": STEP_LABELS[self.asked.step],
            "step_choices": [
                {
                    "label": label,
                    "url": f"?{self.asked.query(by=step.value)}",
                    "current": "true" if step is self.asked.step else "",
                }
                for step, label in STEP_LABELS.items()
            ],
            "period_text": span(self.asked.period),
            "against_text": against_text(self.asked.against),
            "has_shops": len(self.shops) > 1,
        }

    def _tab(self, name: str) -> str:
        address = reverse(f"analytics:{name}")
        return address if name == "week" else f"{address}?{self.asked.query()}"


def frame(request: Request, page: str) -> Frame | None:
    """Return the frame of a report, or None while there is nothing to report."""
    extent = sales.extent()
    if extent is None:
        return None
    shops = company.shops()
    found, form = asked(request.GET, shops=shops, first_on=extent.first_on, last_on=extent.last_on)
    currency = company.company().currency
    return Frame(page, found, form, extent, shops, currency)


def answer(request: Request, page: str, figures: Callable[[Frame], dict[str, Any]]) -> HttpResponse:
    """Render a report: ``figures`` adds to the frame's context; without data the page says what to do."""
    found = frame(request, page)
    if found is None:
        return nothing(request)
    return render(request, f"analytics/{page}.html", {**found.context(), **figures(found)})


def nothing(request: Request) -> HttpResponse:
    """Say what to do before there is anything to report."""
    return render(request, "analytics/nothing.html", {"may_import": may(request, "orders.import")})


def span(period: Period) -> str:
    """Write a period as people do: its first and its last day."""
    if period.days == 1:
        return formats.day(period.starts_on)
    return gettext("%(first)s to %(last)s") % {
        "first": formats.day(period.starts_on), "last": formats.day(period.last_day),
    }  # fmt: skip


def step_label(part: Period, step: Step) -> str:
    """Write a step as an axis shows it."""
    if step is Step.MONTH:
        return formats.day(part.starts_on, "month")
    return formats.day(part.starts_on, "monthday")


def against_text(against: Against) -> str:
    """Say what a change is measured against."""
    return {
        Against.PREVIOUS: gettext("vs the period before"),
        Against.YEAR: gettext("vs last year"),
        Against.NOTHING: "",
    }[against]
