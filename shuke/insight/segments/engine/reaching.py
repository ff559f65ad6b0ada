"""Who may be reached: where consent stands for a channel, read strictly. What is not known permits nothing."""

from datetime import UTC, date, datetime, timedelta

import ibis
import ibis.expr.types as ir

from shuke.insight.segments.engine.facts import TableOf
from shuke.insight.segments.engine.resolved import Book
from shuke.insight.segments.rules.language import ReachClause

_GRANTING = ("granted", "confirmed")


def standing_of(clause: ReachClause, as_of: date, table: TableOf) -> ir.Table:
    """Return the rows of a channel, purpose and topic with ``standing``: the state, ``expired`` once its time is over.

    A permission has to hold for the whole day of evaluation. Whoever has no address of the channel has no row.
    """
    rows = table("reachability")
    rows = rows.filter(
        rows.channel == clause.channel, rows.purpose == clause.purpose, rows.topic.coalesce("") == clause.topic
    )
    tomorrow = datetime.combine(as_of + timedelta(days=1), datetime.min.time(), UTC).replace(tzinfo=None)
    said = rows.state.coalesce("")
    is_over = (
        said.isin(_GRANTING) & rows.valid_until.notnull() & (rows.valid_until < ibis.literal(tomorrow)).fill_null(False)
    )
    standing = ibis.cases((is_over, "expired"), (said == "", "never_asked"), else_=said)
    return rows.mutate(standing=standing, blocked=rows.is_suppressed.fill_null(True))


def permitted(rows: ir.Table, clause: ReachClause, book: Book) -> ir.BooleanValue:
    """Return the condition that a row of ``standing_of`` permits: granted, confirmed where that is asked, not suppressed."""
    is_strict = clause.channel == "email" and clause.purpose == "marketing" and book.email_needs_confirmation
    return rows.standing.isin(_GRANTING[1:] if is_strict else _GRANTING) & ~rows.blocked
