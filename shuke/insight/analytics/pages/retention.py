"""Retention: who comes back after anything, by when they began."""

from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from shuke.insight.analytics import rules
from shuke.insight.analytics.engine import retention as engine
from shuke.insight.analytics.engine.funnels import ORDER
from shuke.insight.analytics.engine.happenings import FIRST_ORDER
from shuke.insight.analytics.forms import STEP_LABELS, OwnForm
from shuke.insight.analytics.pages.content import Card, Column, Content, Row, Sheet, Stat, change
from shuke.insight.analytics.pages.framing import Frame, shown, step_label
from shuke.insight.analytics.queries import happenings
from shuke.insight.analytics.queries import retention as queries
from shuke.insight.analytics.queries.retention import Line, Retention
from shuke.insight.analytics.rules import Period, Step
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

AGES = {Step.DAY: 31, Step.WEEK: 27, Step.MONTH: 25}
MOST_COHORTS = {Step.DAY: 92, Step.WEEK: 106, Step.MONTH: 60}
_LABELS = {FIRST_ORDER: gettext_lazy("First order"), ORDER: gettext_lazy("Placed an order")}
_UNIT_NAMES = {
    Step.DAY: gettext_lazy("Days since"), Step.WEEK: gettext_lazy("Weeks since"), Step.MONTH: gettext_lazy("Months since"),
}  # fmt: skip


class RetentionForm(OwnForm):
    """What begins, what counts as coming back, and how time is counted."""

    usual = {"start": FIRST_ORDER, "back": ORDER, "unit": Step.MONTH.value, "count": "calendar", "mode": "in"}
    start = forms.ChoiceField(label=gettext_lazy("Began with"), required=False)
    back = forms.ChoiceField(label=gettext_lazy("Came back with"), required=False)
    unit = forms.ChoiceField(label=gettext_lazy("Counted in"), required=False, choices=[
        (Step.DAY.value, gettext_lazy("Days")), (Step.WEEK.value, gettext_lazy("Weeks")),
        (Step.MONTH.value, gettext_lazy("Months")),
    ])  # fmt: skip
    count = forms.ChoiceField(label=gettext_lazy("Time"), required=False, choices=[
        ("calendar", gettext_lazy("Of the calendar")), ("rolling", gettext_lazy("Since each one’s start")),
    ])  # fmt: skip
    mode = forms.ChoiceField(label=gettext_lazy("Counts as back"), required=False, choices=[
        ("in", gettext_lazy("In that time")), ("later", gettext_lazy("In that time or later")),
    ])  # fmt: skip

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        offered = [(ORDER, _LABELS[ORDER]), *happenings.offered()]
        for name, choices in (("start", [(FIRST_ORDER, _LABELS[FIRST_ORDER]), *offered]), ("back", offered)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    def label(self, name: str) -> str:
        """Return what the chosen start or return is called."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return str(dict(field.choices)[self.said()[name]])  # type: ignore[arg-type]


@page("reports.view")
def retention(request: Request) -> HttpResponse:
    """Show who came back, by when they began and how long after."""
    return shown(request, "retention", content, RetentionForm)


def content(frame: Frame) -> Content:
    """Return the grid, the curve over all cohorts, and the key figures."""
    title, form = pgettext("report", "Retention"), frame.own
    assert isinstance(form, RetentionForm)
    refusal = _too_many(frame)
    if refusal:
        return Content(title, empty=_("Too many cohorts"), hint=refusal)
    asked, said = _asked(frame), frame.said
    is_unbounded = said["mode"] == "later"
    lines = queries.lines(asked, frame.asked.scope, ages=AGES[asked.step], is_unbounded=is_unbounded)
    began = sum(line.size for line in lines)
    if not began:
        return Content(
            title, empty=_("Nobody began in this period"),
            hint=_("Choose another start, or a longer period."),
        )  # fmt: skip
    curve = _curve_of(lines, asked)
    names = {"start": form.label("start"), "back": form.label("back")}
    return Content(
        title, subtitle=_("from “%(start)s” to “%(back)s”") % names,
        stats=_stats(asked, began, curve, _before(frame, asked, is_unbounded=is_unbounded)),
        cards=[[_grid(frame, asked, lines, is_unbounded)], [_curve(asked, curve)]],
        sheets=[_sheet(frame, asked, lines)], notes=_notes(frame, asked, lines),
    )  # fmt: skip


def people(frame: Frame, query: QueryDict) -> tuple[str, Any] | None:
    """Return the customers of a cell, with what they are called; None for a cell that is none."""
    asked = _asked(frame)
    start, age, mode = query.get("cohort", ""), query.get("age", "-1"), query.get("which", "in")
    day = _day(start)
    if day is None or not age.lstrip("-").isdecimal() or mode not in {"in", "later", "not"}:
        return None
    cohort = Period(day, rules.next_start(asked.step, day))
    facts = {"cohort": step_label(cohort, asked.step), "age": age}
    title = {
        "in": _("Began %(cohort)s, came back at %(age)s"), "later": _("Began %(cohort)s, came back at %(age)s or later"),
        "not": _("Began %(cohort)s, did not come back at %(age)s"),
    }[mode] % facts  # fmt: skip
    if int(age) < 0:
        title = _("Began %(cohort)s") % facts
    return title, lambda tables: engine.people(
        tables, asked, frame.asked.scope, cohort=cohort, age=int(age), mode=mode
    )  # fmt: skip


def _day(text: str) -> Any:
    return forms.DateField(required=False).to_python(text) if len(text) == 10 else None


def _asked(frame: Frame) -> Retention:
    said = frame.said
    known = happenings.extent()
    last = frame.extent.last_on if known is None else max(known.last_on, frame.extent.last_on)
    until = Period(frame.asked.period.starts_on, max(last, frame.asked.period.starts_on) + rules.ONE_DAY)
    return Retention(
        said["start"] or FIRST_ORDER, said["back"] or ORDER, Step(said["unit"] or Step.MONTH), frame.asked.period, until,
        said["count"] == "rolling",
    )  # fmt: skip


def _too_many(frame: Frame) -> str:
    step = Step(frame.said["unit"] or Step.MONTH)
    count, most = sum(1 for _part in rules.steps(frame.asked.period, step)), MOST_COHORTS[step]
    if count <= most:
        return ""
    facts = {"count": formats.number(count), "most": most}
    return (
        _(
            "This period would give %(count)s cohorts; at most %(most)s can be read. Choose longer steps or a shorter period."
        )
        % facts
    )


def _overall(lines: list[Line], age: int) -> float | None:
    """The share that came back at an age, of all cohorts for which that time is over."""
    judged = [line for line in lines if age < len(line.back) - line.is_open]
    eligible = sum(line.eligible[age] for line in judged)
    return rules.ratio(sum(line.back[age] or 0 for line in judged), eligible)


def _curve_of(lines: list[Line], asked: Retention) -> list[float | None]:
    """Return the share that came back by age, as far as it is known."""
    curve = [_overall(lines, age) for age in range(AGES[asked.step])]
    while curve and curve[-1] is None:
        curve.pop()
    return curve


def _before(frame: Frame, asked: Retention, *, is_unbounded: bool) -> tuple[int, list[float | None]] | None:
    """Return how many began in the period it is compared with, and how many of them came back."""
    scope = frame.asked.compared
    if scope is None or scope.period.last_day < frame.extent.first_on:
        return None
    then = replace(asked, period=scope.period, until=Period(scope.period.starts_on, asked.until.ends_on))
    lines = queries.lines(then, scope, ages=AGES[asked.step], is_unbounded=is_unbounded)
    return sum(line.size for line in lines), _curve_of(lines, then)


def _stats(
    asked: Retention, began: int, curve: list[float | None], before: tuple[int, list[float | None]] | None
) -> list[Stat]:
    unit = str(_UNIT_NAMES[asked.step])
    then, earlier = before or (None, [])
    stats = [Stat(_("Began"), formats.number(began), delta=change(began, then) if then else None)]
    for age in (1, 2, 3, 6) if asked.step is not Step.DAY else (1, 7, 14, 30):
        if age < len(curve) and curve[age] is not None and len(stats) < 4:
            past = earlier[age] if age < len(earlier) else None
            label = _("%(unit)s: %(age)s") % {"unit": unit, "age": age}
            stats.append(Stat(label, formats.percent(curve[age], 1), delta=change(curve[age], past) if past else None))
    return stats


def _grid(frame: Frame, asked: Retention, lines: list[Line], is_unbounded: bool) -> Card:
    longest = max((len(line.back) for line in lines), default=0)
    later = [line.share(age) or 0 for line in lines for age in range(1, len(line.back))]
    return Card(
        "retention-grid", _("Who came back"),
        {
            "kind": "grid", "x_name": str(_UNIT_NAMES[asked.step]), "y_name": _("Began"),
            "categories": [str(age) for age in range(longest)], "format": "percent", "digits": 0,
            "max": max(later, default=0) or 1, "total_name": _("Customers"), "total": [line.size for line in lines],
            "series": [_grid_row(frame, asked, line, longest, is_unbounded) for line in lines],
        },
        subtitle=_("Each cell opens its customers."),
    )  # fmt: skip


def _grid_row(frame: Frame, asked: Retention, line: Line, longest: int, is_unbounded: bool) -> dict[str, Any]:
    mode = "later" if is_unbounded else "in"
    ages = range(len(line.back))
    blank = [None] * (longest - len(line.back))
    return {
        "name": step_label(line.cohort, asked.step),
        "values": [*(line.share(age) for age in ages), *blank],
        "links": [
            frame.people("retention", cohort=line.cohort.starts_on, age=age, which=mode) if line.back[age] else None
            for age in ages
        ],
        "details": [
            _("%(back)s of %(eligible)s customers")
            % {"back": formats.number(line.back[age]), "eligible": formats.number(line.eligible[age])}
            for age in ages
        ],
    }


def _curve(asked: Retention, curve: list[float | None]) -> Card:
    return Card(
        "retention-curve", _("All cohorts together"),
        {
            "kind": "line", "format": "percent", "categories": [str(age) for age in range(len(curve))],
            "x_name": str(_UNIT_NAMES[asked.step]), "series": [{"name": _("Came back"), "values": curve}],
        },
        subtitle=_("Only cohorts for which that time is over count."), height="sm",
    )  # fmt: skip


def _sheet(frame: Frame, asked: Retention, lines: list[Line]) -> Sheet:
    rows = []
    for line in lines:
        start = line.cohort.starts_on
        opened = frame.people("retention", cohort=start, age=-1) if line.size else ""
        last = len(line.back) - 1 - line.is_open
        back = line.back[1] if last >= 1 else None
        rows.append(Row(
            [step_label(line.cohort, asked.step), line.size, back, line.share(1) if last >= 1 else None,
             None if back is None else line.eligible[1] - back],
            {1: opened, 2: frame.people("retention", cohort=start, age=1) if back else "",
             4: frame.people("retention", cohort=start, age=1, which="not") if back is not None and line.size else ""},
        ))  # fmt: skip
    return Sheet(
        "cohorts", _("First return"),
        [
            Column(_("Began")), Column(_("Customers"), "number"), Column(_("Came back in the first step"), "number"),
            Column(_("Share"), "percent"), Column(_("Did not"), "number"),
        ],
        rows, subtitle=str(STEP_LABELS[asked.step]),
    )  # fmt: skip


def _notes(frame: Frame, asked: Retention, lines: list[Line]) -> list[str]:
    notes = []
    if any(line.is_open for line in lines):
        notes.append(_("The last cell of each row is still going on, so it is lower than it will be."))
    return notes if {asked.start, asked.back} <= {ORDER, FIRST_ORDER} else notes + frame.of_shop()
