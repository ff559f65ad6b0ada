"""Predictions in words: what moves a risk, why something is not predicted, what a run watched."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shuke.insight.predictions import rules
from shuke.insight.value import queries as value
from shuke.insight.value.queries import StandingNow
from shuke.platform.company import queries as company
from shuke.platform.ui import formats

if TYPE_CHECKING:
    from shuke.insight.predictions.queries import Reason

THEMES = {
    "recency": gettext_lazy("Time since the last order"),
    "rhythm": gettext_lazy("Rhythm of ordering"),
    "frequency": gettext_lazy("Number of orders"),
    "value": gettext_lazy("Amounts spent"),
    "breadth": gettext_lazy("Variety of products"),
    "refunds": gettext_lazy("Refunds"),
    "discounts": gettext_lazy("Discounts"),
    "visits": gettext_lazy("Visits to the shop"),
    "tenure": gettext_lazy("Time as a customer"),
}
WATCHED = {
    "recency": gettext_lazy("Days since the last order"),
    "x": gettext_lazy("Orders after the first"),
    "orders_90": gettext_lazy("Orders of the last 90 days"),
    "average": gettext_lazy("Average order"),
    "refund_share": gettext_lazy("Share refunded"),
    "discount_share": gettext_lazy("Share discounted"),
    "visits_30": gettext_lazy("Visits of the last 30 days"),
    "age": gettext_lazy("Days as a customer"),
}
REFUSALS = {
    "no_sales": gettext_lazy("There are no orders of known customers yet."),
    "few_customers": gettext_lazy("Needs at least %(needs)s customers who have ordered; there are %(has)s."),
    "few_orders": gettext_lazy("Needs at least %(needs)s orders of known customers; there are %(has)s."),
    "short_history": gettext_lazy(
        "Needs %(needs)s days of history, so that it can be judged on three past days by what it did not know then; there are %(has)s."
    ),
    "few_trials": gettext_lazy("Too few orders lie before three past days to judge by them."),
    "nobody_bought": gettext_lazy(
        "Nobody ordered within %(days)s days of one of the days it would be judged on: there is nothing to tell apart."
    ),
    "everybody_bought": gettext_lazy(
        "Everybody ordered within %(days)s days of one of the days it would be judged on: there is nothing to tell apart."
    ),
    "few_of_a_class": gettext_lazy(
        "Needs %(needs)s customers who ordered within %(days)s days and as many who did not; of one kind there are only %(has)s."
    ),
    "few_repeating": gettext_lazy("Needs %(needs)s customers who ordered again; there are %(has)s."),
    "nothing_kept": gettext_lazy("As much was refunded as sold: there is no worth to predict."),
    "few_repurchases": gettext_lazy(
        "Needs %(needs)s purchases of a product that the same customer had bought before; there are %(has)s."
    ),
    "one_hour": gettext_lazy("All orders carry the same hour: the data does not say when people order."),
    "one_price": gettext_lazy(
        "Every order was at the usual price, or every one below it: there is nothing to tell apart."
    ),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A reason in words, and whether it raises the risk."""

    text: str
    raises: bool


def refusal(found: dict[str, Any]) -> str:
    """Return why a prediction is not made."""
    facts = {
        name: formats.number(fact) if isinstance(fact, int | float) else fact
        for name, fact in found.get("facts", {}).items()
    }
    return str(REFUSALS.get(found.get("code", ""), found.get("code", ""))) % facts


def risk(chance: float | None) -> tuple[str, str] | None:
    """Return a word for a risk with its tone; None for none."""
    if chance is None:
        return None
    if chance >= rules.HIGH_RISK:
        return _("high"), "bad"
    return (_("medium"), "warn") if chance >= rules.HIGH_RISK / 2 else (_("low"), "good")


def hour(number: int | None) -> str:
    """Return an hour of the day.

    >>> hour(9)
    '09:00–10:00'
    """
    return "" if number is None else f"{number:02}:00–{(number + 1) % 24:02}:00"


def reasons(found: "Sequence[Reason]", customer_id: int) -> list[Said]:
    """Return what moves somebody's risk, each with the fact behind it."""
    standing = value.standing_of(customer_id) if found else None
    own = company.find_company() if found else None
    return reasons_at(found, standing, own.currency if own else "")


def reasons_at(found: "Sequence[Reason]", standing: StandingNow | None, currency: str) -> list[Said]:
    """Return what moves the risk of somebody whose standing is known; asks nothing, for lists."""
    return [Said(_fact(reason.theme, standing, currency), reason.push > 0) for reason in found]


def _fact(theme: str, standing: StandingNow | None, currency: str) -> str:
    write = _FACTS.get(theme)
    said = write(standing, currency) if write is not None and standing is not None else ""
    return said or str(THEMES.get(theme, theme))


def _recency(standing: StandingNow, _currency: str) -> str:
    days = standing.recency_days
    if days is None:
        return ""
    return ngettext("Last order %(days)s day ago", "Last order %(days)s days ago", days) % {
        "days": formats.number(days)
    }


def _rhythm(standing: StandingNow, _currency: str) -> str:
    if not standing.cadence_days:
        return _("No rhythm of ordering yet: all orders on one day")
    return _("Usually orders every %(days)s days") % {"days": formats.number(standing.cadence_days, 0)}


def _frequency(standing: StandingNow, _currency: str) -> str:
    shown = {"orders": formats.number(standing.orders)}
    return ngettext("%(orders)s order so far", "%(orders)s orders so far", standing.orders) % shown


def _value(standing: StandingNow, currency: str) -> str:
    return _("Net revenue of %(amount)s so far") % {"amount": formats.money(standing.net_minor, currency)}


def _refunds(standing: StandingNow, _currency: str) -> str:
    if standing.gross_minor <= 0:
        return ""
    return _("%(share)s of sales refunded") % {"share": formats.percent(standing.refunds_minor / standing.gross_minor)}


def _tenure(standing: StandingNow, _currency: str) -> str:
    return (
        _("Customer since %(day)s") % {"day": formats.day(standing.first_order_on)} if standing.first_order_on else ""
    )


_FACTS: dict[str, Callable[[StandingNow, str], str]] = {
    "recency": _recency, "rhythm": _rhythm, "frequency": _frequency, "value": _value, "refunds": _refunds,
    "tenure": _tenure,
}  # fmt: skip
