"""What attributes offer to the rest of the house: values in the warehouse, merging, personal data."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from shuke.cdp.attributes import actions, queries
from shuke.cdp.attributes.errors import Misfit
from shuke.cdp.attributes.models import State, Statement
from shuke.cdp.attributes.rules.kinds import Kind, plain_number
from shuke.cdp.events.actions import Provenance
from shuke.kernel.money import to_minor
from shuke.platform.company import queries as company
from shuke.platform.imports.rules import moments, values
from shuke.platform.imports.rules.refusals import Refused
from shuke.platform.manifest import CustomerColumn, Join
from shuke.vocabulary.customers import CustomerAttributesChanged
from shuke.vocabulary.orders import ImportRowsUndone

Row = tuple[int, str, str | None, float | None, date | None]


class AttributesDataset:
    """The table ``customer_attributes``: one row per value in force, of a list one per item. No personal ones.

    Long rather than wide: definitions come and go without changing the table, and a condition on an attribute reads
    only the rows of its code.
    """

    name = "customer_attributes"
    key = "customer_id"
    columns: Mapping[str, str] = {
        "customer_id": "int64",
        "code": "string",
        "text": "string",
        "number": "float64",
        "day": "date",
    }

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return the customers whose values changed or who were taken back."""
        found: set[int] = set()
        for event in events:
            if event.name == CustomerAttributesChanged.NAME and event.customer_id is not None:
                found.add(event.customer_id)
            elif event.name == ImportRowsUndone.NAME:
                found.update(event.properties["customer_ids"])
        return found

    def rows(self, keys: list[int]) -> list[Row]:
        """Return the present rows of ``keys``."""
        return list(_rows(_shown().filter(customer_id__in=keys).values_list("pk", *_READ)))

    def batches(self, size: int) -> Iterator[list[Row]]:
        """Yield every row, by id of the statement."""
        last = 0
        while found := list(_shown().filter(pk__gt=last).order_by("pk").values_list("pk", *_READ)[:size]):
            last = found[-1][0]
            yield list(_rows(found))


_READ = ("customer_id", "attribute__code", "text", "number", "day", "items")


def _shown() -> Any:
    return Statement.objects.filter(
        is_current=True, sealed__isnull=True, attribute__is_personal=False, attribute__state=State.ACTIVE
    )


def _rows(found: Iterable[tuple[Any, ...]]) -> Iterator[Row]:
    for _pk, customer_id, code, text, number, day, items in found:
        if items is None:
            yield customer_id, code, text, number, day
        else:
            yield from ((customer_id, code, item, None, None) for item in items)


class AttributesMerging:
    """Values follow when two customers turn out to be one person."""

    name = "attributes"

    def preview(self, survivor_id: int, merged_id: int) -> dict[str, Any]:
        """Return how many values would move, and of which attributes the two differ."""
        held = queries.values_of([survivor_id, merged_id])
        own = {one.attribute.code: one for one in held.get(survivor_id, [])}
        theirs = held.get(merged_id, [])
        return {
            "moves": {"attributes": len(theirs)},
            "fields": [
                one.attribute.label
                for one in theirs
                if one.attribute.code in own and own[one.attribute.code].value != one.value
            ],
        }

    def merge(self, joins: Sequence[Join], *, now: datetime) -> dict[int, dict[str, Any]]:
        """Give the survivors what is said of the merged customers."""
        return actions.merge(joins, now=now)

    def split(
        self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: dict[str, Any], *, now: datetime
    ) -> dict[str, Any]:
        """Give each their own back."""
        merged_at = datetime.fromisoformat(kept["merged_at"]) if "merged_at" in kept else None
        return actions.split(survivor_id, merged_id, identity_ids, merged_at=merged_at, now=now)


class AttributeColumns:
    """Columns of custom attributes in files of customers: by code, or by what an attribute is called."""

    prefix = "attribute"

    def columns(self) -> Mapping[str, CustomerColumn]:
        """Return the attributes whose values people and sources may enter."""
        return {
            one.code: CustomerColumn(one.label, (one.code, *(str(label) for label in one.labels.values() if label)))
            for one in queries.active()
            if not one.is_computed
        }

    def take(
        self, said: Mapping[int, Mapping[str, str]], *, source: str, date_order: str, by: Provenance
    ) -> tuple[dict[int, dict[str, Any]], list[tuple[int, str, str]]]:
        """Take cells as the words of a source, those that it said before left out."""
        codes = {code for told in said.values() for code in told}
        kinds = {code: one.value_kind for code, one in queries.by_code(codes).items()}
        before = queries.said_by(source, list(said), codes)
        refused: list[tuple[int, str, str]] = []
        news: list[actions.Said] = []
        for customer_id, cells in said.items():
            read: dict[str, Any] = {}
            for code, cell in cells.items():
                try:
                    read[code] = _read_cell(kinds.get(code), cell, date_order)
                except Refused:
                    refused.append((customer_id, code, str(Misfit(_MISFIT_OF[kinds[code]]).message)))
            known = before.get(customer_id, {})
            if changed := {code: value for code, value in read.items() if known.get(code) != value}:
                news.append(actions.Said(customer_id, changed))
        outcome = actions.set_values(news, source=source, by=by)
        refused += [(news[one.index].customer_id, one.name, str(one.why.message)) for one in outcome.refused]
        kept = {
            one.customer_id: {code: before.get(one.customer_id, {}).get(code) for code in one.values} for one in news
        }
        return kept, refused

    def give_back(self, kept: Mapping[int, Mapping[str, Any]], *, source: str, by: Provenance) -> None:
        """Let the source say again what it said, or take its word back."""
        actions.set_values(
            [actions.Said(customer_id, told) for customer_id, told in kept.items()], source=source, by=by
        )


_MISFIT_OF = {Kind.DATE: "date", Kind.NUMBER: "number", Kind.MONEY: "money"}


def _read_cell(kind: Kind | None, cell: str, date_order: str) -> Any:
    """Return a cell as the attribute wants it: days and amounts are written in many ways."""
    match kind:
        case Kind.DATE:
            found = moments.day(cell, order=date_order)
            return found.isoformat() if found else None
        case Kind.NUMBER:
            number = values.number(cell)
            return None if number is None else plain_number(float(number))
        case Kind.MONEY:
            amount, home = values.number(cell), company.find_company()
            return None if amount is None else to_minor(amount, home.currency if home else "")
        case Kind.LIST:
            return sorted(values.items(cell, most=200))
        case _:
            return cell


class AttributesPersonalData:
    """What is said of people under custom attributes."""

    name = "attributes"
    fields = frozenset(
        {f"attributes.Statement.{name}" for name in ("text", "number", "day", "items", "sealed")}
        | {f"attributes.Change.{name}" for name in ("before", "after", "sealed")}
    )

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return the values in force with their sources, and how they came to be."""
        return queries.archive_of(customer_ids)

    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:
        """Remove every statement and its history."""
        by = Provenance(source="privacy", actor="system:privacy", now=now, historical=True)
        return actions.erase(customer_ids, by=by)
