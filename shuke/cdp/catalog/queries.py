"""Questions about the catalogue."""

from collections.abc import Collection

from django.db.models import QuerySet

from shuke.cdp.catalog.models import Product
from shuke.platform.company.models import Shop


def by_external_id(shop: Shop, external_ids: Collection[str]) -> dict[str, Product]:
    """Return a shop's products among ``external_ids``, in one query."""
    return {product.external_id: product for product in Product.objects.filter(shop=shop, external_id__in=external_ids)}


def ids_by_external_id(shop: Shop, external_ids: Collection[str]) -> dict[str, int]:
    """Return product ids by external id, in one query."""
    found = Product.objects.filter(shop=shop, external_id__in=external_ids)
    return dict(found.values_list("external_id", "pk"))


def products(*, shop_id: int | None = None) -> QuerySet[Product]:
    """Return products, of one shop or of all."""
    found = Product.objects.select_related("shop")
    return found.filter(shop_id=shop_id) if shop_id is not None else found


def find_product(product_id: int) -> Product | None:
    """Return a product, or None."""
    return Product.objects.filter(pk=product_id).first()


def titles_of(product_ids: Collection[int]) -> dict[int, str]:
    """Return what to call products, by id, in one query."""
    found = Product.objects.filter(pk__in=product_ids).values_list("pk", "title", "external_id")
    return {pk: title or external_id for pk, title, external_id in found}


def categories() -> list[str]:
    """Return every category in use, sorted."""
    found = Product.objects.exclude(category="").values_list("category", flat=True)
    return list(found.order_by("category").distinct())


def created_by_import(import_id: int) -> list[int]:
    """Return the ids of products that an import created."""
    return list(Product.objects.filter(import_id=import_id).values_list("pk", flat=True))
