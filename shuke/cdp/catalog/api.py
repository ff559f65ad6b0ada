"""Products over the API."""

from datetime import datetime
from typing import Annotated, Any

from django.db import transaction
from ninja import Field, Query, Router, Schema

from shuke.cdp.catalog import actions, queries
from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.catalog.models import Product
from shuke.cdp.events.actions import Provenance
from shuke.platform.company import actions as company
from shuke.platform.http.api import batches
from shuke.platform.http.api.auth import needs
from shuke.platform.http.api.batches import BatchResult, ItemResult, OneByOne, Status
from shuke.platform.http.api.fields import Moment
from shuke.platform.http.api.lists import Cursor, Limit, answer, walk
from shuke.platform.http.request import Request

router = Router()
_STATUS: dict[str, Status] = {"created": "created", "changed": "updated", "unchanged": "unchanged"}


class ProductOut(Schema):
    """A product of a shop."""

    shop: str
    external_id: str
    sku: str
    title: str
    category: str
    brand: str
    price_minor: int | None = Field(description="In minor units of `currency`.")
    currency: str
    is_active: bool
    cost_minor: int | None = Field(description="What a unit costs the company, in minor units of `currency`.")
    stock: int | None = Field(description="How many there are; null where nobody said.")
    changed_at: datetime


class ProductPage(Schema):
    """One page of a list of products."""

    items: list[ProductOut]
    next: str | None


class ProductIn(Schema, extra="forbid"):
    """What a shop says about a product. What is left out or empty is left as it is."""

    external_id: str = Field(min_length=1, max_length=120)
    sku: Annotated[str, Field(max_length=120)] = ""
    title: Annotated[str, Field(max_length=300)] = ""
    category: str = Field("", max_length=200, description="A path, such as `Home > Lights`.")
    brand: Annotated[str, Field(max_length=120)] = ""
    price_minor: int | None = Field(None, ge=0, description="In minor units of `currency`.")
    currency: str = Field("", pattern="^([A-Z]{3})?$")
    is_active: bool | None = None
    cost_minor: int | None = Field(
        None, ge=0, le=10**15, description="What a unit costs the company, in minor units of `currency`."
    )
    stock: int | None = Field(
        None, ge=-(10**12), le=10**12, description="How many there are; recommendations leave out what is sold out."
    )


class ProductBatch(Schema, extra="forbid"):
    """Products of one shop."""

    shop: str = Field(min_length=1, max_length=200, description="Code or name of the shop; a new name opens a shop.")
    items: list[Annotated[ProductIn, OneByOne]] = Field(min_length=1, max_length=batches.MOST_ITEMS)


class ProductFilter(Schema):
    """Which products to list."""

    shop: str = Field("", max_length=64, description="The shop's code.")
    external_id: str = Field("", max_length=120)
    sku: str = Field("", max_length=120)
    changed_since: Moment | None = None


@router.get("/products", operation_id="products.list", response=ProductPage, **needs("products:read"))
def list_products(
    request: Request, filters: Query[ProductFilter], cursor: Cursor = "", limit: Limit = 100
) -> dict[str, Any]:
    """List products in the order in which they became known. A single product is found by shop and external id."""
    found = queries.products()
    wanted = {"shop__code": filters.shop, "external_id": filters.external_id, "sku": filters.sku}
    found = found.filter(**{name: value for name, value in wanted.items() if value})
    if filters.changed_since:
        found = found.filter(changed_at__gte=filters.changed_since)
    rows, following = walk(found, cursor, limit)
    return answer([_shown(product) for product in rows], following)


@router.post("/products/batch", operation_id="products.upsert", response=BatchResult, **needs("products:write"))
def upsert_products(request: Request, body: ProductBatch) -> BatchResult:
    """Create or update products of a shop, each found by its external id."""
    actor, now = request.actor, request.now
    shop = company.shop_for_api(body.shop, now=now)
    by = Provenance(source="api", actor=actor.reference, now=now)
    results: list[ItemResult] = []
    for chunk in batches.chunks(batches.sound(body.items)):
        with transaction.atomic():
            outcomes = actions.upsert_products(shop, [ProductRecord(**item.dict()) for item in chunk.values()], by)
        found = {outcome.external_id: outcome for outcome in outcomes}
        for index, item in chunk.items():
            outcome = found[item.external_id]
            results.append(batches.done(index, _STATUS[outcome.action], outcome.external_id))
    return batches.report(body.items, results)


def _shown(product: Product) -> ProductOut:
    return ProductOut(
        shop=product.shop.code, external_id=product.external_id, sku=product.sku, title=product.title,
        category=product.category, brand=product.brand, price_minor=product.price_minor, currency=product.currency,
        is_active=product.is_active, cost_minor=product.cost_minor, stock=product.stock, changed_at=product.changed_at,
    )  # fmt: skip
