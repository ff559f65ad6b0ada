"""Questions about segments: their definitions, their members, and what a rule would find."""

import hashlib
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import ibis
from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from shuke.cdp.attributes import queries as attributes
from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.queries import consents
from shuke.cdp.events import queries as events
from shuke.cdp.warehouse import queries as warehouse
from shuke.cdp.warehouse.errors import WarehouseError
from shuke.insight.segments import errors
from shuke.insight.segments.engine import compiler
from shuke.insight.segments.engine.costs import MOST_ROWS, rows_read
from shuke.insight.segments.engine.resolved import Book, Definition, cycle_from, missing_from, weight_of
from shuke.insight.segments.models import Computation, Kind, Membership, Segment, State
from shuke.insight.segments.queries.sentences import sentence
from shuke.insight.segments.rules.fields import ATTRIBUTE_OPS
from shuke.insight.segments.rules.language import (
    ATTRIBUTE,
    FieldClause,
    Group,
    ReachClause,
    attributes_of,
    clauses_of,
    segments_of,
)
from shuke.insight.segments.rules.membership import FOLLOWER, Freshness, freshness
from shuke.insight.segments.rules.parsing import parse, parse_text
from shuke.insight.segments.rules.text import read_text, write_text
from shuke.insight.segments.rules.writing import plain
from shuke.platform.manifest import Use

# Columns by which counts may be divided that stand with customers; all others stand with their value.
_OF_CUSTOMERS = frozenset({"country", "region", "city", "language"})

SAMPLE_SIZE = 10
# With the segments it rests on taken apart; beyond this the engine would plan longer than it computes.
MOST_CLAUSES_TAKEN_APART = 300
_SIZES_SECONDS = 60


# -- definitions


def free_name(wanted: str) -> str:
    """Return ``wanted``, or the first of "wanted (2)", "wanted (3)" … that no segment in use is called."""
    taken = set(Segment.objects.filter(state=State.ACTIVE, name__startswith=wanted).values_list("name", flat=True))
    if not wanted or wanted not in taken:
        return wanted
    return next(name for n in range(2, len(taken) + 3) if (name := f"{wanted} ({n})") not in taken)


def segments(*, kind: str = "", state: str = State.ACTIVE, text: str = "") -> QuerySet[Segment]:
    """Return segments of a kind and state, optionally those whose name or description contains a text."""
    found = Segment.objects.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(description__icontains=text))
    return found


def by_uuid(uuid: UUID) -> Segment:
    """Return a segment by public id. Raises ``SegmentNotFound``."""
    found = Segment.objects.filter(uuid=uuid).first()
    if found is None:
        raise errors.SegmentNotFound
    return found


def after(segment_id: int, *, limit: int) -> list[Segment]:
    """Return up to ``limit`` segments in use after one, by id: the API's cursor."""
    return list(Segment.objects.filter(pk__gt=segment_id, state=State.ACTIVE).order_by("pk")[:limit])


def count() -> int:
    """Return how many segments and lists are in use."""
    return Segment.objects.filter(state=State.ACTIVE).count()


def choices(*, kind: str = "") -> list[tuple[str, str]]:
    """Return the segments in use as (public id, name), by name."""
    return [(str(uuid), name) for uuid, name in segments(kind=kind).order_by("name").values_list("uuid", "name")]


def list_choices() -> list[tuple[str, str]]:
    """Return the lists in use as (public id, name), by name."""
    return choices(kind=Kind.LIST)


def rule_of(segment: Segment) -> Group:
    """Return a segment's rule; a list has none."""
    assert segment.rule is not None
    return parse(segment.rule)


def uses() -> list[Use]:
    """Return what the rules of segments in use rest on: attributes, tags, other segments."""
    found: list[Use] = []
    for one in Segment.objects.filter(state=State.ACTIVE, kind=Kind.RULE).order_by("name"):
        named = _named_in(rule_of(one))
        label, url = _("Segment “%(name)s”") % {"name": one.name}, reverse("segments:detail", args=[one.uuid])
        found += [Use(what, label, url) for what in named]
    return found


def as_text(said: Any) -> str:
    """Return a rule in the small text form. Raises ``InvalidRule``."""
    return write_text(_read(said))


def as_plain(said: Any) -> dict[str, Any]:
    """Return a rule, in either form, as plain JSON values. Raises ``InvalidRule``."""
    return plain(_read(said))


def named_by(said: Any) -> list[str]:
    """Return what a rule rests on, as ``Use`` names it; nothing for one that cannot be read."""
    try:
        return _named_in(_read(said))
    except errors.InvalidRule:
        return []


def _named_in(rule: Group) -> list[str]:
    named = [f"attribute:{code}" for code in sorted(attributes_of(rule))]
    named += [f"tag:{tag_id}" for tag_id in sorted(tag_ids_in(rule))]
    return named + [f"segment:{uuid}" for uuid in sorted(segments_of(rule))]


def book_for(rule: Group) -> Book:
    """Return what a rule refers to, and what that refers to in turn.

    All definitions are read at once: there are hundreds at most, and chains are then followed without further queries.
    """
    strict = (
        not any(isinstance(one, ReachClause) for one in clauses_of(rule))
        or consents.settings().email_needs_confirmation
    )
    if not segments_of(rule):
        return Book(email_needs_confirmation=strict)
    known = {str(one.uuid): one for one in Segment.objects.filter(state=State.ACTIVE)}
    found: dict[str, Definition] = {}
    waiting = sorted(segments_of(rule))
    while waiting:
        identifier = waiting.pop()
        if identifier in known and identifier not in found:
            segment = known[identifier]
            inner = None if segment.is_list else rule_of(segment)
            found[identifier] = Definition(segment.pk, segment.name, inner)
            waiting += sorted(segments_of(inner)) if inner else []
    inner_rules = [one.rule for one in found.values() if one.rule is not None]
    if any(isinstance(one, ReachClause) for inner in inner_rules for one in clauses_of(inner)):
        strict = consents.settings().email_needs_confirmation
    return Book.of(found, email_needs_confirmation=strict)


def checked(said: Any, *, own: UUID | None = None) -> tuple[Group, Book]:
    """Read a rule (JSON text or values) and look up what it refers to.

    Raises ``InvalidRule`` also for a segment that is not there and for one that is built on ``own``.
    """
    rule = _read(said)
    book = book_for(rule)
    problems = [errors.Problem(identifier, "segment_missing") for identifier in missing_from(book, rule)]
    if named := tag_ids_in(rule):
        known = {tag.pk for tag in customers.tags()}
        problems += [errors.Problem(f"#{tag_id}", "tag_missing") for tag_id in sorted(named - known)]
    problems += _attribute_problems(rule)
    if own is not None and (way := cycle_from(book, rule, str(own))):
        problems.append(errors.Problem("", "segment_cycle", {"path": " → ".join(way)}))
    if not problems and weight_of(book, rule) > MOST_CLAUSES_TAKEN_APART:
        problems.append(errors.Problem("", "clauses", {"limit": MOST_CLAUSES_TAKEN_APART}))
    if not problems and (rows := rows_read(rule, book, _sizes())) > MOST_ROWS:
        problems.append(errors.Problem("", "too_dear", {"rows": f"{rows:,}", "limit": f"{MOST_ROWS:,}"}))
    if problems:
        raise errors.InvalidRule(*problems)
    return rule, book


def _read(said: Any) -> Group:
    """Read a rule from values, from JSON text, or from the small text form, which no brace begins."""
    if not isinstance(said, str):
        return parse(said)
    return parse_text(said) if not said.strip() or said.lstrip()[0] in '{["' else read_text(said)


def _sizes() -> dict[str, int]:
    """Return how many rows each table of the warehouse holds; nothing while it does not answer.

    Counted once for many rules: as long as nothing was written, or for a short while.
    """
    try:
        key = f"segments:sizes:{hashlib.sha256(warehouse.version().encode()).hexdigest()}"
        found: dict[str, int] | None = cache.get(key)
        if found is None:
            found = warehouse.table_counts()
            cache.set(key, found, _SIZES_SECONDS)
    except WarehouseError:
        return {}
    return found


def _attribute_problems(rule: Group) -> list[errors.Problem]:
    """Return what keeps a rule from asking about custom attributes as it does."""
    clauses = [one for one in clauses_of(rule) if isinstance(one, FieldClause) and one.field.startswith(ATTRIBUTE)]
    known = attributes.by_code(attributes_of(rule)) if clauses else {}
    problems = []
    for clause in clauses:
        found = known.get(clause.field.removeprefix(ATTRIBUTE))
        if found is None or found.state != "active":
            problems.append(errors.Problem(clause.field, "attribute_missing"))
        elif found.is_personal:
            problems.append(errors.Problem(clause.field, "attribute_personal"))
        elif clause.op not in (possible := ATTRIBUTE_OPS[found.kind]):
            facts = {"name": clause.op.value, "allowed": ", ".join(possible)}
            problems.append(errors.Problem(clause.field, "attribute_op", facts))
    return problems


# -- what a rule finds


def today() -> date:
    """Return the day on which rules are evaluated: where the data ends. Raises ``NothingToAnalyse``."""
    found = warehouse.data_until()
    if found is None:
        raise errors.NothingToAnalyse
    return found


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would find: how many, a few of them, the day it speaks of, and the rule in words."""

    count: int
    sample: list[int]
    sentence: str
    as_of: date
    rule: Group

    @property
    def text(self) -> str:
        """The rule in the small text form."""
        return write_text(self.rule)

    @property
    def plain(self) -> dict[str, Any]:
        """The rule as plain JSON values."""
        return plain(self.rule)


def previewed(said: Any, *, as_of: date | None = None, own: UUID | None = None) -> Preview:
    """Evaluate a rule without saving it. Raises ``InvalidRule`` and ``NothingToAnalyse``."""
    rule, book = checked(said, own=own)
    day = as_of or today()
    found = int(
        warehouse.scalar(compiler.count(rule, as_of=day, book=book, table=warehouse.today, asof=warehouse.knows_asof()))
    )
    few = warehouse.execute(
        compiler.sample(rule, SAMPLE_SIZE, as_of=day, book=book, table=warehouse.today, asof=warehouse.knows_asof())
    )
    return Preview(found, few.column(0).to_pylist(), sentence(rule, book), day, rule)


def preview(rule_json: Any, as_of: date | None = None) -> dict[str, Any]:
    """Evaluate a rule without saving it and return plain values: count, ten sample ids, sentence, day."""
    found = previewed(rule_json, as_of=as_of)
    return {"count": found.count, "sample": found.sample, "sentence": found.sentence, "as_of": found.as_of.isoformat()}


def matching_ids(said: Any, *, as_of: date | None = None) -> Sequence[int]:
    """Return the ids of all customers whom a rule finds now, rising."""
    rule, book = checked(said)
    return _ids(rule, book, as_of or today())


def matching_among(said: Any, customer_ids: Collection[int], *, as_of: date | None = None) -> set[int]:
    """Return those of some customers whom a rule finds, in one question."""
    if not customer_ids:
        return set()
    rule, book = checked(said)
    found = compiler.members(rule, as_of=as_of or today(), book=book, table=warehouse.today)
    wanted = found.filter(found.customer_id.isin(sorted(customer_ids))).select("customer_id")
    return set(warehouse.execute(wanted).column(0).to_pylist())


def counted(said: Mapping[str, Any], *, by: str = "", as_of: date | None = None) -> dict[tuple[str, str | None], int]:
    """Count those whom each of several rules finds, by name of the rule, in one question.

    ``by`` divides them by a column of customers (``country`` …) or of their value (``rfm_group``, ``tier``); the part is None
    where it is not known, and without a division.
    """
    day = as_of or today()
    parts = []
    for name, one in said.items():
        rule, book = checked(one)
        found = compiler.members(rule, as_of=day, book=book, table=warehouse.today, asof=warehouse.knows_asof())
        parts.append(found.mutate(rule=ibis.literal(name)))
    people = ibis.union(*parts) if len(parts) > 1 else parts[0]
    if by:
        table = warehouse.table("customers" if by in _OF_CUSTOMERS else "value_standing")
        people = people.left_join(table.select("customer_id", part=table[by]), "customer_id")
    else:
        people = people.mutate(part=ibis.null("string"))
    counts = people.group_by("rule", "part").aggregate(found=people.count())
    return {(row["rule"], row["part"]): row["found"] for row in warehouse.rows(counts)}


def _ids(rule: Group, book: Book, as_of: date) -> Sequence[int]:
    """Return the ids as one flat array: eight bytes a member, whatever their number."""
    found = compiler.members(rule, as_of=as_of, book=book, table=warehouse.today, asof=warehouse.knows_asof())
    ids = array("q")
    for batch in warehouse.execute(found.order_by("customer_id"), timeout=300).to_batches(max_chunksize=50_000):
        ids.extend(batch.column(0).to_pylist())
    return ids


def present_ids(segment: Segment, *, as_of: date) -> Sequence[int]:
    """Return the ids of those who fulfil a segment's rule on a day, rising."""
    rule = rule_of(segment)
    return _ids(rule, book_for(rule), as_of)


# -- members, as computed


def members(segment: Segment) -> QuerySet[Membership]:
    """Return the present members, with their customers."""
    return Membership.objects.filter(segment=segment, left_at__isnull=True).select_related("customer")


def members_after(segment: Segment, customer_id: int, *, limit: int) -> list[int]:
    """Return up to ``limit`` member ids after one, rising: for exports and the API's cursor."""
    found = Membership.objects.filter(segment=segment, left_at__isnull=True, customer_id__gt=customer_id)
    return list(found.order_by("customer_id").values_list("customer_id", flat=True)[:limit])


def listed_ids(segment: Segment) -> Sequence[int]:
    """Return the ids of all present members as stored, rising, as one flat array."""
    held = Membership.objects.filter(segment=segment, left_at__isnull=True).order_by("customer_id")
    return array("q", held.values_list("customer_id", flat=True).iterator(chunk_size=50_000))


def members_on(segment: Segment, moment: datetime) -> QuerySet[Membership]:
    """Return who was a member at a past moment."""
    return Membership.objects.filter(
        Q(left_at__isnull=True) | Q(left_at__gt=moment), segment=segment, entered_at__lte=moment
    )


def entered(segment: Segment) -> QuerySet[Membership]:
    """Return intervals by their beginnings, for the history."""
    return Membership.objects.filter(segment=segment).select_related("customer")


def left(segment: Segment) -> QuerySet[Membership]:
    """Return intervals that ended, for the history."""
    return Membership.objects.filter(segment=segment, left_at__isnull=False).select_related("customer")


def moved_between(segment: Segment, field: str, first: datetime | None, last: datetime | None) -> QuerySet[Membership]:
    """Return intervals whose beginning (``entered_at``) or end (``left_at``) lies between two moments, open where None."""
    found = Membership.objects.filter(segment=segment, **{f"{field}__isnull": False}).select_related("customer")
    if first is not None:
        found = found.filter(**{f"{field}__gte": first})
    return found if last is None else found.filter(**{f"{field}__lt": last})


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many are in both of two segments, and in one of them only."""

    both: int
    first_only: int
    second_only: int


def overlap(first: Segment, second: Segment) -> Overlap:
    """Count who is in two segments and who in one only, as stored."""
    one, two = (Membership.objects.filter(segment=segment, left_at__isnull=True) for segment in (first, second))
    both = one.filter(customer_id__in=two.values("customer_id")).count()
    return Overlap(both, one.count() - both, two.count() - both)


def membership(uuid: UUID, customer_id: Any) -> QuerySet[Membership]:
    """Return the row that makes a customer (an id or an ``OuterRef``) a present member of a segment."""
    return Membership.objects.filter(segment__uuid=uuid, left_at__isnull=True, customer_id=customer_id)


def segments_of_customer(customer_id: int) -> list[Membership]:
    """Return the present memberships of a customer in segments in use, by name."""
    found = Membership.objects.filter(customer_id=customer_id, left_at__isnull=True, segment__state=State.ACTIVE)
    return list(found.select_related("segment").order_by("segment__name"))


def growth(segment: Segment, *, limit: int = 400) -> list[Computation]:
    """Return the last computations, oldest first."""
    return list(Computation.objects.filter(segment=segment).order_by("-computed_at", "-pk")[:limit])[::-1]


def waiting_since() -> datetime | None:
    """Return since when the oldest fact waits that no segment has been judged by; None where none does.

    Facts pass through the warehouse first, so whatever holds that up holds this up as well.
    """
    cursor = events.cursor_of(FOLLOWER)
    oldest = events.after(cursor, limit=1) if cursor else []
    return oldest[0].received_at if oldest else None


def freshness_of(
    segment: Segment, *, data_until: date | None, now: datetime, waiting_since: datetime | None = None
) -> Freshness:
    """Return how old a segment's members are; a list is always what it says."""
    if segment.is_list:
        return freshness(
            as_of=segment.as_of or now.date(),
            computed_at=now,
            rule_changed_at=segment.created_at,
            data_until=None,
            now=now,
        )
    return freshness(
        as_of=segment.as_of,
        computed_at=segment.computed_at,
        rule_changed_at=segment.rule_changed_at,
        data_until=data_until,
        now=now,
        waiting_since=waiting_since,
    )


def value_mix(segment: Segment) -> list[dict[str, Any]]:
    """Return how a segment's members spread over RFM groups, and their net revenue, from the last computation."""
    listed, standing = warehouse.table("segment_members"), warehouse.table("value_standing")
    of_members = standing.filter(standing.customer_id.isin(listed.filter(listed.segment_id == segment.pk).customer_id))
    grouped = of_members.group_by("rfm_group").aggregate(
        customers=of_members.count(), net_minor=of_members.net_minor.sum().fill_null(0).cast("int64")
    )
    return warehouse.rows(grouped.order_by("rfm_group"))


def tag_ids_in(rule: Group) -> set[int]:
    """Return the tags a rule names."""
    return {
        int(one)
        for clause in clauses_of(rule)
        if isinstance(clause, FieldClause) and clause.field == "customer.tag" and isinstance(clause.value, tuple)
        for one in clause.value
    }


def tags_behind(segment: Segment) -> set[int]:
    """Return the tags that decide who is in a segment, those of the segments it rests on included."""
    if segment.is_list:
        return set()
    rule = rule_of(segment)
    inner = [definition.rule for _uuid, definition in book_for(rule).entries if definition.rule is not None]
    return {tag for one in (rule, *inner) for tag in tag_ids_in(one)}


def existing(uuids: Iterable[str]) -> Sequence[Segment]:
    """Return the segments among public ids."""
    return list(Segment.objects.filter(uuid__in=list(uuids)))
