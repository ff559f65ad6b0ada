"""What visitors look for, as their shop told us: words, made comparable, and what became of the search.

Words may name people: what fewer than ``LEAST_PEOPLE`` visitors looked for is never shown, only counted. What looks like an
address or a number was taken out before it came here.
"""

import ibis

from shuke.insight.analytics.engine.facts import Column, Table, Tables, during, narrowed, sales
from shuke.insight.analytics.engine.happenings import SEARCHED, millis, said
from shuke.insight.analytics.rules import Period, Scope

LEAST_PEOPLE = 3
# How long after a search an order counts as its fruit.
BUY_DAYS = 7
MOST_LETTERS = 60
# Under which names shops tell how many results there were.
_RESULTS = ("results", "result_count", "results_count", "nb_results")
_NUMBER = r"^[0-9]{1,9}$"


def terms(tables: Tables, scope: Scope) -> Table:
    """Return, by term, how often and by how many it was looked for, found nothing, and led to an order.

    ``people`` are visitors, known or not; ``customers`` are those we know, of whom ``buyers`` ordered within a week.
    ``answered`` are the searches whose shop told how much was found.
    """
    found = _judged(tables, scope)
    grouped = found.group_by("term").aggregate(
        searches=found.count(),
        people=found.visitor.nunique(),
        customers=found.customer_id.nunique(),
        buyers=found.customer_id.nunique(where=found.bought == 1),
        answered=found.results.count(),
        without=(found.results == 0).cast("int64").fill_null(0).sum().cast("int64"),
    )
    return grouped.order_by([ibis.desc("searches"), "term"])


def counts(tables: Tables, scope: Scope) -> Table:
    """Return how often each term was looked for: ``term, searches, people``."""
    found = _searches(tables, scope)
    return found.group_by("term").aggregate(searches=found.count(), people=found.visitor.nunique()).order_by("term")


def people(tables: Tables, scope: Scope, *, term: str, which: str) -> Table:
    """Return the customers who looked for a term ("" is any): ``all``, who did ``not`` order, whose search found ``nothing``."""
    found = _judged(tables, scope)
    found = found.filter(found.customer_id.notnull())
    if term:
        found = found.filter(found.term == term)
    if which == "nothing":
        found = found.filter(found.results == 0)
    each = found.group_by("customer_id").aggregate(bought=found.bought.max())
    return (each.filter(each.bought == 0) if which == "not" else each).select("customer_id")


def _searches(tables: Tables, scope: Scope) -> Table:
    events = tables("events")
    events = narrowed(tables, during(events.filter(events.name == SEARCHED), "occurred_on", scope.period), scope)
    term = comparable(said(events, "query"))
    found = events.select(
        "position", "customer_id", at=millis(events.occurred_at), term=term, results=_results(events),
        # Who looked, known or not; the two kinds of numbers must not meet.
        visitor=ibis.ifelse(
            events.customer_id.notnull(), events.customer_id, -1 - ibis.coalesce(events.identity_id, 0)
        ),
    )  # fmt: skip
    return found.filter(found.term.notnull(), found.term != "")


def comparable(text: Column) -> Column:
    """Return a term as it is compared: small letters, single blanks, not endless."""
    return text.lower().re_replace(r"\s+", " ").strip().substr(0, MOST_LETTERS)


def _results(events: Table) -> Column:
    said_so = ibis.coalesce(*(said(events, name) for name in _RESULTS))
    return said_so.re_search(_NUMBER).ifelse(said_so, ibis.null("string")).try_cast("int64")


def _judged(tables: Tables, scope: Scope) -> Table:
    """Searches, each with whether the customer ordered within the days after it: the next order decides."""
    looked = _searches(tables, scope)
    later = Period(scope.period.starts_on, scope.period.ends_on)
    orders = sales(tables)
    orders = orders.filter(orders.customer_id.notnull(), orders.placed_on >= ibis.date(later.starts_on))
    marks = ibis.union(
        looked.filter(looked.customer_id.notnull()).select("customer_id", "at", "position", order_at=ibis.null("int64")),
        orders.select(
            "customer_id", at=millis(orders.placed_at), position=ibis.null("int64"), order_at=millis(orders.placed_at)
        ),
    )  # fmt: skip
    following = ibis.range_window(group_by=marks.customer_id, order_by=marks.at, following=(0, None))
    marks = marks.mutate(next_at=marks.order_at.min().over(following)).filter(lambda t: t.position.notnull())
    marks = marks.select(
        marked="position",
        bought=(marks.next_at.notnull() & (marks.next_at - marks.at <= BUY_DAYS * 86_400_000)).cast("int64"),
    )
    met = looked.left_join(marks, looked.position == marks.marked).drop("marked")
    return met.mutate(bought=met.bought.fill_null(0))
