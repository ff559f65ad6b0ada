"""Taking an import back as a whole, from the images kept before each record was touched."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from typing_extensions import override

from shuke.cdp.catalog import actions as catalog
from shuke.cdp.catalog import queries as catalog_queries
from shuke.cdp.customers import actions as customers
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.orders.actions import completing, linking, parts
from shuke.cdp.orders.actions.writing import LINE_FIELDS, LINE_MODELS, MODELS, Row
from shuke.cdp.orders.models import OrderChange, OrderLine, Refund, RefundLine
from shuke.cdp.orders.queries import undo as undo_queries
from shuke.cdp.orders.rules import facts
from shuke.platform.db.bulk import insert_rows, update_rows
from shuke.platform.imports.kinds import Undoing
from shuke.platform.imports.models import BeforeImage, Import
from shuke.platform.imports.progress import Progress
from shuke.platform.imports.queries import opened
from shuke.vocabulary.orders import ImportRowsUndone

_CUSTOMERS_AT_ONCE = 200
_EVENTS_AT_ONCE = 3_000


def _forget_events(import_id: int) -> int:
    with transaction.atomic():
        return events.forget_import(import_id, limit=_EVENTS_AT_ONCE)


@dataclass(slots=True)
class _Touched:
    """Ids to name in the event of one chunk."""

    orders: set[int] = field(default_factory=set)
    refunds: set[int] = field(default_factory=set)
    adjustments: set[int] = field(default_factory=set)

    def of(self, kind: str) -> set[int]:
        return {facts.ORDER: self.orders, facts.REFUND: self.refunds, facts.ADJUSTMENT: self.adjustments}[kind]


class TakingBack(Undoing):
    """Takes one import of orders back.

    Records it created go, replaced ones become what they were, with their lines. Customers and products it made go if
    nothing else has come to rest on them. ``import.rows_undone`` tells the warehouse.
    """

    def __init__(self, made: Import, by: Provenance) -> None:
        super().__init__(made)
        self.by = by

    @property
    @override
    def note(self) -> str:
        return _("Taking orders back")

    @override
    def take_back(self, images: list[BeforeImage]) -> None:
        touched = _Touched()
        for kind in reversed(facts.KINDS):
            self._take_back_kind(kind, [image for image in images if image.record_kind == kind], touched)
        linking.sum_up(sorted(touched.orders))
        self._publish(orders=touched.orders, refunds=touched.refunds, adjustments=touched.adjustments)

    @override
    def finish(self, progress: Progress) -> None:
        self.take_back_customers(progress)
        with transaction.atomic():
            completing.forget(self.made.pk)
        self.take_back_products()
        while _forget_events(self.made.pk):
            progress.progress(1, 1, _("Clearing the log"))

    def _take_back_kind(self, kind: str, images: Sequence[BeforeImage], touched: _Touched) -> None:
        if not images:
            return
        present: dict[int, Any] = MODELS[kind]._default_manager.in_bulk([image.record_id for image in images])
        mine = [
            image
            for image in images
            if image.record_id in present and bytes(present[image.record_id].content_hash) == bytes(image.after_hash)
        ]
        created = [image.record_id for image in mine if image.before is None]
        if kind == facts.REFUND:
            touched.orders |= {row.order_id for row in present.values() if row.order_id}
        if kind == facts.ORDER:
            touched.refunds |= _set_free(created)
        _delete(kind, created)
        if kind == facts.ORDER:
            OrderChange.objects.filter(import_id=self.made.pk, order__in=list(present)).delete()
        restored = [(present[image.record_id], opened(image)) for image in mine if image.before is not None]
        _restore(kind, [row for row, _before in restored], [before for _row, before in restored])
        if kind == facts.REFUND:
            touched.orders |= {before["row"]["order_id"] for _row, before in restored} - {None}
        touched.of(kind).update(image.record_id for image in mine)

    def take_back_customers(self, progress: Progress) -> None:
        """Remove the customers that the import made and nobody else uses; note how many stay."""
        ids = undo_queries.customers_made_by(self.made)
        kept = 0
        for start in range(0, len(ids), _CUSTOMERS_AT_ONCE):
            with transaction.atomic():
                removal = customers.remove_created_by(self.made.pk, ids[start : start + _CUSTOMERS_AT_ONCE])
                self._publish(customers=removal.removed)
            kept += len(removal.kept)
            progress.progress(start, len(ids), _("Taking customers back"))
        while True:
            with transaction.atomic():
                changed = customers.remove_additions(self.made.pk)
                self._publish(customers=changed)
            if not changed:
                break
        self.made.report["undo"]["customers_kept"] = kept

    def take_back_products(self) -> None:
        """Remove the products that the import made and no remaining line names."""
        with transaction.atomic():
            made = catalog_queries.created_by_import(self.made.pk)
            kept = undo_queries.products_in_use(made)
            self._publish(products=catalog.forget_import(self.made.pk, keep=kept))

    def _publish(
        self,
        *,
        orders: Iterable[int] = (),
        refunds: Iterable[int] = (),
        adjustments: Iterable[int] = (),
        customers: Iterable[int] = (),
        products: Iterable[int] = (),
    ) -> None:
        said = ImportRowsUndone(
            self.made.pk, sorted(orders), sorted(refunds), sorted(adjustments), sorted(customers), sorted(products)
        )
        lists = (said.order_ids, said.refund_ids, said.adjustment_ids, said.customer_ids, said.product_ids)
        if any(lists):
            events.publish([NewEvent.of(said, customer_id=None, occurred_at=self.by.now, by=self.by)])


def _set_free(order_ids: Sequence[int]) -> set[int]:
    """Let refunds of other origin wait for a sale again; return them."""
    found = set(Refund.objects.filter(order__in=order_ids).values_list("pk", flat=True))
    Refund.objects.filter(pk__in=found).update(order=None)
    return found


def _delete(kind: str, ids: Sequence[int]) -> None:
    if not ids:
        return
    if kind in LINE_MODELS:
        model, owner = LINE_MODELS[kind]
        _raw_delete(model._default_manager.filter(**{f"{owner}__in": ids}))
    MODELS[kind]._default_manager.filter(pk__in=ids).delete()


def _raw_delete(found: Any) -> None:
    """Delete without collecting instances first: nothing refers to lines."""
    found._raw_delete(found.db)


def _restore(kind: str, present: Sequence[Row], images: Sequence[dict[str, Any]]) -> None:
    """Make rows what they were, with their lines."""
    if not present:
        return
    model = MODELS[kind]
    names = list(images[0]["row"])
    rows = []
    for row, image in zip(present, images, strict=True):
        values = [_value(model, name, image["row"].get(name)) for name in names]
        rows.append([*values, row.pk])
    update_rows(model, names, rows)
    if kind in LINE_MODELS:
        lines, owner = LINE_MODELS[kind]
        _raw_delete(lines._default_manager.filter(**{f"{owner}__in": [row.pk for row in present]}))
        _insert_lines(lines, owner, [(row.pk, image["lines"]) for row, image in zip(present, images, strict=True)])
    if kind == facts.ORDER:
        held = parts.load([row.pk for row in present])
        restored = [(row.pk, image.get("parts", {})) for row, image in zip(present, images, strict=True)]
        parts.replace(held, restored)


def _insert_lines(
    model: type[OrderLine] | type[RefundLine], owner: str, of: Iterable[tuple[int, list[list[Any]]]]
) -> None:
    insert_rows(model, (owner, *LINE_FIELDS), [(pk, *line) for pk, lines in of for line in lines])


def _value(model: type[Row], name: str, value: Any) -> Any:
    if name == "content_hash" and value is not None:
        return bytes.fromhex(value)
    column = next(item for item in model._meta.concrete_fields if item.attname == name)
    return column.to_python(value) if value is not None else None
