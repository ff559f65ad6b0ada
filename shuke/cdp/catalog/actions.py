"""Changes to the catalogue."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from shuke.cdp.catalog import queries
from shuke.cdp.catalog.errors import InvalidProduct
from shuke.cdp.catalog.models import Product
from shuke.cdp.catalog.rules import LIMITS, ProductRecord, absorb, complete
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.platform.company.models import Shop
from shuke.platform.db.bulk import insert_rows
from shuke.vocabulary.catalog import ProductsChanged

__all__ = ["Outcome", "ProductRecord", "forget_import", "resolve_products", "upsert_products"]

_COLUMNS = (
    "shop_id", "external_id", "sku", "title", "category", "brand", "price_minor", "currency", "is_active",
    "cost_minor", "stock", "created_at", "changed_at", "import_id",
)  # fmt: skip
_SAID = ("sku", "title", "category", "brand", "price_minor", "currency", "is_active", "cost_minor", "stock")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one product record: ``action`` is created, changed or unchanged."""

    external_id: str
    product_id: int
    action: str


def resolve_products(shop: Shop, products: Iterable[ProductRecord], by: Provenance) -> dict[str, int]:
    """Return the product id of every external id, creating products the shop did not know.

    Orders mention products in passing, so what they say only fills what is empty; it never replaces. Set-based, in
    the caller's transaction. Publishes one ``products.changed`` if anything changed.
    """
    return {outcome.external_id: outcome.product_id for outcome in _write(shop, products, by, absorb)}


def upsert_products(shop: Shop, products: Iterable[ProductRecord], by: Provenance) -> list[Outcome]:
    """Create or change products as the catalogue's owner says: every said field replaces the stored one.

    Set-based and idempotent, in the caller's transaction. A later record of the same product in one call wins.
    """
    return _write(shop, products, by, complete)


def _write(shop: Shop, products: Iterable[ProductRecord], by: Provenance, merge: Any) -> list[Outcome]:
    wanted: dict[str, ProductRecord] = {}
    for record in products:
        known = wanted.get(_checked(record).external_id)
        wanted[record.external_id] = merge(known, record) if known else record
    stored = queries.by_external_id(shop, list(wanted))
    missing = [record for external_id, record in wanted.items() if external_id not in stored]
    changed = []
    for external_id, product in stored.items():
        present = _record_of(product)
        if (merged := merge(present, wanted[external_id])) != present:
            _assign(product, merged, by)
            changed.append(product)
    created = _create(shop, missing, by)
    if changed:
        Product.objects.bulk_update(changed, [*_SAID, "changed_at"], batch_size=100)
    _publish([*created.values(), *(product.pk for product in changed)], by)
    touched = {product.external_id for product in changed}
    ids = {external_id: product.pk for external_id, product in stored.items()} | created
    return [
        Outcome(key, ids[key], "created" if key in created else "changed" if key in touched else "unchanged")
        for key in wanted
    ]


def _checked(record: ProductRecord) -> ProductRecord:
    for field, most in LIMITS.items():
        if len(getattr(record, field)) > most:
            raise InvalidProduct(record.external_id, field=field, most=most)
    if not record.external_id:
        raise InvalidProduct("", field="external_id", most=LIMITS["external_id"])
    return record


def _record_of(product: Product) -> ProductRecord:
    return ProductRecord(product.external_id, *(getattr(product, field) for field in _SAID))


def _assign(product: Product, record: ProductRecord, by: Provenance) -> None:
    for field in _SAID:
        setattr(product, field, getattr(record, field))
    product.changed_at = by.now


def _create(shop: Shop, records: Sequence[ProductRecord], by: Provenance) -> dict[str, int]:
    if not records:
        return {}
    rows = (
        (
            shop.pk, record.external_id, record.sku, record.title, record.category, record.brand, record.price_minor,
            record.currency, record.is_active is not False, record.cost_minor, record.stock, by.now, by.now, by.import_id,
        )
        for record in records
    )  # fmt: skip
    insert_rows(Product, _COLUMNS, rows)
    return queries.ids_by_external_id(shop, [record.external_id for record in records])


def _publish(product_ids: list[int], by: Provenance) -> None:
    if product_ids:
        said = ProductsChanged(product_ids=sorted(product_ids))
        events.publish([NewEvent.of(said, customer_id=None, occurred_at=by.now, by=by)])


def forget_import(import_id: int, *, keep: Iterable[int] = ()) -> list[int]:
    """Remove the products that an import created, except those in ``keep``; return the ids of the removed.

    Part of an import's undo: ``keep`` are those that order lines of other origin name. The caller publishes.
    """
    doomed = list(
        Product.objects.filter(Q(import_id=import_id) & ~Q(pk__in=list(keep)))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    Product.objects.filter(pk__in=doomed).delete()
    return doomed
