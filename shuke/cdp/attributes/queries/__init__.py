"""Questions about attributes: definitions, values in force, history, and who uses what."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, Max, Min, QuerySet

from shuke.cdp.attributes import errors
from shuke.cdp.attributes.models import Attribute, Change, State, Statement
from shuke.cdp.attributes.queries.sealing import CHANGE, STATEMENT, opened
from shuke.cdp.attributes.rules.kinds import Kind, Value, of_columns, plain, read
from shuke.cdp.attributes.rules.kinds import Limits as _Limits
from shuke.platform.manifest import Use, uses_of

__all__ = [
    "CHANGE", "STATEMENT", "Held", "Past", "active", "archive_of", "by_code", "counts", "customers_with", "definitions", "find", "frequent", "having", "history_of", "plain_values",
    "said_of", "spread", "typed", "undeclared_count", "uses", "values_of",
]  # fmt: skip


# -- definitions


def definitions(*, state: str = State.ACTIVE) -> list[Attribute]:
    """Return the definitions in a state, by label."""
    return sorted(Attribute.objects.filter(state=state), key=lambda one: (one.label.casefold(), one.pk))


def active(*, kinds: Collection[str] = (), with_personal: bool = True) -> list[Attribute]:
    """Return the attributes in use, by label: of some kinds, or without the personal ones."""
    found = definitions()
    return [one for one in found if (not kinds or one.kind in kinds) and (with_personal or not one.is_personal)]


def find(pk: int) -> Attribute:
    """Return a definition. Raises ``AttributeNotFound``."""
    found = Attribute.objects.filter(pk=pk).first()
    if found is None:
        raise errors.AttributeNotFound
    return found


def by_code(codes: Iterable[str]) -> dict[str, Attribute]:
    """Return the definitions of those codes that have one, whatever their state."""
    # A text with a NUL is nobody's code, and no question that PostgreSQL takes.
    asked = [code for code in codes if "\0" not in code]
    return {one.code: one for one in Attribute.objects.filter(code__in=asked)}


def undeclared_count() -> int:
    """Return how many names arrived that nobody declared."""
    return Attribute.objects.filter(state=State.UNDECLARED).count()


def customers_with(attribute: Attribute) -> int:
    """Return of how many customers something is said."""
    return Statement.objects.filter(attribute=attribute).values("customer_id").distinct().count()


def uses(attribute: Attribute) -> list[Use]:
    """Return what rests on an attribute."""
    return uses_of(f"attribute:{attribute.code}")


# -- values


@dataclass(frozen=True, slots=True)
class Held:
    """The value in force of one attribute: ``value`` in clear, whoever shows it masks; by whose word, and when."""

    attribute: Attribute
    value: Value
    source: str
    said_at: datetime


def said_by(source: str, customer_ids: Collection[int], codes: Collection[str]) -> dict[int, dict[str, Any]]:
    """Return what a source last said of customers, as plain JSON by code, in two queries."""
    attributes = {one.pk: one for one in Attribute.objects.filter(code__in=codes)}
    rows = Statement.objects.filter(customer_id__in=list(customer_ids), source=source, attribute_id__in=attributes)
    found: dict[int, dict[str, Any]] = {}
    for row in rows.order_by("said_at", "pk"):
        found.setdefault(row.customer_id, {})[attributes[row.attribute_id].code] = plain(
            _value(row, attributes[row.attribute_id])
        )
    return found


def values_of(customer_ids: Collection[int], *, codes: Collection[str] = ()) -> dict[int, list[Held]]:
    """Return the values in force of customers by label of the attribute, in two queries."""
    attributes = {one.pk: one for one in Attribute.objects.exclude(state=State.ARCHIVED)}
    if codes:
        attributes = {pk: one for pk, one in attributes.items() if one.code in codes}
    rows = Statement.objects.filter(customer_id__in=list(customer_ids), is_current=True, attribute_id__in=attributes)
    found: dict[int, list[Held]] = {}
    for row in rows:
        attribute = attributes[row.attribute_id]
        value = _value(row, attribute)
        if value is not None:
            found.setdefault(row.customer_id, []).append(Held(attribute, value, row.source, row.said_at))
    for held in found.values():
        held.sort(key=lambda one: (one.attribute.label.casefold(), one.attribute.pk))
    return found


def _value(row: Statement, attribute: Attribute) -> Value | None:
    if row.sealed is None:
        return of_columns(attribute.value_kind, (row.text, row.number, row.day, row.items))
    return _as_value(attribute, opened(row.sealed, context=STATEMENT))


def _as_value(attribute: Attribute, said: Any) -> Value | None:
    """Return plain JSON as a value; what does not fit is shown as it came."""
    if isinstance(said, dict):
        said = next(iter(said.values()), None)
    if said is None:
        return None
    try:
        return read(attribute.value_kind, _Limits(), said)
    except errors.Misfit:
        return str(said)


def typed(kind: Kind, said: Any) -> Value | None:
    """Return plain JSON as a value of a kind."""
    return None if said is None else read(kind, _Limits(), said)


def said_of(customer_id: int, attribute: Attribute) -> list[Held]:
    """Return what each source says of an attribute, the word in force first."""
    rows = Statement.objects.filter(customer_id=customer_id, attribute=attribute).order_by(
        "-is_current", "-said_at", "pk"
    )
    held = [(row, _value(row, attribute)) for row in rows]
    return [Held(attribute, value, row.source, row.said_at) for row, value in held if value is not None]


@dataclass(frozen=True, slots=True)
class Past:
    """One step of a field's history."""

    attribute: Attribute
    before: Value | None
    after: Value | None
    source: str
    actor: str
    at: datetime


def history_of(customer_ids: Collection[int], attribute: Attribute, *, limit: int = 100) -> list[Past]:
    """Return how a value came to be what it is, latest first."""
    rows = Change.objects.filter(customer_id__in=list(customer_ids), attribute=attribute).order_by("-at", "-pk")[:limit]
    found = []
    for row in rows:
        before, after = opened(row.sealed, context=CHANGE) if row.sealed else (row.before, row.after)
        found.append(
            Past(attribute, _as_value(attribute, before), _as_value(attribute, after), row.source, row.actor, row.at)
        )
    return found


def counts() -> dict[int, int]:
    """Return of how many customers a value of each attribute is in force."""
    counted = Statement.objects.filter(is_current=True).values("attribute_id").annotate(n=Count("pk")).order_by()
    return {row["attribute_id"]: row["n"] for row in counted}


def frequent(attribute: Attribute, *, limit: int = 10) -> list[tuple[Value, int]]:
    """Return the most frequent values in force with how many customers have each; nothing of sealed or listed ones."""
    column = {Kind.TEXT: "text", Kind.CHOICE: "text", Kind.YES_NO: "number"}.get(attribute.value_kind)
    if column is None or attribute.is_sealed:
        return []
    held = Statement.objects.filter(attribute=attribute, is_current=True, **{f"{column}__isnull": False})
    counted = held.values(column).annotate(n=Count("pk")).order_by("-n", column)[:limit]
    return [(bool(row[column]) if column == "number" else row[column], row["n"]) for row in counted]


def spread(attribute: Attribute) -> dict[str, Any]:
    """Return the least, the most and the average of numbers and amounts, the first and the last of days."""
    column = {Kind.NUMBER: "number", Kind.MONEY: "number", Kind.DATE: "day"}.get(attribute.value_kind)
    if column is None or attribute.is_sealed:
        return {}
    held = Statement.objects.filter(attribute=attribute, is_current=True, **{f"{column}__isnull": False})
    figures: dict[str, Any] = {"least": Min(column), "most": Max(column)}
    if column == "number":
        figures["average"] = Avg(column)
    found = held.aggregate(**figures)
    return found if found["least"] is not None else {}


# -- conditions for lists


def having(attribute: Attribute, **wanted: Any) -> QuerySet[Statement]:
    """Return the values in force that pass (``text=``, ``number__gte=``, ``day__lte=``), answered from an index."""
    return Statement.objects.filter(attribute=attribute, is_current=True, **wanted)


def plain_values(attribute: Attribute, *, after: int, until: int | None, limit: int | None = None) -> dict[int, Any]:
    """Return the values in force of one attribute, as plain JSON, by customer in (``after``, ``until``], in order."""
    held = Statement.objects.filter(attribute=attribute, is_current=True, customer_id__gt=after)
    if until is not None:
        held = held.filter(customer_id__lte=until)
    return {row.customer_id: plain(_value(row, attribute)) for row in held.order_by("customer_id")[:limit]}


# -- about one person


def archive_of(customer_ids: Collection[int]) -> dict[str, Any]:
    """Return everything said of customers, readable: values with source and time, and the history."""
    values = [
        {
            "attribute": held.attribute.label, "value": plain(held.value), "source": held.source,
            "said_at": held.said_at.isoformat(),
        }
        for found in values_of(customer_ids).values()
        for held in found
    ]  # fmt: skip
    rows = Change.objects.filter(customer_id__in=list(customer_ids)).select_related("attribute").order_by("at", "pk")
    history = []
    for row in rows:
        before, after = opened(row.sealed, context=CHANGE) if row.sealed else (row.before, row.after)
        history.append(
            {
                "attribute": row.attribute.label, "before": before, "after": after, "source": row.source,
                "at": row.at.isoformat(),
            }
        )  # fmt: skip
    return {"values": values, "history": history}
