"""Questions about the catalogue."""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from shuke.cdp.catalog.models import Product
from shuke.platform.company.models import Shop


def by_external_id(shop: Shop, external_ids: Collection[str]) -> dict[str, Product]:
    """Return a shop's products among ``external_ids``, in one query."""
    return {product.external_id: product for product in Product.objects.filter(shop=shop, external_id__in=external_ids)}


def by_sku(shop: Shop, skus: Collection[str]) -> dict[str, list[Product]]:
    """Return a shop's products by article number, in one query."""
    found: dict[str, list[Product]] = {}
    for product in Product.objects.filter(shop=shop, sku__in=[sku for sku in skus if sku]).order_by("pk"):
        found.setdefault(product.sku, []).append(product)
    return found


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


def products_of(product_ids: Collection[int]) -> dict[int, Product]:
    """Return products by id with their shops, in one query."""
    return {one.pk: one for one in Product.objects.filter(pk__in=product_ids).select_related("shop")}


def find_by_text(text: str, *, limit: int = 20) -> list[Product]:
    """Return products whose name holds a text, or whose id or article number is it."""
    wanted = Q(title__icontains=text) | Q(external_id=text) | Q(sku=text)
    return list(Product.objects.filter(wanted).select_related("shop").order_by("title", "pk")[:limit])


def ids_by_name(texts: Collection[str]) -> dict[str, list[int]]:
    """Return products by their id, article number or full name, as written; unknown ones are left out. One query."""
    wanted = Q(external_id__in=texts) | Q(sku__in=texts) | Q(title__in=texts)
    found: dict[str, list[int]] = {}
    for pk, *names in Product.objects.filter(wanted).order_by("pk").values_list("pk", "external_id", "sku", "title"):
        for name in dict.fromkeys(names):
            if name in texts:
                found.setdefault(name, []).append(pk)
    return found


def brands() -> list[str]:
    """Return every brand in use, sorted."""
    found = Product.objects.exclude(brand="").values_list("brand", flat=True)
    return list(found.order_by("brand").distinct())


def with_cost() -> int:
    """Return of how many products both price and cost are known."""
    return Product.objects.filter(price_minor__gt=0, cost_minor__isnull=False).count()


def with_stock() -> int:
    """Return of how many products it is known how many there are."""
    return Product.objects.filter(stock__isnull=False).count()


def titles_of(product_ids: Collection[int]) -> dict[int, str]:
    """Return what to call products, by id, in one query."""
    found = Product.objects.filter(pk__in=product_ids).values_list("pk", "title", "external_id")
    return {pk: title or external_id for pk, title, external_id in found}


def categories_of(product_ids: Collection[int]) -> dict[int, str]:
    """Return the categories of products, by id, in one query; products without one are left out."""
    found = Product.objects.filter(pk__in=product_ids).exclude(category="")
    return dict(found.values_list("pk", "category"))


def categories() -> list[str]:
    """Return every category in use, sorted."""
    found = Product.objects.exclude(category="").values_list("category", flat=True)
    return list(found.order_by("category").distinct())


def created_by_import(import_id: int) -> list[int]:
    """Return the ids of products that an import created."""
    return list(Product.objects.filter(import_id=import_id).values_list("pk", flat=True))
