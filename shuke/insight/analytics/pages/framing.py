"""What every report page has round its figures: the tabs, the filter bar, what it is compared with."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from shuke.cdp.ingest.queries import sources
from shuke.insight.analytics.forms import (
    AGAINST_LABELS,
    PRESET_LABELS,
    STEP_LABELS,
    Asked,
    AskingForm,
    Choices,
    OwnForm,
    asked,
)
from shuke.insight.analytics.pages import links
from shuke.insight.analytics.pages.content import Content
from shuke.insight.analytics.queries import places, sales
from shuke.insight.analytics.rules import Against, Period, Step
from shuke.insight.segments import queries as segments
from shuke.insight.value import queries as value
from shuke.platform.company import queries as company
from shuke.platform.http.pages import may
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

# Groups of reports: name, icon, and the pages in it by name of address.
_GROUPS: tuple[tuple[str | Promise, str, tuple[tuple[str, str | Promise], ...]], ...] = (
    (_("Sales"), "chart-line", (
        ("sales", _("Sales")), ("week", _("Week")), ("places", _("Places")), ("times", _("Times")),
        ("holidays", _("Holidays")),
    )),
    (_("Goods"), "package", (
        ("products", _("Products")), ("performance", _("Performance")), ("prices", _("Prices")), ("returns", _("Returns")),
    )),
    (_("Buyers"), "users", (("customers", _("Buyers")), ("retention", pgettext_lazy("report", "Retention")))),
    (_("Behaviour"), "route", (("funnels", _("Funnels")), ("paths", _("Paths")), ("searches", _("Searches")))),
    (_("Acquisition"), "target-arrow", (("acquisition", _("Channels")), ("costs", _("Costs")))),
    (_("Boards"), "layout-dashboard", (("boards", _("Boards")),)),
)  # fmt: skip
MOST_COUNTRIES, MOST_SEGMENTS = 250, 300
# Pages without the filter bar: they take no period.
_BARE = frozenset({"week", "costs", "boards"})
_NOT_KEPT = frozenset({"costs", "boards"})


@dataclass(frozen=True, slots=True)
class Frame:
    """A report before its figures."""

    page: str
    asked: Asked
    form: AskingForm
    extent: sales.Extent
    choices: Choices
    currency: str
    may_keep: bool
    own: OwnForm | None = None

    @property
    def said(self) -> dict[str, Any]:
        """What this report's own filters say, the usual where they say nothing that can be read."""
        return self.own.said() if self.own else {}

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
            **self._tabs(),
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
            **self.words(),
            "has_shops": len(self.choices.shops) > 1,
            "has_countries": len(self.choices.countries) > 1,
            "own_fields": list(self.own) if self.own else [],
            "has_segments": bool(self.choices.segments),
            "keep_url": self._keep_url(),
            "is_outside": self.asked.period.starts_on > self.extent.last_on
            or self.asked.period.last_day < self.extent.first_on,
        }

    def of_shop(self) -> list[str]:
        """Say what becomes of what visitors do where a shop is chosen."""
        if self.asked.scope.shop_id is None:
            return []
        if self.asked.scope.sources:
            return [gettext("What visitors do counts where it came from a source of this shop.")]
        return [gettext("No source of events belongs to this shop: what visitors do is that of all shops.")]

    def words(self) -> dict[str, str]:
        """Say the days, and what they are compared with."""
        return {"period_text": span(self.asked.period), "against_text": against_text(self.asked.against)}

    def report(self, name: str, *which: Any) -> str:
        """Return the address of another report about the same days, shop, country and segment."""
        return f"{reverse(f'analytics:{name}', args=which)}?{self.asked.shared()}"

    def people(self, figure: str, **which: Any) -> str:
        """Return the address of the customers behind one of the report's figures."""
        return links.people(figure, self.asked.query(), **which)

    def _keep_url(self) -> str:
        """Return where this report is kept with its filters; pages without filters are not kept."""
        if self.page in _NOT_KEPT:
            return ""
        return f"{reverse('analytics:keep_report')}?{urlencode({'report': self.page, 'query': self.asked.query()})}"

    def _tabs(self) -> dict[str, Any]:
        """Return the groups of reports, and the reports of the group that is open."""
        opened = next(group for group in _GROUPS if self.page in dict(group[2]))
        return {
            "tabs": [
                {"label": label, "icon": icon, "active": pages is opened[2], "url": self._tab(pages[0][0])}
                for label, icon, pages in _GROUPS
            ],
            "subtabs": [
                {"label": label, "active": name == self.page, "url": self._tab(name)} for name, label in opened[2]
            ],
        }

    def _tab(self, name: str) -> str:
        address = reverse(f"analytics:{name}")
        return address if name in _BARE else f"{address}?{self.asked.shared()}"


def frame(request: Request, page: str, form: type[OwnForm] | None = None) -> Frame | None:
    """Return the frame of a report, or None while there is nothing to report.

    ``form`` reads what only this report asks.
    """
    return frame_of(request.GET, page, form, may_keep=may(request, "segments.edit"))


def frame_of(query: QueryDict, page: str, form: type[OwnForm] | None = None, *, may_keep: bool) -> Frame | None:
    """Return the frame of a report that an address asks for, or None while there is nothing to report."""
    extent = sales.extent()
    if extent is None:
        return None
    choices = _choices()
    own = form(query) if form else None
    found, shared = asked(query, choices=choices, first_on=extent.first_on, last_on=extent.last_on)
    currency = company.company().currency
    found = replace(found, own=own.chosen() if own else ())
    return Frame(page, found, shared, extent, choices, currency, may_keep, own)


def _choices() -> Choices:
    """Return what the shared filters offer; countries of sale are remembered until the warehouse changes."""
    written = value.remembered("reports:countries", lambda: places.sold_to(MOST_COUNTRIES))
    named = sorted(formats.countries(written).items(), key=lambda each: formats.collated(each[1]))
    known = segments.segments().order_by("name").values_list("uuid", "name", "pk")[:MOST_SEGMENTS]
    of_segments = [(str(uuid), name, pk) for uuid, name, pk in known]
    return Choices(company.shops(), named, of_segments, sources.shops_by_code())


def shown(
    request: Request, page: str, content: Callable[[Frame], Content], form: type[OwnForm] | None = None
) -> HttpResponse:
    """Render a report that is said as content."""
    found = frame(request, page, form)
    if found is None:
        return nothing(request)
    return render(request, "analytics/report.html", {**found.context(), "content": content(found)})


def answer(
    request: Request, page: str, figures: Callable[[Frame], dict[str, Any]], form: type[OwnForm] | None = None
) -> HttpResponse:
    """Render a report: ``figures`` adds to the frame's context; without data the page says what to do."""
    found = frame(request, page, form)
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
