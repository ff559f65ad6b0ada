"""Computing standings, and changing the definitions behind them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.db.models import Q

from shuke.cdp.warehouse import actions as warehouse_actions
from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.value import queries
from shuke.insight.value.engine.standing import standing
from shuke.insight.value.models import Computation, Standing, StandingInterval
from shuke.insight.value.rules import ValueSettings
from shuke.platform.audit.actions import record
from shuke.platform.company import actions as company
from shuke.platform.db.bulk import insert_rows
from shuke.platform.jobs.actions import enqueue
from shuke.platform.jobs.models import Job
from shuke.platform.staff.actor import Actor

JOB = "value.recompute"

_COLUMNS = (
    "customer_id", "orders", "gross_minor", "refunds_minor", "net_minor", "average_order_minor", "first_order_on",
    "last_order_on", "cadence_days", "tier_minor", "contribution_minor", "costed_minor", "r", "f", "m", "fm", "rfm_group", "stage", "tier",
)  # fmt: skip
_PLACE = slice(_COLUMNS.index("r"), None)
_INTERVAL_COLUMNS = ("customer_id", "valid_from", "r", "f", "m", "fm", "rfm_group", "stage", "tier")
# A chunk is one transaction; measured well below the 100 ms that a writer may hold the others up.
_ROWS_AT_ONCE = 1_000

Progress = Callable[[int, int], None]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What a computation did: for which day, over how many customers, how many of them stand differently."""

    as_of: date
    customers: int
    changed: int


def recompute(*, now: datetime, as_of: date | None = None, progress: Progress | None = None) -> Recomputed | None:
    """Score every customer in the warehouse, as of the day where the data ends unless ``as_of`` says otherwise.

    Returns None while there is no sale to score by. The warehouse's table is replaced in one transaction; the copy
    beside the customers follows in short ones and receives only what changed, so a repetition after a crash finishes
    the work. History is kept as intervals: a customer whose place changed leaves one and enters another on ``as_of``.
    """
    day = as_of or warehouse.data_until()
    if day is None or warehouse.last_sale_on() is None:
        return None
    rules = queries.settings()
    gap = queries.gap_days(rules, day)
    warehouse_actions.store(
        "value_standing",
        standing(warehouse.table, rules, as_of=day, gap_days=gap, with_costs=queries.knows_costs()),
    )
    found = warehouse.table("value_standing").select(*_COLUMNS).order_by("customer_id")
    customers, changed = _copy(warehouse.execute(found, timeout=300), day, progress)
    Computation.objects.update_or_create(
        pk=1, defaults={"as_of": day, "computed_at": now, "gap_days": gap, "customers": customers, "changed": changed}
    )
    return Recomputed(day, customers, changed)


def _copy(found: pa.Table, as_of: date, progress: Progress | None) -> tuple[int, int]:
    """Make the copy equal to ``found`` and return how many rows there are and how many changed."""
    changed = done = 0
    after = 0
    for rows in _chunks(found):
        changed += _copy_range(rows, after, rows[-1][0], as_of)
        after = rows[-1][0]
        done += len(rows)
        if progress is not None:
            progress(done, found.num_rows)
    Standing.objects.filter(customer_id__gt=after).delete()
    StandingInterval.objects.filter(customer_id__gt=after).delete()
    return found.num_rows, changed


def _chunks(found: pa.Table) -> Iterator[list[Row]]:
    for start in range(0, found.num_rows, _ROWS_AT_ONCE):
        part = found.slice(start, _ROWS_AT_ONCE)
        yield list(zip(*(column.to_pylist() for column in part.columns), strict=True))


def _copy_range(rows: Sequence[Row], after: int, until: int, as_of: date) -> int:
    """Bring the customers in (``after``, ``until``] up to date."""
    present = Standing.objects.filter(customer_id__gt=after, customer_id__lte=until)
    known: dict[int, Row] = {row[0]: row for row in present.values_list(*_COLUMNS)}
    changed = [row for row in rows if known.get(row[0]) != row]
    gone = known.keys() - {row[0] for row in rows}
    if not changed and not gone:
        return 0
    stale = [row[0] for row in changed if row[0] in known]
    moved = [row for row in changed if row[0] not in known or known[row[0]][_PLACE] != row[_PLACE]]
    with transaction.atomic():
        if gone or stale:
            Standing.objects.filter(customer_id__in=[*gone, *stale]).delete()
        if gone:
            StandingInterval.objects.filter(customer_id__in=gone).delete()
        insert_rows(Standing, _COLUMNS, changed)
        _move([row[0] for row in moved if row[0] in known], moved, as_of)
    return len(changed)


def _move(known: Sequence[int], rows: Sequence[Row], as_of: date) -> None:
    """Close the intervals of customers who moved and open new ones.

    A computation for an earlier day than the last (its data was taken back) cuts history off there.
    """
    if known:
        theirs = StandingInterval.objects.filter(customer_id__in=known)
        theirs.filter(valid_from__gte=as_of).delete()
        theirs.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=as_of)).update(valid_to=as_of)
    insert_rows(StandingInterval, _INTERVAL_COLUMNS, [(row[0], as_of, *row[_PLACE]) for row in rows])


def ask_for_recompute(*, now: datetime, by: Actor | None = None, after: timedelta = timedelta()) -> Job:
    """Queue one computation and return its job: the one that waits, or the running one, which then runs once more."""
    return enqueue(JOB, now=now, run_at=now + after, dedupe_key=JOB, repeat_if_running=True, by=by)


def keep_up(*, now: datetime) -> None:
    """Ask for new scores when a day has turned without a sale: what is said of people is said of today."""
    last = queries.computation()
    if last is None or warehouse.last_sale_on() is None:
        return
    day = warehouse.data_until()
    if day is not None and day > last.as_of:
        ask_for_recompute(now=now)


@transaction.atomic
def configure(values: ValueSettings, *, by: Actor, now: datetime) -> list[str]:
    """Save the company's definitions, ask for a computation with them, and return the names of those that changed."""
    before, after = queries.settings().model_dump(mode="json"), values.model_dump(mode="json")
    changed = sorted(name for name in after if before[name] != after[name])
    if changed:
        company.save_settings("value", values, now=now)
        facts = {name: {"was": before[name], "now": after[name]} for name in changed}
        record(by, "value.configured", target="value.ValueSettings", summary=facts, now=now)
        ask_for_recompute(now=now, by=by)
    return changed
