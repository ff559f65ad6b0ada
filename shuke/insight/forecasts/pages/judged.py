"""How good forecasts of a series have been, in words, figures and pictures."""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from shuke.insight.forecasts import rules
from shuke.insight.forecasts.models import Forecast
from shuke.insight.forecasts.queries import wording
from shuke.insight.forecasts.rules import Step
from shuke.platform.ui import formats

GOOD, WARN, INFO = "good", "warn", "info"
# What an interval of nine in ten has to hold; the bar is a little lower and higher, since few days judge it.
_HOLDS = (0.8, 0.97)
_NOTABLE_BIAS = 0.1


def sentence(found: Forecast) -> dict[str, str]:
    """Say in a sentence how far to trust a forecast."""
    rows = found.findings["rows"]
    if not rows:
        return {
            "tone": WARN,
            "text": _("It has not been judged yet: there is too little history before its first trial."),
        }
    ours, rule = _mean(rows, "error"), _mean(rows, "naive")
    shown = {
        "count": formats.number(len(rows)), "ours": formats.percent(ours, 0), "rule": formats.percent(rule, 0),
        "steps": wording.steps(found.findings["ahead"], found.step),
    }  # fmt: skip
    text = _(
        "At %(count)s past moments, forecasts over %(steps)s missed by %(ours)s of what happened; the last season again would have missed by %(rule)s."
    )
    return {"tone": GOOD if ours < rule else WARN, "text": text % shown}


def _mean(rows: list[dict[str, Any]], name: str) -> float:
    return float(sum(row[name] for row in rows) / len(rows))


def sheet(found: Forecast, currency: str) -> dict[str, Any]:
    """Return everything that the back-test page shows of a series."""
    rows = found.findings["rows"]
    if not rows:
        return {"verdicts": [sentence(found)], "grid": [], "figures": [], "pictures": []}
    head = [
        _("Until then known"),
        _("Method"),
        _("Missed by"),
        _("the last season again"),
        _("a straight line"),
        _("MASE"),
        _("Bias"),
        _("Interval held"),
    ]
    scaled = [row["scaled"] for row in rows if row["scaled"] is not None]
    return {
        "figures": [
            (_("Missed by"), formats.percent(_mean(rows, "error"), 1), _("of what happened, on average (WAPE)")),
            (_("The last season again"), formats.percent(_mean(rows, "naive"), 1), _("the rule to beat")),
            (_("Interval held"), formats.percent(_mean(rows, "inside")), _("of the days; it promises 90 %")),
            (_("Methods tried"), formats.number(found.findings["tried"]), _("chosen before the days that judge")),
        ],
        "verdicts": _verdicts(found, rows),
        "head": head,
        "grid": [list(zip(head, _line(found, row), strict=True)) for row in rows],
        "mase": formats.number(sum(scaled) / len(scaled), 2) if scaled else formats.NOTHING,
        "pictures": [_picture(found, row, currency, place) for place, row in enumerate(rows)],
        "facts": [
            (_("Judged over"), wording.steps(found.findings["ahead"], found.step)),
            (_("Past trials"), formats.number(found.findings["trials"])),
            (_("Method today"), str(wording.METHODS.get(found.method, found.method))),
            (_("History"), wording.span(_begun(found), found.run.as_of)),
        ],
    }  # fmt: skip


def _begun(found: Forecast) -> date:
    return found.begins_on or found.run.as_of


def cutoff_day(found: Forecast, row: dict[str, Any]) -> date:
    """Return the last day that was known at a past moment."""
    step, run = Step(found.step), found.run
    assert run.first_on is not None
    begins = run.first_on if step is Step.DAY else run.first_on + timedelta(days=-run.first_on.weekday() % 7)
    return begins + timedelta(days=int(row["cutoff"]) * step.days - 1)


def _line(found: Forecast, row: dict[str, Any]) -> list[str]:
    return [
        formats.day(cutoff_day(found, row)), str(wording.METHODS.get(row["method"], row["method"])),
        *(formats.percent(row[name], 1) for name in ("error", "naive", "drift")),
        formats.NOTHING if row["scaled"] is None else formats.number(row["scaled"], 2), formats.change(row["bias"]),
        formats.percent(row["inside"]),
    ]  # fmt: skip


def _verdicts(found: Forecast, rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    said = [sentence(found)]
    better = sum(row["error"] < min(row["naive"], row["drift"]) for row in rows)
    count = {"better": formats.number(better), "count": formats.number(len(rows))}
    if better < len(rows):
        said.append({"tone": INFO if 2 * better > len(rows) else WARN, "text": _(
            "It was better than both simple rules at %(better)s of %(count)s moments: the size of the days is uncertain, whatever the method."
        ) % count})  # fmt: skip
    held = _mean(rows, "inside")
    shown = {"share": formats.percent(held)}
    if _HOLDS[0] <= held <= _HOLDS[1]:
        said.append(
            {"tone": GOOD, "text": _("Trust the interval: it held %(share)s of the days, and promises 90 %%.") % shown}
        )
    else:
        said.append(
            {
                "tone": WARN,
                "text": _("Read the interval with care: it held %(share)s of the days, and promises 90 %%.") % shown,
            }
        )
    bias = _mean(rows, "bias")
    if abs(bias) >= _NOTABLE_BIAS:
        shown = {"share": formats.percent(abs(bias))}
        text = (
            _("It has been too low by %(share)s on average.")
            if bias < 0
            else _("It has been too high by %(share)s on average.")
        )
        said.append({"tone": WARN, "text": text % shown})
    if found.measure in rules.SIGNED:
        said.append(
            {
                "tone": INFO,
                "text": _("Days on which more came back than was sold count as what they are: less than nothing."),
            }
        )
    return said


def _picture(found: Forecast, row: dict[str, Any], currency: str, place: int) -> dict[str, Any]:
    step = Step(found.step)
    begins = cutoff_day(found, row) + timedelta(days=1)
    days = [begins + timedelta(days=number * step.days) for number in range(len(row["true"]))]
    return {
        "id": f"judged-{place}",
        "title": _("From %(day)s on") % {"day": formats.day(begins)},
        "spec": {
            "kind": "line", "format": wording.chart_format(found.measure), "currency": currency,
            "categories": [formats.day(day, "monthday") for day in days],
            "series": [
                {"name": _("Actual figure"), "values": [wording.chart_value(value, found.measure) for value in row["true"]]},
                {
                    "name": _("Was expected"), "compare": True,
                    "values": [wording.chart_value(value, found.measure) for value in row["expected"]],
                },
            ],
        },
    }  # fmt: skip
