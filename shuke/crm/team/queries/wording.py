"""The work of people in words: why somebody is called, with the figures behind it, and what to do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shuke.cdp.customers.models import Customer, Identity
from shuke.crm.team import queries, rules
from shuke.crm.team.models import Basis, CallOutcome
from shuke.crm.team.rules import suggesting
from shuke.insight.predictions.queries.wording import THEMES
from shuke.insight.value import queries as value
from shuke.platform.http import mask
from shuke.platform.ui import formats

REASONS = {
    rules.FOLLOW_UP: gettext_lazy("Call again as agreed"),
    rules.CHURN: gettext_lazy("About to leave"),
    rules.REFUNDS: gettext_lazy("Refunds lately"),
    rules.WELCOME: gettext_lazy("Large first order"),
    rules.OVERDUE: gettext_lazy("Reorder overdue"),
    rules.TIER_FELL: gettext_lazy("Value tier fell"),
    rules.BIRTHDAY: gettext_lazy("Birthday today"),
}
HOLDS = {
    rules.FOLLOW_UP: gettext_lazy("Somebody called, and it was agreed to call again on this day."),
    rules.CHURN: gettext_lazy("Over the line of the churn warning, for one of the reasons shown there."),
    rules.REFUNDS: gettext_lazy(
        "A refund in the last 14 days, and together they came to half an average order, or there were two or more in 60 days."
    ),
    rules.WELCOME: gettext_lazy("One order so far, in the last 3 days, of at least one and a half times the average."),
    rules.OVERDUE: gettext_lazy(
        "Three or more orders, a rhythm of a week or longer, and 1.3 to 3 times that rhythm has passed since the last one."
    ),
    rules.TIER_FELL: gettext_lazy("In one of the two best tiers until a week ago or less, and lower now."),
    rules.BIRTHDAY: gettext_lazy("Birthday today, and an order within a year."),
}
SUGGESTIONS = {
    suggesting.CALL: gettext_lazy("Call personally"),
    suggesting.OFFER: gettext_lazy("Make an offer: usually buys at reduced prices"),
    suggesting.REMIND: gettext_lazy("Remind of what is used up soon"),
    suggesting.ASK: gettext_lazy("Ask what was wrong: much was refunded"),
    suggesting.WRITE: gettext_lazy("Write a friendly message"),
}


def title_of(customer: Customer, known: Sequence[Identity], *, sees_contacts: bool) -> str:
    """Return how a customer is called: by name, masked for whoever may not see it, else by an id of a shop."""
    if customer.name:
        return customer.name if sees_contacts else mask.name(customer.name)
    return known[0].value if known else _("Customer %(number)s") % {"number": str(customer.uuid)[-6:]}


def reason(code: str) -> str:
    """Return what a reason is called."""
    return str(REASONS.get(code, code))


def outcome(code: str) -> str:
    """Return what an outcome of a call is called."""
    return str(dict(CallOutcome.choices).get(code, code))


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom reasons are worded: the company's currency and tiers, and whether predicted figures may be seen."""

    currency: str
    tiers: Mapping[str, str]
    sees_worth: bool


def reader(*, sees_worth: bool) -> Reader:
    """Return for whom reasons are worded, in two queries for any number of reasons."""
    return Reader(queries.currency(), value.tier_labels(), sees_worth)


def told(code: str, facts: Mapping[str, Any], to: Reader) -> str:
    """Return a reason as a sentence with the figures behind it."""
    return _TOLD[code](facts, to)


def _day(written: str) -> str:
    return formats.day(date.fromisoformat(written))


def _follow_up(facts: Mapping[str, Any], _to: Reader) -> str:
    return _("Called on %(day)s; it was agreed to call again on %(agreed)s.") % {
        "day": _day(facts["on"]), "agreed": _day(facts["agreed"])
    }  # fmt: skip


def _churn(facts: Mapping[str, Any], to: Reader) -> str:
    said = {
        "days": formats.number(facts["days"]), "last": _day(facts["last"]),
        "rhythm": formats.number(facts["rhythm"], 0) if facts["rhythm"] else "",
    }  # fmt: skip
    parts = [
        _("Last order %(days)s days ago (%(last)s), usually every %(rhythm)s days.") % said
        if facts["rhythm"]
        else _("Last order %(days)s days ago (%(last)s).") % said
    ]
    if facts["basis"] == Basis.RECENCY:
        parts.append(_("That is much longer than customers usually take; there is no prediction yet."))
    elif to.sees_worth:
        shown = {"risk": formats.percent(facts["risk"]), "worth": formats.money(facts["minor"], to.currency)}
        parts.append(_("Churn risk %(risk)s, %(worth)s at stake.") % shown)
    if themes := [str(THEMES[theme]) for theme in facts["themes"] if theme in THEMES]:
        parts.append(_("What moves the prediction most: %(themes)s.") % {"themes": formats.listed(themes)})
    return " ".join(parts)


def _refunds(facts: Mapping[str, Any], to: Reader) -> str:
    text = ngettext(
        "%(count)s refund in 60 days, %(total)s in all, the last on %(last)s; an average order is %(usual)s.",
        "%(count)s refunds in 60 days, %(total)s in all, the last on %(last)s; an average order is %(usual)s.",
        facts["count"],
    )
    return text % {
        "count": formats.number(facts["count"]), "total": formats.money(facts["total"], to.currency),
        "last": _day(facts["last"]), "usual": formats.money(facts["usual"], to.currency),
    }  # fmt: skip


def _welcome(facts: Mapping[str, Any], to: Reader) -> str:
    return _("First order on %(last)s: %(amount)s, where an average order is %(usual)s.") % {
        "last": _day(facts["last"]), "amount": formats.money(facts["minor"], to.currency),
        "usual": formats.money(facts["usual"], to.currency),
    }  # fmt: skip


def _overdue(facts: Mapping[str, Any], _to: Reader) -> str:
    return _("%(orders)s orders so far, one every %(rhythm)s days; the last was %(days)s days ago (%(last)s).") % {
        "orders": formats.number(facts["orders"]), "rhythm": formats.number(facts["rhythm"], 0),
        "days": formats.number(facts["days"]), "last": _day(facts["last"]),
    }  # fmt: skip


def _tier_fell(facts: Mapping[str, Any], to: Reader) -> str:
    text = _("Fell from the value tier %(was)s to %(now)s on %(day)s: brought %(amount)s in the last %(period)s days.")
    return text % {
        "was": to.tiers[facts["was"]], "now": to.tiers[facts["now"]], "day": _day(facts["on"]),
        "amount": formats.money(facts["minor"], to.currency), "period": formats.number(facts["period"]),
    }  # fmt: skip


def _birthday(facts: Mapping[str, Any], _to: Reader) -> str:
    text = ngettext(
        "Birthday today; %(orders)s order so far, the last on %(last)s.",
        "Birthday today; %(orders)s orders so far, the last on %(last)s.",
        facts["orders"],
    )
    return text % {"orders": formats.number(facts["orders"]), "last": _day(facts["last"])}


_TOLD: Mapping[str, Callable[[Mapping[str, Any], Reader], str]] = {
    rules.FOLLOW_UP: _follow_up, rules.CHURN: _churn, rules.REFUNDS: _refunds, rules.WELCOME: _welcome,
    rules.OVERDUE: _overdue, rules.TIER_FELL: _tier_fell, rules.BIRTHDAY: _birthday,
}  # fmt: skip
