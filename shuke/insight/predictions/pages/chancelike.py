"""The sheets of churn risk and purchase propensity."""

from typing import Any

from django.utils.translation import gettext as _

from shuke.insight.predictions import queries, rules
from shuke.insight.predictions.pages import parts
from shuke.insight.predictions.pages.parts import GOOD, WARN, Figure, Grid, Picture, Sheet, Verdict
from shuke.insight.predictions.queries import wording
from shuke.platform.ui import formats

_EDGES = tuple(number / 10 for number in range(1, 10))
# What a good prediction reaches: so much above the rule, chances off by so little.
_ABOVE_RULE, _OFF = 0.05, 0.03


def filled(found: dict[str, Any], kind: str) -> Sheet:
    """Return the sheet of a chance."""
    rows, sheet = found["rows"], Sheet()
    gains = [row["difference"]["value"] for row in rows]
    sheet.figures = [
        Figure(
            _("Pairs ranked right"), formats.percent(rows[-1]["auc"], 1), _("at the latest past day; half is chance")
        ),
        Figure(_("Above the rule"), parts.points(min(gains)), _("points at the worst of the past days")),
        Figure(_("Chances off by"), formats.percent(rows[-1]["ece"], 1), _("on average, at the latest past day")),
        Figure(_("Variants tried"), formats.number(found["variants"]), _("chosen before the days that judge")),
    ]
    sheet.verdicts = _verdicts(rows)
    sheet.grids = [_ranking(rows), _level(rows, kind)]
    sheet.pictures = _pictures(found, rows, kind)
    return sheet


def _verdicts(rows: list[dict[str, Any]]) -> list[Verdict]:
    count = {"days": formats.number(len(rows))}
    said = []
    if all((row["difference"]["low"] or 0) > 0 for row in rows):
        gain = {"points": formats.number(min(row["difference"]["value"] for row in rows) * 100, 1)}
        said.append(Verdict(GOOD, _(
            "Trust the order: at all %(days)s past days it ranked customers better than the days since their last order, by %(points)s points or more."
        ) % {**count, **gain}))  # fmt: skip
        if min(row["difference"]["value"] for row in rows) < _ABOVE_RULE:
            said.append(Verdict(WARN, _("The gain over that simple rule is smaller than the 5 points we ask for.")))
    else:
        said.append(Verdict(WARN, _(
            "At some past days it did not rank customers surely better than the days since their last order: use that rule as well."
        )))  # fmt: skip
    worst = max(rows, key=lambda row: row["ece"])
    facts = {"off": formats.percent(worst["ece"], 1), "day": parts.day(worst["cutoff"])}
    if worst["ece"] <= _OFF:
        said.append(Verdict(GOOD, _("Trust the percentages: they were off by at most %(off)s on average.") % facts))
    else:
        said.append(
            Verdict(WARN, _("Read the percentages with care: on %(day)s they were off by %(off)s on average.") % facts)
        )
        if worst["ece_level"] <= _OFF:
            said.append(Verdict(WARN, _(
                "That was a shift of everybody's level, as a season or a campaign makes it; between customers the percentages were right to %(off)s."
            ) % {"off": formats.percent(worst["ece_level"], 1)}))  # fmt: skip
    return said


def _ranking(rows: list[dict[str, Any]]) -> Grid:
    head = [
        _("Past day"), _("Customers"), _("Pairs ranked right"), _("by days since the last order"), _("Difference in points"),
        _("Squared error"), _("of that rule"), _("of one chance for all"),
    ]  # fmt: skip
    written = [
        [
            parts.day(row["cutoff"]), formats.number(row["people"]), formats.percent(row["auc"], 1),
            formats.percent(row["auc_recency"], 1), parts.between(row["difference"]), parts.number(row["brier"], 4),
            parts.number(row["brier_recency"], 4), parts.number(row["brier_constant"], 4),
        ]
        for row in rows
    ]  # fmt: skip
    subtitle = _("What it would have said on each day, with only what was known then, against what happened.")
    return Grid(_("Back-test: order"), subtitle, head, written)


def _level(rows: list[dict[str, Any]], kind: str) -> Grid:
    happened = _("Did not order") if kind == rules.CHURN else _("Ordered")
    head = [
        _("Past day"), happened, _("Expected"), _("Bias"), _("Off by, on average"), _("without the level"),
        _("Learned until"),
    ]  # fmt: skip
    written = [
        [
            parts.day(row["cutoff"]), formats.percent(row["happened"], 1), formats.percent(row["expected"], 1),
            formats.change(row["bias"] or 0), formats.percent(row["ece"], 1), formats.percent(row["ece_level"], 1),
            parts.day(row["learned_until"]),
        ]
        for row in rows
    ]  # fmt: skip
    subtitle = _("How far chances were from what happened: as they were, and with everybody's level put right.")
    return Grid(_("Back-test: percentages"), subtitle, head, written)


def _pictures(found: dict[str, Any], rows: list[dict[str, Any]], kind: str) -> list[Picture]:
    column = "churn_risk" if kind == rules.CHURN else "propensity"
    spans = [f"{low}–{low + 10} %" for low in range(0, 100, 10)]
    themes = [str(wording.THEMES.get(one["theme"], one["theme"])) for one in found["weights"]]
    return [
        Picture(
            "ranking", _("Pairs ranked right"), _("At each past day; half is chance."),
            parts.by_cutoff(rows, [("auc", _("Ours")), ("auc_recency", _("Days since the last order"))], "percent"),
        ),
        Picture("calibration", _("Predicted and observed"), _("All past days together, customers in ten equal parts."),
                parts.calibration(found["calibration"], "percent")),
        Picture("weights", _("What it looks at"), _("How far each theme moves customers apart, in log-odds."), parts.bars(
            _("Weight"), themes, [one["weight"] for one in found["weights"]], lying=True
        )),
        Picture("spread", _("Customers today"), _("How many customers have which chance now."), parts.bars(
            _("Customers"), spans, queries.spread(column, _EDGES)
        )),
    ]  # fmt: skip
