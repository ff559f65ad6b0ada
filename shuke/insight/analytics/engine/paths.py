"""What customers did one after the other: the most frequent ways from or to a chosen thing.

A session ends where nothing happened for half an hour; instead of it a window of hours may hold a way together. The same
thing twice in a row counts once. The way of a customer begins with the first time they did the chosen thing in a session (or
window), so nobody's repetition makes a way frequent.
"""

from dataclasses import dataclass
from typing import Any

import ibis

from shuke.insight.analytics.engine.facts import Column, Table, Tables, during, narrowed, sales
from shuke.insight.analytics.engine.funnels import ORDER
from shuke.insight.analytics.engine.happenings import ON_PAGE, PAGE_VIEWED, millis, said
from shuke.insight.analytics.rules import Scope

SESSION_MINUTES = 30
MOST_STEPS = 6
# Told by us or by other systems, not done by anybody on a page.
_NOT_DONE = ("User Identified", "Group Joined", "User Aliased")


@dataclass(frozen=True, slots=True)
class Ways:
    """From an anchor on (or back to what came before it), ``steps`` long, within a session or so many hours."""

    anchor: str
    is_after: bool = True
    steps: int = 4
    hours: int | None = None
    with_pages: bool = False


def ways(tables: Tables, asked: Ways, scope: Scope, *, limit: int) -> Table:
    """Return the ways by frequency: ``step1`` … (NULL: nothing more), how many ways and customers took each."""
    found = _walked(tables, asked, scope)
    names = [f"step{number}" for number in range(1, asked.steps + 1)]
    return (
        found.group_by(names)
        .aggregate(ways=found.count(), customers=found.customer_id.nunique())
        .order_by([ibis.desc("ways"), *names])
        .limit(limit)
    )


def people(tables: Tables, asked: Ways, scope: Scope, *, way: tuple[str, ...], is_end: bool) -> Table:
    """Return the customers who went a way from the anchor, and, with ``is_end``, no step further."""
    found = _walked(tables, asked, scope)
    conditions: list[Any] = [found[f"step{number}"] == name for number, name in enumerate(way, 1)]
    if is_end and len(way) < asked.steps:
        conditions.append(found[f"step{len(way) + 1}"].isnull())
    return (found.filter(conditions) if conditions else found).select("customer_id").distinct()


def names(tables: Tables, scope: Scope, *, limit: int) -> Table:
    """Return what was done in a scope, most frequent first: ``name, times``."""
    done = _done(tables, scope, with_pages=False)
    return done.group_by("name").aggregate(times=done.count()).order_by([ibis.desc("times"), "name"]).limit(limit)


def pages(tables: Tables, scope: Scope, *, limit: int) -> Table:
    """Return the pages looked at, most frequent first, as names of steps."""
    done = _done(tables, scope, with_pages=True)
    seen = done.filter(done.name.startswith(PAGE_VIEWED + ON_PAGE))
    return seen.group_by("name").aggregate(times=seen.count()).order_by([ibis.desc("times"), "name"]).limit(limit)


def _done(tables: Tables, scope: Scope, *, with_pages: bool) -> Table:
    """Everything known customers did: ``customer_id, at, name``."""
    events = during(tables("events"), "occurred_on", scope.period)
    # Facts of our own have names with a dot; what shoppers do has the names of the trade.
    events = events.filter(
        events.customer_id.notnull(), ~events.name.contains("."), events.name.notin(_NOT_DONE),
    )  # fmt: skip
    name = events.name
    if with_pages:
        path = said(events, "path")
        name = ibis.ifelse((events.name == PAGE_VIEWED) & path.notnull(), events.name + ON_PAGE + path, events.name)
    events = narrowed(tables, events, scope)
    sold = during(sales(tables), "placed_on", scope.period)
    sold = narrowed(tables, sold.filter(sold.customer_id.notnull()), scope)
    return ibis.union(
        events.select("customer_id", at=millis(events.occurred_at), name=name),
        sold.select("customer_id", at=millis(sold.placed_at), name=ibis.literal(ORDER)),
    )


def _walked(tables: Tables, asked: Ways, scope: Scope) -> Table:
    """Return one row per way: ``customer_id`` and its steps, the nearest to the anchor first."""
    done = _done(tables, scope, with_pages=asked.with_pages)
    line = {"group_by": done.customer_id, "order_by": [done.at, done.name]}
    done = done.mutate(before=done.at.lag().over(**line), name_before=done.name.lag().over(**line))
    gap = done.before.isnull() | (done.at - done.before > SESSION_MINUTES * 60_000)
    # Once what repeats is left out, a session can only begin with a row that is kept: a gap keeps it.
    is_kept = gap | (done.name != done.name_before) if asked.hours is None else _is_new(done)
    done = done.mutate(begins=gap.cast("int64")).filter(is_kept)
    if asked.hours is None:
        session = done.begins.sum().over(
            ibis.cumulative_window(group_by=done.customer_id, order_by=[done.at, done.name])
        )
        done = done.mutate(part=session)
    else:
        done = done.mutate(part=ibis.literal(0, "int64"))
    return _stepped(_placed(done, asked), asked)


def _is_new(done: Table) -> Column:
    return done.name_before.isnull() | (done.name != done.name_before)


def _placed(done: Table, asked: Ways) -> Table:
    """Number what was done in each part by its distance from the anchor; only what lies on the asked side is kept."""
    forward = [done.at, done.name]
    order = forward if asked.is_after else [ibis.desc(done.at), ibis.desc(done.name)]
    done = done.mutate(place=ibis.row_number().over(group_by=[done.customer_id, done.part], order_by=order))
    # The first time it was done; looking back, the last.
    anchors = done.filter(done.name == asked.anchor)
    anchors = anchors.group_by(["customer_id", "part"]).aggregate(
        anchor_place=anchors.place.min(), anchor_at=anchors.at.min() if asked.is_after else anchors.at.max()
    )
    met = done.inner_join(anchors, ["customer_id", "part"])
    met = met.mutate(distance=met.place - met.anchor_place)
    met = met.filter(met.distance >= 0, met.distance <= asked.steps)
    if asked.hours is not None:
        away = met.at - met.anchor_at if asked.is_after else met.anchor_at - met.at
        met = met.filter(away <= asked.hours * 3_600_000)
    return met


def _stepped(met: Table, asked: Ways) -> Table:
    columns = {
        f"step{number}": ibis.ifelse(met.distance == number, met.name, ibis.null("string")).max()
        for number in range(1, asked.steps + 1)
    }
    return met.group_by(["customer_id", "part"]).aggregate(**columns)
