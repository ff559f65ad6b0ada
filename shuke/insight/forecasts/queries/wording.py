"""Words for series, methods, events, and for why something is not forecast."""

from collections.abc import Mapping
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from shuke.insight.forecasts import rules
from shuke.insight.forecasts.models import Forecast, Unusual
from shuke.insight.forecasts.queries.calendar import Event
from shuke.insight.forecasts.rules import Step
from shuke.platform.company.models import Shop
from shuke.platform.manifest import daily_series
from shuke.platform.ui import formats

Label = str | Promise

MEASURES: Mapping[str, Label] = {
    rules.NET: gettext_lazy("Net sales"),
    rules.GROSS: gettext_lazy("Gross sales"),
    rules.ORDERS: gettext_lazy("Orders"),
    rules.NEW: gettext_lazy("New customers"),
    rules.REFUNDS: gettext_lazy("Refunds"),
    rules.VISITORS: gettext_lazy("Visitors"),
    rules.CONVERSION: gettext_lazy("Conversion"),
}
METHODS: Mapping[str, Label] = {
    "naive": gettext_lazy("same day of the last season"),
    "drift": gettext_lazy("line from the first to the last day"),
    "average": gettext_lazy("mean of the last eight weeks"),
    "recent": gettext_lazy("mean of the last two weeks"),
    "theta": gettext_lazy("Theta"),
    "dynamic": gettext_lazy("dynamic optimised Theta"),
    "regression": gettext_lazy("seasonal regression"),
    "yearly": gettext_lazy("seasonal regression with the year"),
    "pair": gettext_lazy("Theta and regression together"),
    "all": gettext_lazy("all methods together"),
}
STEPS: Mapping[Step, Label] = {
    Step.DAY: pgettext_lazy("forecast", "by day"), Step.WEEK: pgettext_lazy("forecast", "by week"),
}  # fmt: skip


def measure(code: str) -> str:
    """Return what is measured."""
    if code in MEASURES:
        return str(MEASURES[code])
    declared = daily_series().get(code)
    return str(declared.label) if declared else code


def scope(kind: str, key: str, shops: Mapping[int, Shop]) -> str:
    """Return what it is measured of."""
    if kind == rules.SHOP:
        shop = shops.get(int(key)) if key.isdigit() else None
        return shop.name if shop else _("A shop that is gone")
    return key if kind == rules.CATEGORY else _("Whole company")


def figure(value: float | None, code: str, currency: str) -> str:
    """Write a value of a measure."""
    if value is None:
        return formats.NOTHING
    if code in rules.MONEY:
        return formats.money_short(round(value), currency)
    if code in rules.SHARES:
        return formats.percent(value / 100, 1)
    return formats.number(value, 0 if abs(value) >= 20 or float(value).is_integer() else 1)


def chart_format(code: str) -> str:
    """Return how a chart writes a measure."""
    return "money" if code in rules.MONEY else "percent" if code in rules.SHARES else "number"


def chart_value(value: float | None, code: str) -> float | None:
    """Return a value as a chart takes it: whole minor units, shares of one, else to a tenth."""
    if value is None:
        return None
    if code in rules.MONEY:
        return round(value)
    return round(value / 100, 4) if code in rules.SHARES else round(value, 1)


def steps(count: int, step: str) -> str:
    """Write a number of steps."""
    shown = {"count": formats.number(count)}
    if step == Step.WEEK:
        return ngettext("%(count)s week", "%(count)s weeks", count) % shown
    return ngettext("%(count)s day", "%(count)s days", count) % shown


def refusal(found: Forecast) -> str:
    """Say why a series is not forecast."""
    facts = found.refusal.get("facts", {})
    code = found.refusal.get("code", "")
    if code == "empty":
        return _("Nothing of this has happened yet.")
    if code == "short":
        has, needs = steps(facts["has"], facts["step"]), steps(facts["needs"], facts["step"])
        return _(
            "There are %(has)s of history. A forecast that can be judged at three past moments needs %(needs)s."
        ) % {"has": has, "needs": needs}
    if code == "ended":
        return _("Nothing has happened here for %(ago)s, so there is nothing to carry on.") % {
            "ago": steps(facts["ago"], Step.DAY)
        }
    if code == "rare":
        facts = {"share": formats.percent(facts["percent"] / 100)}
        if found.step == Step.DAY:
            return (
                _(
                    "This happened on only %(share)s of the last days, too few to carry on day by day. Look at it by week."
                )
                % facts
            )
        return _("This happened in only %(share)s of the last weeks, too few to carry on.") % facts
    return _("This is not forecast.")


def kind(code: str, measured: str) -> str:
    """Say what sort of anomaly it is; of series of other domains, with what is counted."""
    label = str(Unusual(code).label)
    if code in {Unusual.OTHER_UP, Unusual.OTHER_DOWN}:
        return _("%(what)s: %(measure)s") % {"what": label, "measure": measure(measured)}
    return label


def event(found: Event) -> str:
    """Return what an event is called in the reader's language."""
    return found.name(get_language() or "en")


def span(first: date, last: date) -> str:
    """Write some days."""
    if first == last:
        return formats.day(first)
    return _("%(first)s to %(last)s") % {"first": formats.day(first), "last": formats.day(last)}
