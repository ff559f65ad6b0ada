"""Value tiers: what each brings and needs, and who moved between them from one month to another."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from shuke.insight.value import queries
from shuke.insight.value.pages.framing import Frame, customers_url, frame, nothing, segment_url
from shuke.insight.value.pages.listing import listed
from shuke.insight.value.pages.movement import days_asked, days_offered
from shuke.insight.value.queries import TierNow
from shuke.insight.value.rules import NO_TIER, PROSPECT, TIERS, ValueSettings
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

# What a tier needs is said where it concerns at least this share of it; refunds where they are so much above the usual.
_WORTH_SAYING = 0.15
_MUCH_ABOVE = 1.4
_NAMED = (*TIERS, NO_TIER)


@page("value.view")
def tiers(request: Request) -> HttpResponse:
    """Show every tier with its figures and needs, and the movement between tiers."""
    found = frame(request, "tiers")
    if found is None:
        return nothing(request)
    labels = queries.tier_labels()
    present = queries.tiers(found.people())
    start, end = days_asked(request, days_offered(found))
    moves = queries.migration(start, end, shop_id=found.shop_id, column="tier")
    return render(request, "value/tiers.html", {
        **found.context(),
        "rows": [_row(found, code, labels, present) for code in _NAMED],
        "meaning": _meaning(found.rules),
        "may_save": may(request, "segments.edit") and found.shop_id is None,
        "start": start, "end": end, "days": days_offered(found),
        "flow": _flow(moves, labels, _links(found, start, end)),
        "moved": _summary(moves),
    })  # fmt: skip


@page("value.view")
def movers(request: Request) -> HttpResponse:
    """Show the most valuable customers behind one flow between tiers."""
    found = frame(request, "tiers")
    if found is None:
        return nothing(request)
    was, now = request.GET.get("was", ""), request.GET.get("now", "")
    if was not in {*_NAMED, PROSPECT} or now not in _NAMED:
        raise Http404
    start, end = days_asked(request, days_offered(found))
    rows = queries.movers(start, end, was, now, shop_id=found.shop_id, column="tier")
    labels = {**queries.tier_labels(), PROSPECT: _("Not a buyer yet")}
    back = urlencode({"from": start, "to": end, **({"shop": found.shop_id} if found.shop_id else {})})
    return render(request, "value/people.html", {
        **found.context(), **listed(request, rows),
        "title": _("From %(was)s to %(now)s") % {"was": labels[was], "now": labels[now]},
        "period": _("%(start)s to %(end)s") % {"start": formats.day(start), "end": formats.day(end)},
        "back_url": f"{reverse('value:tiers')}?{back}",
    })  # fmt: skip


def _meaning(rules: ValueSettings) -> str:
    days = formats.number(rules.tier_days)
    if rules.tier_bins == "limits":
        return _("By the net revenue of the last %(days)s days, in fixed amounts.") % {"days": days}
    return _("By the net revenue of the last %(days)s days, in shares of those who brought anything.") % {"days": days}


def _row(frame: Frame, code: str, labels: dict[str, str], present: dict[str, TierNow]) -> dict[str, Any]:
    tier = present[code]
    people = sum(one.customers for one in present.values())
    money = sum(max(one.tier_minor, 0) for one in present.values())
    return {
        "label": labels[code],
        "tier": tier,
        "share": tier.customers / people if people else None,
        "money_share": tier.tier_minor / money if money and tier.tier_minor > 0 else None,
        "average_minor": round(tier.tier_minor / tier.customers) if tier.customers else None,
        "refunded": tier.refunds_minor / tier.gross_minor if tier.gross_minor else None,
        "needs": list(_needs(frame, code, labels, present)),
        "url": "" if frame.shop_id else customers_url(tier=code),
        "segment_url": segment_url(labels[code], tier=code),
    }


def _needs(frame: Frame, code: str, labels: dict[str, str], present: dict[str, TierNow]) -> list[str]:
    """Return what the figures of a tier ask for, the most pressing first."""
    tier = present[code]
    if not tier.customers:
        return []
    said = []
    if tier.leaving / tier.customers >= _WORTH_SAYING:
        said.append(
            _("%(share)s are at risk or dormant: win them back before anything else.")
            % {"share": formats.percent(tier.leaving / tier.customers)}
        )
    gross = sum(one.gross_minor for one in present.values())
    usual = sum(one.refunds_minor for one in present.values()) / gross if gross else 0
    refunded = tier.refunds_minor / tier.gross_minor if tier.gross_minor else 0
    if usual and refunded > usual * _MUCH_ABOVE:
        said.append(
            _("They send back %(share)s of what they buy, others %(usual)s: find out why.")
            % {"share": formats.percent(refunded), "usual": formats.percent(usual)}
        )
    if tier.lacking_minor:
        above = labels[_NAMED[_NAMED.index(code) - 1]]
        said.append(
            _(
                "The middle one lacks %(amount)s to reach “%(tier)s”: a bundle or a second category may carry them there."
            )
            % {"amount": formats.money(tier.lacking_minor, frame.currency), "tier": above}
        )
    if code == TIERS[0]:
        said.append(_("They carry the business: a person to turn to, early access, no discounts they did not ask for."))
    if code == NO_TIER:
        said.append(_("They brought nothing in the period: one good reason to return, then leave them in peace."))
    return said


def _links(frame: Frame, start: date, end: date) -> Any:
    shop = {"shop": frame.shop_id} if frame.shop_id else {}

    def link(was: str, now: str) -> str:
        return f"{reverse('value:tier_movers')}?{urlencode({'from': start, 'to': end, 'was': was, 'now': now, **shop})}"

    return link


def _flow(moves: dict[tuple[str, str], int], labels: dict[str, str], link: Any) -> dict[str, Any]:
    origins = (*_NAMED, PROSPECT)
    return {
        "kind": "sankey",
        "x_name": _("Tier then"),
        "y_name": _("Tier before"),
        "categories": [labels[code] for code in _NAMED],
        "series": [
            {
                "name": labels.get(was) or _("Not a buyer yet"),
                "values": [moves.get((was, now)) for now in _NAMED],
                "links": [link(was, now) if (was, now) in moves else None for now in _NAMED],
            }
            for was in origins
        ],
    }


def _summary(moves: dict[tuple[str, str], int]) -> dict[str, int]:
    rank = {code: place for place, code in enumerate((*_NAMED, PROSPECT))}
    return {
        "came": sum(count for (was, _now), count in moves.items() if was == PROSPECT),
        "rose": sum(count for (was, now), count in moves.items() if was != PROSPECT and rank[now] < rank[was]),
        "stayed": sum(count for (was, now), count in moves.items() if was == now),
        "fell": sum(count for (was, now), count in moves.items() if rank[now] > rank[was]),
    }
