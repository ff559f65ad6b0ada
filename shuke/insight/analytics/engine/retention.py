"""Who came back after they had begun, by when they began and how long after.

A customer begins with the first start that lies in the period, and belongs to the day, week or month of it. A return is a
later moment, never the start itself. Ages are counted in steps of the calendar, or from each customer's own start in
days, weeks and months of thirty days ("rolling").
"""

from dataclasses import dataclass

import ibis

from shuke.insight.analytics.engine.facts import Column, Table, Tables, start_of
from shuke.insight.analytics.engine.happenings import happened, millis
from shuke.insight.analytics.rules import Period, Scope, Step

UNIT_DAYS = {Step.DAY: 1, Step.WEEK: 7, Step.MONTH: 30}


@dataclass(frozen=True, slots=True)
class Retention:
    """Who did ``start`` in the period of a scope, and did ``back`` later, up to and without ``until``."""

    start: str
    back: str
    step: Step
    period: Period
    until: Period
    is_rolling: bool = False


def cells(tables: Tables, asked: Retention, scope: Scope) -> Table:
    """Return, by cohort and age, how many came back in that step of time: ``cohort, age, customers``."""
    found = _returns(tables, asked, scope)
    return (
        found.group_by(["cohort", "age"]).aggregate(customers=found.customer_id.nunique()).order_by(["cohort", "age"])
    )


def lasting(tables: Tables, asked: Retention, scope: Scope) -> Table:
    """Return, by cohort, how many were last seen at which age: those who came back then or later add up from it."""
    found = _returns(tables, asked, scope)
    last = found.group_by(["cohort", "customer_id"]).aggregate(age=found.age.max())
    return last.group_by(["cohort", "age"]).aggregate(customers=last.count()).order_by(["cohort", "age"])


def sizes(tables: Tables, asked: Retention, scope: Scope) -> Table:
    """Return, by cohort, how many began: ``cohort, whole, customers``; ``whole`` is how many steps have passed for them.

    Of a rolling cohort the late ones have fewer steps behind them than the early ones; by the calendar all have as many.
    """
    begun = _begun(tables, asked, scope)
    passed = ibis.date(asked.until.ends_on).delta(begun.began_on, unit="day")
    whole = (passed // UNIT_DAYS[asked.step]).cast("int64") if asked.is_rolling else ibis.literal(0, "int64")
    counted = begun.mutate(whole=whole)
    return counted.group_by(["cohort", "whole"]).aggregate(customers=counted.count()).order_by(["cohort", "whole"])


def people(tables: Tables, asked: Retention, scope: Scope, *, cohort: Period, age: int, mode: str) -> Table:
    """Return the customers of a cell: who ``came`` back at an age, at that age ``or later``, or did ``not`` (yet)."""
    begun = _begun(tables, asked, scope)
    begun = begun.filter(begun.cohort == ibis.date(cohort.starts_on)).select("customer_id")
    if age < 0:
        return begun
    found = _returns(tables, asked, scope)
    came = found.filter(found.age == age if mode != "later" else found.age >= age).select("customer_id").distinct()
    return begun.anti_join(came, "customer_id") if mode == "not" else begun.semi_join(came, "customer_id")


def _begun(tables: Tables, asked: Retention, scope: Scope) -> Table:
    starts = happened(tables, asked.start, scope, asked.period)
    firsts = starts.group_by("customer_id").aggregate(began_at=starts.at.min(), began_on=starts.on.min())
    return firsts.mutate(cohort=start_of(firsts.began_on, asked.step).cast("date"))


def _returns(tables: Tables, asked: Retention, scope: Scope) -> Table:
    """Return each return with its age; a customer may return at many ages."""
    begun = _begun(tables, asked, scope)
    later = happened(tables, asked.back, scope, asked.until).select("customer_id", back_at="at", back_on="on")
    met = later.inner_join(begun, "customer_id")
    met = met.filter(millis(met.back_at) > millis(met.began_at))
    return met.mutate(age=_age(met, asked)).select("customer_id", "cohort", "age")


def _age(met: Table, asked: Retention) -> Column:
    if asked.is_rolling:
        return (met.back_on.delta(met.began_on, unit="day") // UNIT_DAYS[asked.step]).cast("int64")
    if asked.step is Step.MONTH:
        return _months(met.back_on) - _months(met.cohort)
    back = start_of(met.back_on, asked.step).cast("date")
    return (back.delta(met.cohort, unit="day") // UNIT_DAYS[asked.step]).cast("int64")


def _months(day: Column) -> Column:
    return day.year().cast("int64") * 12 + day.month().cast("int64")
