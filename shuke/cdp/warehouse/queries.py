"""Questions to the warehouse.

Analysis is an Ibis expression over ``table(name)``; ``execute`` compiles it for the engine in force and runs it.
Values from outside go in as Ibis literals (``orders.country == country``), never into SQL text.
"""

import os
import threading
from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from shuke.cdp.events import queries as log
from shuke.cdp.warehouse.engine import compiling
from shuke.cdp.warehouse.engine.stores import Store, Ticket
from shuke.cdp.warehouse.rules import TABLES, Load
from shuke.platform.company import queries as company

if TYPE_CHECKING:
    from shuke.cdp.warehouse.engine.excerpt import Excerpt

QUERY_SECONDS = 60.0

__all__ = [
    "Ticket",
    "data_until",
    "events",
    "excerpt",
    "execute",
    "lag",
    "last_sale_on",
    "load_state",
    "question",
    "rows",
    "scalar",
    "table",
    "table_counts",
    "today",
    "version",
]

_guard = threading.Lock()
_bound: Store | None = None
_bound_in = 0
_peeked: dict[str, tuple[str, bool]] = {}


def store() -> Store:
    """Return this process's warehouse, opening it on first use.

    Opened late on purpose: a handle made before a fork must not be used after it.
    """
    global _bound, _bound_in
    with _guard:
        if _bound is None or _bound_in != os.getpid():
            _bound, _bound_in = _open(), os.getpid()
        found: Store = _bound
        return found


def bind(opened: Store | None) -> Store | None:
    """Put another warehouse in the place of this process's one and return the former; for tests and shutdown."""
    global _bound, _bound_in
    with _guard:
        former, _bound, _bound_in = _bound, opened, os.getpid()
        return former


def _open() -> Store:
    place = settings.SHUKE_WAREHOUSE
    if place.engine == "spark":
        from shuke.cdp.warehouse.engine.spark import SparkStore

        return SparkStore(place.location, place.path, time_zone=time_zone())
    from shuke.cdp.warehouse.engine.duckdb import DuckStore

    return DuckStore(place.path, memory_limit=settings.SHUKE_WAREHOUSE_MEMORY, time_zone=time_zone())


def time_zone() -> str:
    """Return the zone in which days are cut: the company's."""
    found = company.find_company()
    return found.time_zone if found else "UTC"


def table(name: str) -> ir.Table:
    """Return a warehouse table to build expressions on; the names and columns are in ``rules.TABLES``."""
    return compiling.unbound(name)


def events() -> ir.Table:
    """Return the events with the customer they belong to today, in the columns of the table.

    Identities that changed hands since take their events with them; what concerns a merged customer as such counts for
    the survivor meanwhile. Questions per customer ask this, not ``table("events")``. What nobody needs is not joined.
    """
    found = table("events")
    holder = found.customer_id
    if _has_rows("customer_redirects"):
        merged = table("customer_redirects")
        merged = merged.select(merged_id=merged.customer_id, into_id=merged.into_id)
        found = found.left_join(merged, found.customer_id == merged.merged_id)
        holder = ibis.coalesce(found.into_id, found.customer_id)
    if _has_rows("identity_overrides"):
        found = found.mutate(as_said=holder)
        moved = table("identity_overrides")
        moved = moved.select(moved_id=moved.identity_id, holder_id=moved.customer_id)
        found = found.left_join(moved, found.identity_id == moved.moved_id)
        holder = ibis.ifelse(found.moved_id.notnull(), found.holder_id, found.as_said)
    return found.mutate(customer_id=holder).select(*TABLES["events"])


def _has_rows(name: str) -> bool:
    """Whether a table has any row, asked once for every state of the warehouse."""
    at = version()
    known = _peeked.get(name)
    if known is None or known[0] != at:
        known = _peeked[name] = at, bool(scalar(table(name).count()))
    return known[1]


def today(name: str) -> ir.Table:
    """Return a table as it stands today: what ``table`` returns, and events under today's customers."""
    return events() if name == "events" else table(name)


def excerpt(
    customer_ids: Collection[int], names: Collection[str], *, event_names: Collection[str] = (),
    instead: Mapping[str, pa.Table] | None = None, timeout: float = QUERY_SECONDS,
) -> "Excerpt":  # fmt: skip
    """Return some customers' part of the tables ``names``, to ask many questions about few people.

    Of events, those of ``event_names`` that belong to them today; of products, those in their lines. ``instead`` gives
    tables whose rows are better known elsewhere. The excerpt is as new as the warehouse is when it is made.
    """
    from shuke.cdp.warehouse.engine.excerpt import Excerpt

    opened, ids = store(), sorted(customer_ids)
    found: dict[str, pa.Table] = {}
    for name in sorted(set(names) - {"events", "products"} - set(instead or ())):
        found[name] = opened.pick(name, {"customer_id": ids}, timeout=timeout)
    if "products" in names:
        lines = [found[name].column("product_id") for name in ("order_lines", "refund_lines") if name in found]
        wanted = sorted({pk for column in lines for pk in column.to_pylist() if pk is not None})
        found["products"] = opened.pick("products", {"product_id": wanted}, timeout=timeout)
    if event_names:
        found |= _events_of(opened, ids, sorted(event_names), timeout)
    return Excerpt({**found, **(instead or {})})


def question(expression: ir.Expr) -> str:
    """Return an expression whose rows are customers, written down to be asked of many excerpts."""
    from shuke.cdp.warehouse.engine import excerpt as engine

    return engine.question(expression)


def _events_of(opened: Store, ids: list[int], names: list[str], timeout: float) -> dict[str, pa.Table]:
    """Return the events that belong to customers today, and the tables that say so."""
    found: dict[str, pa.Table] = {}
    holders, identities = list(ids), list[int]()
    if _has_rows("customer_redirects"):
        found["customer_redirects"] = opened.pick("customer_redirects", {"into_id": ids}, timeout=timeout)
        holders += found["customer_redirects"].column("customer_id").to_pylist()
    events_table = opened.pick("events", {"customer_id": holders, "name": names}, timeout=timeout)
    if _has_rows("identity_overrides"):
        found["identity_overrides"] = execute(table("identity_overrides"), timeout=timeout)
        owned = zip(*(found["identity_overrides"].column(at).to_pylist() for at in (0, 1)), strict=True)
        identities = [identity for identity, owner in owned if owner in set(ids)]
    if identities:
        moved = opened.pick("events", {"identity_id": identities, "name": names}, timeout=timeout)
        is_new = pc.invert(
            pc.is_in(moved.column("position"), value_set=events_table.column("position").combine_chunks())
        )
        events_table = pa.concat_tables([events_table, moved.filter(is_new)])
    return {**found, "events": events_table}


def execute(expression: ir.Expr, *, timeout: float = QUERY_SECONDS, ticket: Ticket | None = None) -> pa.Table:
    """Run an expression and return its rows.

    Raises ``QueryTimedOut`` after ``timeout`` seconds, ``QueryCancelled`` after ``ticket.cancel()`` from another thread,
    ``QueryTooLarge`` when memory runs out. None of these disturbs other queries.
    """
    opened = store()
    found = opened.query(compiling.sql_of(expression, opened.dialect), timeout=timeout, ticket=ticket)
    return compiling.as_declared(found, expression)


def rows(expression: ir.Expr, *, timeout: float = QUERY_SECONDS, ticket: Ticket | None = None) -> list[dict[str, Any]]:
    """Run an expression and return its rows as dictionaries. Times are UTC without a zone."""
    found: list[dict[str, Any]] = execute(expression, timeout=timeout, ticket=ticket).to_pylist()
    return found


def scalar(expression: ir.Expr, *, timeout: float = QUERY_SECONDS, ticket: Ticket | None = None) -> Any:
    """Run an expression that yields one value and return it; None for no row."""
    found = execute(expression, timeout=timeout, ticket=ticket)
    return found.column(0)[0].as_py() if found.num_rows else None


def knows_asof() -> bool:
    """Whether the engine in force joins each row with the latest earlier one of another table."""
    return store().dialect == "duckdb"


def sql(expression: ir.Expr) -> str:
    """Return what the engine in force would be asked, for tests and explanations."""
    return compiling.sql_of(expression, store().dialect)


def data_until() -> date | None:
    """Return the company's day of the last sale, refund or visit, None while there is none.

    Pages and rules take it as "today", so that a history which ends years ago can still be explored, and so that the first
    visitor of a morning already lives in it.
    """
    last = last_sale_on()
    happened = table("events")
    # Only what came after the last sale is looked at, hardly anything in a shop that sells every day.
    later = happened if last is None else happened.filter(happened.occurred_on > ibis.literal(last))
    visits = later.filter(later.name.notin(sorted(log.own_names())))
    seen: date | None = scalar(visits.aggregate(on=visits.occurred_on.max()))
    return seen or last


def last_sale_on() -> date | None:
    """Return the company's day of the last sale or refund, None while there is none."""
    sold, refunded = table("orders"), table("refunds")
    last = sold.aggregate(on=sold.placed_on.max()).union(refunded.aggregate(on=refunded.refunded_on.max()))
    found: date | None = scalar(last.aggregate(on=last.on.max()))
    return found


def load_state() -> Load:
    """Return how far the warehouse has read the log, under which schema and time zone."""
    return store().load()


def version() -> str:
    """Return a text that differs whenever anything was written: what to remember answers under."""
    return store().version


def lag() -> int:
    """Return how many positions of the log the warehouse has not read yet."""
    return max(0, log.last_position() - load_state().position)


def table_counts() -> dict[str, int]:
    """Return how many rows each table holds."""
    counts = [table(name).aggregate(name=ibis.literal(name), rows=table(name).count()) for name in TABLES]
    return {row["name"]: row["rows"] for row in rows(ibis.union(*counts))}
