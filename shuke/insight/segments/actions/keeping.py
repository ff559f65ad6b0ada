"""Keeping segments true while facts arrive.

Runs behind the loader of the warehouse and reads the log as far as that has come, so that nothing is judged by facts
that are not there yet. A batch of events touches customers; the facts of these customers are read once, and every
segment that rests on what changed is worked out over them. What happens to nobody's facts, the turning of a day, touches
those whose facts leave a rolling period or enter it. Where too many are touched, the segment is computed as a set.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import reduce
from typing import Any
from uuid import UUID

import ibis
import ibis.expr.types as ir
from django.db import IntegrityError, transaction
from django.db.models import F

from shuke.cdp.events import actions as log
from shuke.cdp.events import queries as events
from shuke.cdp.events.actions import Provenance
from shuke.cdp.events.queries import Envelope
from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.segments import errors, queries
from shuke.insight.segments.actions import compute, membership
from shuke.insight.segments.actions.membership import Move
from shuke.insight.segments.engine import compiler
from shuke.insight.segments.engine.resolved import Book
from shuke.insight.segments.models import Computation, Kind, Segment, State
from shuke.insight.segments.rules.dependencies import Reads, Turn, every_clause, reads_of, turns_of
from shuke.insight.segments.rules.language import Clause, Group
from shuke.insight.segments.rules.membership import FOLLOWER
from shuke.platform.manifest import Dataset, datasets, segment_fields
from shuke.platform.staff.actor import Actor

SUBSCRIBER = FOLLOWER
EVENTS_AT_ONCE = 5_000
# Beyond this many customers, or this far behind, computing a segment as a set is the quicker way.
MOST_TOUCHED = 5_000
MOST_BEHIND = 50_000
DAY = "day"
_SYSTEM = Actor.system("segments")
# After these nothing about the people they name can be taken for granted, not even that they exist.
_UPSETTING = frozenset({
    "customer.created", "customer.merged", "customer.split", "customer.erased", "customer.restricted", "identity.moved",
    "import.rows_undone",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Watched:
    """A segment in use as it is followed: its rule, taken apart, and what it rests on."""

    segment: Segment
    rule: Group
    book: Book
    reads: Reads
    clauses: list[Clause] = field(hash=False)
    # The rule as asked of a few customers, by day; kept for as long as no segment changes.
    questions: dict[date, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Cause:
    """The fact that touched a customer."""

    name: str
    uuid: UUID | None = None


Touched = dict[int, Cause]
_known: dict[str, Any] = {"key": None, "watched": []}
_asked: set[tuple[int, date]] = set()


def keep_up(*, now: datetime) -> int:
    """Bring every segment in use to where the warehouse is; return how many memberships changed.

    The place in the log is remembered after the work, so a batch is judged again after a crash, which changes nothing.
    """
    loaded, cursor = warehouse.load_state().position, events.cursor_of(SUBSCRIBER)
    watched = watched_segments()
    if not cursor or not watched:
        log.advance(SUBSCRIBER, loaded, now=now)
        return 0
    try:
        today = queries.today()
    except errors.NothingToAnalyse:
        return 0
    moved, position = 0, cursor
    if loaded - position > MOST_BEHIND:
        _ask(watched, today, now)
        position = loaded
    while position < loaded:
        batch = events.envelopes(after=position, until=loaded, limit=EVENTS_AT_ONCE)
        moved += apply(batch, watched, today, now=now) if batch else 0
        position = batch[-1].position if batch else loaded
        log.advance(SUBSCRIBER, position, now=now)
    log.advance(SUBSCRIBER, position, now=now)
    # After the facts, so that those who moved are told by what; the segments still say which day they are of.
    return moved + turn(watched, today, now=now)


def watched_segments() -> list[Watched]:
    """Return the segments whose members were computed and whose rules can be used, read anew when any has changed."""
    active = Segment.objects.filter(state=State.ACTIVE).order_by("pk")
    key = tuple(active.values_list("uuid", "changed_at", "rule_changed_at"))
    if _known["key"] != key:
        inner = {str(one.uuid): None if one.is_list else queries.rule_of(one) for one in active}
        _known["watched"] = [one for segment in active if (one := _watch(segment, inner)) is not None]
        _known["key"] = key
    present = active.filter(kind=Kind.RULE, computed_at__isnull=False, computed_at__gte=F("rule_changed_at")).in_bulk()
    return [replace(one, segment=present[one.segment.pk]) for one in _known["watched"] if one.segment.pk in present]


def _watch(segment: Segment, inner: Mapping[str, Group | None]) -> Watched | None:
    if segment.is_list:
        return None
    try:
        rule, book = queries.checked(segment.rule, own=segment.uuid)
    except errors.InvalidRule:
        return None
    return Watched(segment, rule, book, reads_of(rule, inner), every_clause(rule, inner))


# -- facts that arrived


def apply(batch: Sequence[Envelope], watched: Sequence[Watched], today: date, *, now: datetime) -> int:
    """Work out anew the segments that rest on what a batch of events changed, for whom it touched."""
    touched = _touched(batch, watched)
    due: list[tuple[Watched, Touched]] = []
    for one in watched:
        if touched.everybody & one.reads.tables:
            _ask([one], today, now)
            continue
        mine = dict(touched.upset)
        for table in one.reads.tables:
            mine |= touched.tables.get(table, {})
        for name in one.reads.events:
            mine |= touched.events.get(name, {})
        if mine:
            due.append((one, mine))
    return _work_out(due, today, now)


@dataclass(slots=True)
class _Touches:
    """Whom a batch touched: by table, by name of event, altogether; and the tables that changed for everybody."""

    tables: dict[str, Touched] = field(default_factory=dict)
    events: dict[str, Touched] = field(default_factory=dict)
    upset: Touched = field(default_factory=dict)
    everybody: set[str] = field(default_factory=set)


def _touched(batch: Sequence[Envelope], watched: Sequence[Watched]) -> _Touches:
    read = {table for one in watched for table in one.reads.tables}
    names = {name for one in watched for name in one.reads.events}
    found = _Touches()
    for event in batch:
        cause = Cause(event.name, event.uuid)
        if event.name in _UPSETTING:
            found.upset |= dict.fromkeys(_people_in(event), cause)
        if event.name in names and event.customer_id is not None:
            found.events.setdefault(event.name, {})[event.customer_id] = cause
        if event.name in {"segment.entered", "segment.left"} and event.customer_id is not None:
            found.tables.setdefault("segment_members", {})[event.customer_id] = cause
    for dataset in datasets().values():
        if dataset.name in read and dataset.name != "segment_members":
            _touch_by(dataset, batch, found)
    _touch_announced(batch, read, found)
    return found


def _people_in(event: Envelope) -> set[int]:
    said = event.properties
    people = {event.customer_id, said.get("survivor_id"), said.get("merged_id"), *said.get("customer_ids", ())}
    return {one for one in people if one is not None}


def _touch_by(dataset: Dataset, batch: Sequence[Envelope], found: _Touches) -> None:
    """Ask a dataset which of its rows a batch may have changed, and whose they are."""
    keys = dataset.touched_by(list(batch))
    if not keys:
        return
    columns = list(dataset.columns)
    if "customer_id" not in columns:
        found.everybody.add(dataset.name)
        return
    firsts = {one.name: one for one in reversed(batch)}
    names = {name for name, one in firsts.items() if dataset.touched_by([one])}
    causes = {
        one.customer_id: Cause(one.name, one.uuid) for one in batch if one.name in names and one.customer_id is not None
    }
    people = set(keys)
    if dataset.key != "customer_id":
        at = columns.index("customer_id")
        # Rows that are gone say no more whose they were; the events do.
        people = {row[at] for row in dataset.rows(sorted(keys)) if row[at] is not None} | set(causes)
    unknown = Cause("")
    found.tables.setdefault(dataset.name, {}).update({one: causes.get(one, unknown) for one in people})


def _touch_announced(batch: Sequence[Envelope], read: set[str], found: _Touches) -> None:
    """Follow what other domains announce of the fields they contribute."""
    told = {name: one.table for one in segment_fields().values() for name in one.announced_by if one.table in read}
    for event in batch if told else ():
        if event.name in told and event.customer_id is None:
            found.everybody.add(told[event.name])
        elif event.name in told and event.customer_id is not None:
            found.tables.setdefault(told[event.name], {})[event.customer_id] = Cause(event.name, event.uuid)


# -- days that turned


def turn(watched: Sequence[Watched], today: date, *, now: datetime) -> int:
    """Work out anew whom the passing of days can have moved; segments about value wait for the scores of the day."""
    late = [
        one for one in watched
        if one.segment.as_of and one.segment.as_of != today and not one.reads.is_derived
        and (one.segment.pk, today) not in _asked
    ]  # fmt: skip
    due: list[tuple[Watched, Touched]] = []
    for one in late:
        assert one.segment.as_of is not None
        turns = turns_of(one.clauses, one.segment.as_of, today) if one.segment.as_of < today else None
        people = None if turns is None else _dated(turns)
        if people is None:
            _ask([one], today, now)
        else:
            due.append((one, dict.fromkeys(people, Cause(DAY))))
    moved = _work_out([(one, people) for one, people in due if people], today, now)
    Segment.objects.filter(pk__in=[one.segment.pk for one, _ in due]).update(as_of=today)
    return moved


def _dated(turns: Sequence[Turn]) -> list[int] | None:
    """Return whose facts are dated in some spans; None where that is nearly everybody."""
    if not turns:
        return []
    parts = [_dated_in(turn) for turn in turns]
    found = reduce(lambda one, two: one.union(two), parts).distinct().limit(MOST_TOUCHED + 1)
    ids = warehouse.execute(found).column(0).to_pylist()
    return None if len(ids) > MOST_TOUCHED else ids


def _dated_in(turn: Turn) -> ir.Table:
    rows = warehouse.today(turn.table)
    day = rows[turn.column]
    inside = rows.filter(
        rows.customer_id.notnull(), day >= ibis.literal(turn.first), day <= ibis.literal(turn.last)
    )  # fmt: skip
    return inside.select("customer_id").distinct()


def _ask(watched: Iterable[Watched], today: date, now: datetime) -> None:
    """Have segments computed as sets, once a day each unless they wait already."""
    for one in watched:
        if one.segment.as_of == today or (one.segment.pk, today) not in _asked:
            _asked.add((one.segment.pk, today))
            compute.ask(one.segment, by=_SYSTEM, now=now)


# -- working out


def _work_out(due: Sequence[tuple[Watched, Touched]], today: date, now: datetime) -> int:
    """Judge the touched customers by every segment that is due, and write who moved."""
    wide = [one for one, people in due if len(people) > MOST_TOUCHED]
    _ask(wide, today, now)
    due = [(one, people) for one, people in due if len(people) <= MOST_TOUCHED]
    if not due:
        return 0
    with ExitStack() as turns:
        for one, _ in due:
            turns.enter_context(compute.alone(one.segment))
        moves = _moves(due, today)
        try:
            membership.move(moves, by=Provenance("segments", _SYSTEM.reference, now))
        except IntegrityError:  # another process is at the same segments and finishes them
            _ask([one for one, _ in due], today, now)
            return 0
        _note(moves, today, now)
    membership.copy_customers(moves)
    return len(moves)


def _moves(due: Sequence[tuple[Watched, Touched]], today: date) -> list[Move]:
    people = sorted({customer_id for _, touched in due for customer_id in touched})
    before = membership.held_by([one.segment.pk for one, _ in due], people)
    tables = {"customers"} | {table for one, _ in due for table in one.reads.tables}
    names = {name for one, _ in due for name in one.reads.events}
    members = {"segment_members": membership.rows_of_customers(people)} if "segment_members" in tables else None
    moves = []
    with warehouse.excerpt(people, tables, event_names=names, instead=members) as few:
        found = few.answers([_question(one, today) for one, _ in due])
        for (one, touched), members_now in zip(due, found, strict=True):
            for customer_id, cause in sorted(touched.items()):
                is_in = customer_id in members_now
                if is_in is not ((one.segment.pk, customer_id) in before):
                    said = (one.segment.pk, one.segment.uuid, customer_id)
                    moves.append(Move(*said, enters=is_in, because=cause.name, causation_id=cause.uuid))
    return moves


def _question(one: Watched, today: date) -> str:
    """Return a rule as it is asked of a few customers today."""
    asked = one.questions.get(today)
    if asked is None:
        members = compiler.members(one.rule, as_of=today, book=one.book, table=warehouse.today)
        one.questions.clear()
        asked = one.questions[today] = warehouse.question(members)
    return asked


@transaction.atomic
def _note(moves: Sequence[Move], today: date, now: datetime) -> None:
    """Write what the moves make of sizes, and of the day's point in the growth chart."""
    entered, left = _tally(moves, lambda one: one.enters), _tally(moves, lambda one: not one.enters)
    changed = {one.segment_id for one in moves}
    segments = list(Segment.objects.filter(pk__in=changed))
    days = {
        row.segment_id: row for row in Computation.objects.filter(segment_id__in=changed, as_of=today).order_by("pk")
    }
    fresh = []
    for segment in segments:
        came, went = entered.get(segment.pk, 0), left.get(segment.pk, 0)
        segment.size, segment.computed_at = (segment.size or 0) + came - went, now
        row = days.get(segment.pk)
        if row is None:
            fresh.append(
                Computation(segment=segment, as_of=today, computed_at=now, size=segment.size, entered=came, left=went)
            )
            continue
        row.size, row.computed_at, row.entered, row.left = segment.size, now, row.entered + came, row.left + went
    Segment.objects.bulk_update(segments, ["size", "computed_at"])
    Computation.objects.bulk_update(
        [days[pk] for pk in changed if pk in days], ["size", "computed_at", "entered", "left"]
    )
    Computation.objects.bulk_create(fresh)


def _tally(moves: Sequence[Move], counts: Callable[[Move], bool]) -> dict[int, int]:
    found: dict[int, int] = {}
    for one in moves:
        if counts(one):
            found[one.segment_id] = found.get(one.segment_id, 0) + 1
    return found
