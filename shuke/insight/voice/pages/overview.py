"""The overview: how much of what customers say is negative, about what, and since when."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.insight.voice import queries
from shuke.insight.voice.models import Kind, Run
from shuke.insight.voice.pages.framing import frame
from shuke.insight.voice.pages.wording import LANGUAGES
from shuke.insight.voice.queries import figures
from shuke.insight.voice.queries.figures import Share
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

PERIODS = {"30": 30, "90": 90, "365": 365}
_USUAL = "90"
HEADS = {
    "topic": gettext_lazy("Topic"),
    "product": gettext_lazy("Product"),
    "kind": gettext_lazy("Kind"),
    "language": gettext_lazy("Language"),
}
_FILTERS = ("kind", "language", "shop", "topic", "product")


@page("voice.view")
def overview(request: Request) -> HttpResponse:
    """Show the share of negative texts over time and by product, topic, source and language."""
    said = {name: request.GET[name] for name in _FILTERS if request.GET.get(name)}
    period = request.GET.get("period", _USUAL)
    period = period if period in PERIODS else _USUAL
    last = figures.until()
    context: dict[str, Any] = {
        **frame(request, "overview"), "said": said, "period": period, "kinds": Kind.choices, "languages": LANGUAGES.items(),
        "periods": [(name, _("Last %(days)s days") % {"days": days}) for name, days in PERIODS.items()], "until": last,
    }  # fmt: skip
    if last is not None:
        since = last - timedelta(days=PERIODS[period])
        found = figures.within(queries.filtered(said), since=since, until=last)
        context |= _filled(request, found, said, since, last)
        context["rising"] = _rising(context["run"])
        context["segment_url"] = _segment_url() if may(request, "segments.edit") else ""
    return render(request, "voice/overview.html", context)


def _rising(run: Run | None) -> list[dict[str, Any]]:
    """Return what is complained of more than before, in words, with the texts behind it where they can be listed."""
    names = {one.pk: one.name for one in queries.topics()} if run and run.rising else {}
    found = []
    for one in run.rising if run else []:
        sort, language, thing = one["key"].split(":", 2)
        shares = [one["recent"] / max(1, one["recent_of"]), one["before"] / max(1, one["before_of"])]
        is_topic = sort == "topic"
        found.append({
            "name": names.get(int(thing), "") if is_topic else thing,
            "sort": _("Topic") if is_topic else _("Word, %(language)s") % {"language": LANGUAGES.get(language, language)},
            "url": f"{reverse('voice:texts')}?{urlencode({'topic': thing, 'sentiment': -1})}" if is_topic else "",
            "text": _("%(recent)s of those who write, before %(before)s (%(count)s people)") % {
                "recent": formats.percent(shares[0], 1), "before": formats.percent(shares[1], 1), "count": formats.number(one["recent"]),
            },
        })  # fmt: skip
    return [one for one in found if one["name"]]


def _segment_url() -> str:
    rule = {"all": [{"field": "voice.negative_90", "op": "at_least", "value": 1}]}
    name = _("Complained in 90 days")
    try:
        return f"{reverse('segments:new')}?{urlencode({'rule': json.dumps(rule), 'name': name})}"
    except NoReverseMatch:
        return ""


def _filled(request: Request, found: Any, said: dict[str, str], since: Any, last: Any) -> dict[str, Any]:
    whole = figures.whole(found)
    before = figures.whole(figures.within(queries.filtered(said), since=since - (last - since), until=since))
    change = whole.share - before.share if whole.share is not None and before.share is not None else None
    products, titles = figures.by_product(found)
    topics = {one.pk: one.name for one in queries.topics()}
    return {
        "whole": whole, "between": _between(whole), "before": before, "change": change,
        "over_time": _chart(figures.over_time(found, since=since, until=last, zone=ZoneInfo(request.company.time_zone))),
        "tables": [
            table for table in (
                _table(_("Products with most complaints"), "product", products, lambda one: titles.get(one.key, ""), said),
                _table(_("By topic"), "topic", figures.by_topic(found, list(topics))[:10], lambda one: topics.get(one.key, ""), said),
                _table(_("By kind"), "kind", figures.by_column(found, "kind"), lambda one: Kind(one.key).label, said),
                _table(
                    _("By language"), "language", figures.by_column(found, "language"),
                    lambda one: LANGUAGES.get(one.key, one.key), said,
                ),
            ) if table["rows"]
        ],
    }  # fmt: skip


def _table(title: str, key: str, shares: list[Share], name: Any, said: dict[str, str]) -> dict[str, Any]:
    return {
        "title": title, "head": str(HEADS[key]),
        "rows": [
            {
                "name": str(name(one)), "share": one, "between": _between(one),
                "url": f"{reverse('voice:texts')}?{urlencode({**said, key: one.key, 'sentiment': -1})}",
            }
            for one in shares
        ],
    }  # fmt: skip


def _between(one: Share) -> str:
    low, high = one.between
    return _("%(low)s to %(high)s") % {"low": formats.percent(low, 0), "high": formats.percent(high, 0)}


def _chart(shares: list[Share]) -> dict[str, Any] | None:
    """Return the line of shares with the interval of each; periods without a text are gaps."""
    if len(shares) < 2:
        return None
    bounds = [one.between if one.texts else (None, None) for one in shares]
    return {
        "kind": "line", "format": "percent", "categories": [formats.day(one.key) for one in shares],
        "series": [
            {"name": _("negative"), "values": [one.share for one in shares]},
            {"name": _("at least"), "values": [low for low, _high in bounds]},
            {"name": _("at most"), "values": [high for _low, high in bounds]},
        ],
    }  # fmt: skip
