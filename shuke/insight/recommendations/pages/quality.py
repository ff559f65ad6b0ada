"""How the lists did at past days that they did not learn from, beside what simpler rules did."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from shuke.insight.recommendations import rules
from shuke.insight.recommendations.pages.framing import frame
from shuke.insight.recommendations.pages.overview import BASELINES
from shuke.insight.recommendations.queries import wording
from shuke.insight.recommendations.rules import JUDGED_BY
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

_EPOCH = date(1970, 1, 1)


@page("recommendations.view")
def quality(request: Request) -> HttpResponse:
    """Show the back-tests of buying again and of discovery, each on its own."""
    around = frame(request, "quality")
    run = around["run"]
    sheets = [
        _sheet(kind, run.findings[kind]) for kind in (rules.REPEAT, rules.DISCOVERY) if run and kind in run.findings
    ]
    return render(request, "recommendations/quality.html", {**around, "sheets": sheets})


def _sheet(kind: str, found: dict[str, Any]) -> dict[str, Any]:
    made = {"kind": kind, "title": wording.KINDS[kind], "refusal": wording.refusal(found["refusal"])}
    if found["refusal"]:
        return made
    rows = found["rows"]
    ours = wording.METHODS[found["chosen"]] if kind == rules.DISCOVERY else _("Ours")
    return made | {
        "figures": _figures(kind, rows),
        "verdicts": _verdicts(kind, rows),
        "rows": [line for row in rows for line in _lines(row, str(ours))],
        "chart": {
            "kind": "bar", "format": "number" if kind == rules.REPEAT else "percent", "digits": 3 if kind == rules.REPEAT else 1, "categories": [_day(row["day"]) for row in rows],
            "series": [
                {"name": str(ours), "values": [row["ours"][JUDGED_BY[kind]]["value"] for row in rows]},
                *(
                    {"name": str(wording.METHODS[name]), "values": [row["others"][name][JUDGED_BY[kind]]["value"] for row in rows]}
                    for name in rows[0]["others"]
                ),
            ],
        },
        "facts": _facts(kind, found),
        "judged_by": _("nDCG of 20") if kind == rules.REPEAT else _("Recall of 20"),
    }  # fmt: skip


def _figures(kind: str, rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    last = rows[-1]
    best = _best(kind, last)
    simple = last["others"][best][JUDGED_BY[kind]]["value"]
    return [
        {"label": _("Found of what was bought"), "value": formats.percent(last["ours"]["recall"]["value"], 1),
         "hint": _("recall of 20, at the latest past day")},
        {"label": _("The best simple rule"), "value": formats.number(simple, 3) if kind == rules.REPEAT else formats.percent(simple, 1),
         "hint": str(wording.METHODS[best])},
        {"label": _("nDCG of 20"), "value": formats.number(last["ours"]["ndcg"]["value"], 3),
         "hint": _("counts more what stands higher")},
        {"label": _("Customers asked about"), "value": formats.number(last["people"]),
         "hint": _("who bought such a thing in the 30 days after")},
    ]  # fmt: skip


def _best(kind: str, row: dict[str, Any]) -> str:
    return max(BASELINES[kind], key=lambda name: row["others"][name][JUDGED_BY[kind]]["value"])


def _verdicts(kind: str, rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    lows = [row["others"][_best(kind, row)]["difference"]["low"] for row in rows]
    if min(lows) > 0:
        text = _("At each of %(days)s past days it did better than the best simple rule, by more than chance.")
        found = [{"tone": "good", "text": text % {"days": len(rows)}}]
    else:
        text = _("At %(days)s of %(all)s past days it was not clearly better than the best simple rule.")
        found = [{"tone": "warn", "text": text % {"days": sum(low <= 0 for low in lows), "all": len(rows)}}]
    if kind == rules.REPEAT:
        found.append({"tone": "info", "text": _(
            "It says what somebody buys again if they buy again; whether they come at all is what purchase propensity says."
        )})  # fmt: skip
    else:
        found.append({"tone": "info", "text": _(
            "Only things that a customer had never bought count here: they are hard to guess, and most of what is shown is not bought."
        )})  # fmt: skip
    return found


def _lines(row: dict[str, Any], ours: str) -> list[dict[str, str]]:
    first = {
        "day": _day(row["day"]), "people": formats.number(row["people"]), "method": ours, "difference": "",
        "recall": _span(row["ours"]["recall"], percent=True), "ndcg": _span(row["ours"]["ndcg"]),
    }  # fmt: skip
    others = [
        {
            "day": "", "people": "", "method": str(wording.METHODS[name]), "recall": _span(one["recall"], percent=True),
            "ndcg": _span(one["ndcg"]), "difference": _points(one["difference"]),
        }
        for name, one in row["others"].items()
    ]  # fmt: skip
    return [first, *others]


def _span(found: dict[str, float], *, percent: bool = False) -> str:
    value, low, high = (
        formats.percent(found[name], 1) if percent else formats.number(found[name], 3)
        for name in ("value", "low", "high")
    )
    return _("%(value)s (%(low)s to %(high)s)") % {"value": value, "low": low, "high": high}


def _points(found: dict[str, float]) -> str:
    value, low, high = (
        f"{'+' if found[name] >= 0 else '−'}{formats.number(abs(found[name]) * 100, 1)}"
        for name in ("value", "low", "high")
    )
    return _("%(value)s (%(low)s to %(high)s)") % {"value": value, "low": low, "high": high}


def _facts(kind: str, found: dict[str, Any]) -> list[tuple[str, str]]:
    facts = [
        (_("Customers who ordered"), formats.number(found["buyers"])), (_("Products learned from"), formats.number(found["products"])),
        (_("Variants tried"), formats.number(found["tried"])), (_("Chosen at"), _day(found["chosen_on"])),
    ]  # fmt: skip
    if kind == rules.DISCOVERY:
        for name, best in found["best_of"].items():
            facts.append((
                _("%(method)s when choosing") % {"method": wording.METHODS[name]}, formats.percent(best["recall"], 1),
            ))  # fmt: skip
        days, season = found["half_life"], found["season"]
    else:
        days, season = found["chosen"]["half_life"], 0
        facts.append((_("Whether things are bought again at all"), _yes(found["chosen"]["kind"])))
        facts.append((_("Whether their time has come"), _yes(found["chosen"]["rhythm"])))
    facts.append(
        (_("A purchase counts half after"), _("%(days)s days") % {"days": formats.number(days)} if days else _("never"))
    )
    if season:
        facts.append((_("Season"), _("what sells better than usual counts more")))
    return facts


def _yes(value: float) -> str:
    return _("counted in") if value else _("not counted in")


def _day(number: int) -> str:
    return formats.day(_EPOCH + timedelta(days=number))
