"""The sheets of lifetime value and the next order."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from shuke.insight.predictions import queries, rules
from shuke.insight.predictions.pages import parts
from shuke.insight.predictions.pages.parts import GOOD, INFO, WARN, Figure, Grid, Picture, Sheet, Verdict
from shuke.platform.ui import formats

_OFF = 0.1
_GAIN = 0.05
# A miss that the pace shares to this extent is the customers', not the model's; a season tells from so many points on.
_SHARED, _TELLING = 0.6, 0.02
_WEEKS = 13
VARIANTS = {
    "gamma": "BG/NBD × gamma-gamma", "regression_30": "BG/NBD × gamma-gamma + Poisson (30)",
    "regression_300": "BG/NBD × gamma-gamma + Poisson (300)",
}  # fmt: skip


def worth(found: dict[str, Any], currency: str) -> Sheet:
    """Return the sheet of lifetime value."""
    rows, sheet = found["rows"], Sheet()
    biases = [row["bias"] for row in rows if row["bias"] is not None]
    covers = [row["inside"] for row in rows if row.get("inside") is not None]
    sheet.figures = [
        Figure(_("Sum off by"), formats.change(rows[-1]["bias"] or 0), _("at the latest past day")),
        Figure(_("Ranks amounts"), parts.number(rows[-1]["gini"], 3), _("Gini; 1 is as if known, 0 is chance")),
        Figure(_("Interval held"), formats.percent(covers[-1]) if covers else "–", _("of customers; it promises 80 %")),
        Figure(_("Variants tried"), formats.number(found["variants"]), VARIANTS.get(found["chosen"]["variant"], "")),
    ]
    sheet.verdicts = _worth_verdicts(found, rows, biases)
    sheet.grids = [
        _sums_grid(rows, found["judged_days"], currency),
        _people_grid(rows, currency),
        _model_grid(found),
    ]
    sheet.pictures = _worth_pictures(found, rows, currency)
    return sheet


def _worth_verdicts(found: dict[str, Any], rows: list[dict[str, Any]], biases: list[float]) -> list[Verdict]:
    said = []
    worst = max(biases, key=abs, default=0.0)
    facts = {"off": formats.percent(abs(worst), 0)}
    if abs(worst) <= _OFF:
        said.append(Verdict(GOOD, _("Trust the sums: at every past day the total was off by at most %(off)s.") % facts))
    else:
        said.append(
            Verdict(WARN, _("Read sums with care: at the worst past day the total was off by %(off)s.") % facts)
        )
        said += [Verdict(INFO, why_off(row)) for row in rows if abs(row["bias"] or 0) > _OFF]
    if found["judged_days"] < rules.LTV_DAYS:
        said.append(Verdict(INFO, _(
            "History is too short to judge a whole year: it was judged over %(days)s days, and the year is carried on from there."
        ) % {"days": formats.number(found["judged_days"])}))  # fmt: skip
    if found["months"] is None:
        said.append(Verdict(INFO, _(
            "The season is not corrected for: that needs a year of history. Before the strongest quarter the figures are too low."
        )))  # fmt: skip
    if found["base"]["degenerate"]:
        said.append(Verdict(INFO, _(
            "In this data nobody seems to leave for good, so the model of leaving is not used; what was learned from earlier days takes its place."
        )))  # fmt: skip
    if not any((row["difference"]["low"] or 0) > 0 for row in rows):
        said.append(
            Verdict(
                WARN, _("It does not surely rank customers better than their pace so far; its level is what it adds.")
            )
        )
    said.append(Verdict(INFO, _(
        "A single customer's figure is uncertain: look at the interval. Sums over hundreds of customers are far surer."
    )))  # fmt: skip
    return said


def why_off(row: dict[str, Any]) -> str:
    """Say what the miss of one past day rests on, as far as the figures beside it tell."""
    bias, pace, plain = (row.get(key) or 0.0 for key in ("bias", "bias_pace", "bias_plain"))
    facts = {
        "day": parts.day(row["cutoff"]), "off": formats.change(bias), "pace": formats.change(pace),
        "plain": formats.change(plain), "learned": parts.day(row["learned_until"]),
    }  # fmt: skip
    if bias * pace > 0 and abs(pace) >= abs(bias) * _SHARED:
        text = (
            _(
                "%(day)s: %(off)s, and going by the pace so far %(pace)s. Customers as a whole bought less afterwards than they had before."
            )
            if bias > 0
            else _(
                "%(day)s: %(off)s, and going by the pace so far %(pace)s. Customers as a whole bought more afterwards than they had before."
            )
        )
    elif abs(plain) < abs(bias) - _TELLING:
        text = _("%(day)s: %(off)s, without the season %(plain)s. The season learned by then pointed the wrong way.")
    elif abs(bias) < abs(plain) - _TELLING:
        text = _("%(day)s: %(off)s, without the season %(plain)s. The season helped, and did not explain all of it.")
    else:
        text = _(
            "%(day)s: %(off)s. It had learned from days up to %(learned)s only, and what held then did not hold later."
        )
    return text % facts


def _sums_grid(rows: list[dict[str, Any]], days: int, currency: str) -> Grid:
    head = [
        _("Past day"), _("Customers"), _("Came true"), _("Predicted"), _("Off by"), _("without season"), _("of the pace so far"),
        _("Learned until"),
    ]  # fmt: skip
    written = [
        [
            parts.day(row["cutoff"]), formats.number(row["people"]), formats.money_short(round(row["actual"]), currency),
            formats.money_short(round(row["predicted"]), currency), formats.change(row["bias"] or 0),
            formats.change(row["bias_plain"] or 0), formats.change(row["bias_pace"] or 0), parts.day(row["learned_until"]),
        ]
        for row in rows
    ]  # fmt: skip
    subtitle = _("Net revenue within %(days)s days: what it would have said on each day, against what came true.")
    return Grid(_("Back-test: sums"), subtitle % {"days": formats.number(days)}, head, written)


def _people_grid(rows: list[dict[str, Any]], currency: str) -> Grid:
    head = [
        _("Past day"), _("Mean error"), _("of the pace so far"), _("of one amount for all"), _("of predicting zero"),
        _("Ranking (Gini)"), _("of the pace so far"), _("Difference in points"), _("In the interval"),
    ]  # fmt: skip
    written = [
        [
            parts.day(row["cutoff"]),
            *(formats.money_short(round(row[key]), currency) for key in ("mae", "mae_pace", "mae_constant", "mae_zero")),
            parts.number(row["gini"], 3), parts.number(row["gini_pace"], 3), parts.between(row["difference"]),
            formats.percent(row["inside"]) if row.get("inside") is not None else "–",
        ]
        for row in rows
    ]  # fmt: skip
    subtitle = _(
        "How far single customers were missed, and how well they were ranked. The mean error alone proves little: zero for all often comes close."
    )
    return Grid(_("Back-test: customers"), subtitle, head, written)


def _model_grid(found: dict[str, Any]) -> Grid:
    fit, amounts = found["base"]["bgnbd"], found["base"]["worth"]
    name = "MBG/NBD" if fit["is_modified"] else "BG/NBD"
    rows = [
        [name, *(parts.number(fit[key], 4) for key in ("r", "alpha", "a", "b")), parts.number(fit["log_likelihood"], 1)]
    ]
    if amounts:
        rows.append([
            "Gamma-gamma", *(parts.number(amounts[key], 4) for key in ("p", "q", "v")), "", parts.number(amounts["log_likelihood"], 1)
        ])  # fmt: skip
    head = [_("Model"), "r / p", "α / q", "a / γ", "b", _("Log-likelihood")]
    return Grid(
        _("Parameters"),
        _("Of purchases and of their worth, as of today; time in days, money in minor units."),
        head,
        rows,
    )


def _worth_pictures(found: dict[str, Any], rows: list[dict[str, Any]], currency: str) -> list[Picture]:
    made = [
        Picture("sums", _("Predicted and true sums"), _("At each past day."), parts.by_cutoff(
            [{**row, "actual": round(row["actual"]), "predicted": round(row["predicted"])} for row in rows],
            [("predicted", _("Predicted")), ("actual", _("Came true"))], "money", currency,
        )),
        Picture("calibration", _("Predicted and observed"), _("All past days together, customers in ten equal parts."),
                parts.calibration(found["calibration"], "money", currency)),
    ]  # fmt: skip
    if found["months"]:
        names = [formats.day(date(2024, month, 1), "month").replace("2024", "").strip(" 年,") for month in range(1, 13)]
        made.append(Picture("season", _("Season"), _("How busy each month is against the usual, growth taken out."), parts.bars(
            _("Index"), names, found["months"], "percent"
        )))  # fmt: skip
    return made


def next_order(found: dict[str, Any], until: date) -> Sheet:
    """Return the sheet of the next order."""
    rows, sheet = found["rows"], Sheet()
    sheet.figures = [
        Figure(_("Missed by"), _days(rows[-1]["mae"]), _("on average, at the latest past day")),
        Figure(
            _("Better than one number for all"),
            formats.percent(rows[-1]["difference"]["value"], 1),
            _("at the latest past day"),
        ),
        Figure(_("Interval held"), formats.percent(rows[-1]["inside"]), _("of customers; it promises 60 %")),
        Figure(_("Variants tried"), formats.number(found["variants"]), _("chosen before the days that judge")),
    ]
    gains = [row["difference"] for row in rows]
    if min(gain["value"] for gain in gains) >= _GAIN and min(gain["low"] for gain in gains) > 0:
        sheet.verdicts.append(Verdict(GOOD, _(
            "Trust it more than a rule of thumb: at every past day it missed by at least %(share)s less than one number of days for all."
        ) % {"share": formats.percent(min(gain["value"] for gain in gains), 1)}))  # fmt: skip
    elif min(gain["low"] for gain in gains) > 0:
        sheet.verdicts.append(
            Verdict(WARN, _("It is surely better than one number of days for all, but by less than 5 %."))
        )
    else:
        sheet.verdicts.append(
            Verdict(WARN, _("At some past days it was not surely better than one number of days for all."))
        )
    sheet.verdicts.append(Verdict(INFO, _(
        "It says when, not whether: the date holds for those who do order within %(days)s days. Whether they do is the churn risk."
    ) % {"days": formats.number(rules.CHURN_DAYS)}))  # fmt: skip
    if max(row["mae_own"] - row["mae"] for row in rows) > 0:
        sheet.verdicts.append(
            Verdict(INFO, _("A customer's own mean gap, the usual rule, misses by more than either."))
        )
    sheet.grids = [_next_grid(rows)]
    weeks = [_("Week %(number)s") % {"number": number + 1} for number in range(_WEEKS)]
    sheet.pictures = [
        Picture("errors", _("Mean error in days"), _("At each past day."), parts.by_cutoff(
            rows, [("mae", _("Ours")), ("mae_constant", _("One number for all")), ("mae_own", _("Own mean gap"))]
        )),
        Picture("calibration", _("Predicted and observed days"), _("All past days together, customers in ten equal parts."),
                parts.calibration(found["calibration"], "number", digits=1)),
        Picture("ahead", _("Orders ahead"), _("In which week customers are expected to order next, if they do."), parts.bars(
            _("Customers"), weeks, queries.spread_of_days(until, _WEEKS)
        )),
    ]  # fmt: skip
    return sheet


def _next_grid(rows: list[dict[str, Any]]) -> Grid:
    head = [
        _("Past day"), _("Customers who ordered"), _("Mean error"), _("of one number for all"), _("of the own mean gap"),
        _("Better by"), _("Bias in days"), _("In the interval"),
    ]  # fmt: skip
    written = [
        [
            parts.day(row["cutoff"]), formats.number(row["people"]), _days(row["mae"]), _days(row["mae_constant"]),
            _days(row["mae_own"]), parts.between(row["difference"], percent=True), parts.number(row["bias_days"], 1),
            formats.percent(row["inside"]),
        ]
        for row in rows
    ]  # fmt: skip
    subtitle = _("Days until the next order, of those who ordered within 90 days of each past day.")
    return Grid(_("Back-test"), subtitle, head, written)


def _days(value: float) -> str:
    return _("%(days)s days") % {"days": formats.number(value, 1)}
