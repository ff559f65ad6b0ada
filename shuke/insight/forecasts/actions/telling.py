"""Looking at new days, keeping what is unusual about them, and telling it: once each, however long it lasts."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.insight.forecasts import rules
from shuke.insight.forecasts.engine import alarms, folding
from shuke.insight.forecasts.engine.alarms import Alarm
from shuke.insight.forecasts.engine.assembling import History
from shuke.insight.forecasts.engine.folding import Cause
from shuke.insight.forecasts.engine.running import Watched
from shuke.insight.forecasts.models import Anomaly, AnomalyState, Run, Unusual
from shuke.insight.forecasts.rules import SHOP, SeriesKey, Step
from shuke.platform.audit.actions import record
from shuke.platform.company import queries as company
from shuke.platform.manifest import daily_series
from shuke.platform.notices.actions import day, money, notify, share, words
from shuke.platform.staff.actor import Actor
from shuke.vocabulary.forecasts import AnomalyNoticed

# What a first run looks back on; later runs look at the days since the last one, up to this.
FIRST_LOOK_DAYS = 28
# Refunds are told of when they exceed the usual by this share of what a step usually sells.
_USUAL_STEPS, _LEAST_OF_SALES = 28, 0.5
# Which way of leaving the usual is worth an alert, by measure.
SIDES: Mapping[str, Sequence[str]] = {
    rules.ORDERS: (alarms.UP, alarms.DOWN), rules.GROSS: (alarms.UP, alarms.DOWN), rules.REFUNDS: (alarms.UP,),
    rules.CONVERSION: (alarms.DOWN,), rules.VISITORS: (alarms.UP, alarms.DOWN),
}  # fmt: skip


def look(run: Run, watched: Sequence[Watched], histories: Mapping[Step, History], *, now: datetime) -> list[Anomaly]:
    """Look at the days since the last look and keep what is unusual; return what is new."""
    checked = Run.objects.filter(checked_until__isnull=False).order_by("-pk").values_list("checked_until", flat=True)
    since = max(checked.first() or date.min, run.as_of - timedelta(days=FIRST_LOOK_DAYS))
    sides = {**SIDES, **{name: one.watched for name, one in daily_series().items()}}
    fresh = {step: _fresh(history, since) for step, history in histories.items()}
    looked = alarms.look(watched, fresh, sides)
    causes = folding.causes(
        (alarm, histories[alarm.step].day(alarm.place))
        for alarm in looked.alarms
        if _is_worth_it(alarm, histories[alarm.step])
    )
    with transaction.atomic():
        made = [one for one in (_kept(cause, now) for cause in causes) if one is not None]
        _publish(made, now)
        _notify(made, now)
        run.checked_until, run.tests, run.alarms = run.as_of, looked.tests, len(looked.alarms)
    return made


def _is_worth_it(alarm: Alarm, history: History) -> bool:
    """Whether refunds beyond the usual come to anything beside what is sold: one dear parcel that comes back is no spike."""
    sold = history.series.get(SeriesKey(rules.GROSS, alarm.key.scope, alarm.key.scope_key))
    if alarm.key.measure != rules.REFUNDS or sold is None:
        return True
    recent = sold[max(0, alarm.place - _USUAL_STEPS) : alarm.place]
    return alarm.seen - alarm.expected >= _LEAST_OF_SALES * float(recent.mean() if len(recent) else 0)


def _fresh(history: History, since: date) -> int:
    """Return the first step that ended after a day."""
    return max((since - history.first).days + 1, 0) // history.step.days


def _kept(cause: Cause, now: datetime) -> Anomaly | None:
    """Keep a cause; None where it goes on from an anomaly that was told already."""
    before = Anomaly.objects.filter(
        kind=cause.kind, scope=cause.key.scope, scope_key=cause.key.scope_key, step=cause.step.value,
        last_on__gte=cause.first - timedelta(days=folding.GAP_DAYS), first_on__lte=cause.last,
    ).order_by("-last_on").first()  # fmt: skip
    if before is None:
        return Anomaly.objects.create(
            kind=cause.kind, step=cause.step.value, measure=cause.key.measure, scope=cause.key.scope,
            scope_key=cause.key.scope_key, first_on=cause.first, last_on=cause.last, seen=cause.seen,
            expected=cause.expected, low=cause.low, high=cause.high, chance=cause.chance, others=cause.others,
            found_at=now,
        )  # fmt: skip
    if before.last_on < cause.last and before.measure == cause.key.measure:
        whole = Cause(
            before.kind, SeriesKey(before.measure, before.scope, before.scope_key), cause.step, before.first_on,
            before.last_on, before.seen, before.expected, before.low, before.high, before.chance, list(before.others),
        )  # fmt: skip
        folding.extend(whole, cause)
        for name in ("seen", "expected", "low", "high", "chance", "others"):
            setattr(before, name, getattr(whole, name))
    before.last_on = max(before.last_on, cause.last)
    before.save()
    return None


def _publish(made: Sequence[Anomaly], now: datetime) -> None:
    by = Provenance("shuke", "system:forecasts", now, historical=False)
    events.publish(
        [
            NewEvent.of(
                AnomalyNoticed(
                    anomaly_id=one.pk, kind=one.kind, measure=one.measure, scope=one.scope,
                    shop_id=int(one.scope_key) if one.scope == SHOP else None, first_on=one.first_on.isoformat(),
                ),
                customer_id=None, occurred_at=now, by=by,
            )
            for one in made
        ]
    )  # fmt: skip


# What people are told, by kind: each sentence names what it is about.
_SAID = {
    Unusual.REFUNDS: gettext_noop("Refunds jumped: %(of)s, %(day)s"),
    Unusual.CONVERSION: gettext_noop("Fewer visitors buy: %(of)s, %(day)s"),
    Unusual.DEMAND_UP: gettext_noop("Unusually high demand: %(of)s, %(day)s"),
    Unusual.DEMAND_DOWN: gettext_noop("Unusually low demand: %(of)s, %(day)s"),
    Unusual.OTHER_UP: gettext_noop("Unusually high figures: %(of)s, %(day)s"),
    Unusual.OTHER_DOWN: gettext_noop("Unusually low figures: %(of)s, %(day)s"),
}
_WRONG = frozenset({Unusual.REFUNDS, Unusual.CONVERSION, Unusual.DEMAND_DOWN})
_DETAIL = gettext_noop("%(measure)s: %(seen)s seen, %(expected)s expected")
# A first look goes back for weeks; nobody needs to be told today of what is long past.
_TELL_DAYS = 7


def _notify(made: Sequence[Anomaly], now: datetime) -> None:
    """Tell those who see forecasts, once per anomaly."""
    shops = {str(shop.pk): shop.name for shop in company.shops()}
    currency = company.company().currency if made else ""
    for one in made:
        if one.last_on < now.date() - timedelta(days=_TELL_DAYS):
            continue
        whole = words(gettext_noop("Whole company"))
        of = shops.get(one.scope_key, one.scope_key) if one.scope == SHOP else one.scope_key or whole
        facts = {"measure": _measure(one.measure), "seen": _fact(one.seen, one.measure, currency),
                 "expected": _fact(one.expected, one.measure, currency)}  # fmt: skip
        notify(
            "forecasts.unusual", _SAID[Unusual(one.kind)], now=now, facts={"of": of, "day": day(one.first_on)},
            lines=[(_DETAIL, facts)], permission="forecasts.view", link=reverse("forecasts:anomaly", args=[one.uuid]),
            severity="warn" if one.kind in _WRONG else "info", dedupe_key=f"anomaly:{one.pk}",
        )  # fmt: skip


def _measure(code: str) -> Any:
    names = {
        rules.GROSS: "Gross sales", rules.ORDERS: "Orders", rules.REFUNDS: "Refunds", rules.VISITORS: "Visitors",
        rules.CONVERSION: "Conversion", rules.NEW: "New customers", rules.NET: "Net sales",
    }  # fmt: skip
    return words(names[code]) if code in names else str(daily_series()[code].label)


def _fact(value: float, code: str, currency: str) -> Any:
    """Return a figure as each reader's language writes it."""
    if code in rules.MONEY:
        return money(round(value), currency)
    return share(value / 100) if code in rules.SHARES else round(value, 1) if value < 20 else round(value)


@transaction.atomic
def handle(one: Anomaly, state: str, note: str, *, by: Actor, now: datetime) -> Anomaly:
    """Note what staff make of an anomaly: being looked into, explained in words, or new again."""
    one.state, one.note = AnomalyState(state), note.strip()
    one.handled_by, one.handled_by_label, one.handled_at = by.reference, by.label, now
    one.save()
    record(
        by, "forecasts.anomaly_handled", target=f"forecasts.Anomaly:{one.pk}", summary={"kind": one.kind, "now": state},
        now=now,
    )  # fmt: skip
    return one
