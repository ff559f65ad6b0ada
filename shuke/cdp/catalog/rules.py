"""How what sources say about a product comes together."""

from dataclasses import dataclass, replace

# Longest text the tables take, by field.
LIMITS = {"external_id": 120, "sku": 120, "title": 300, "category": 200, "brand": 120, "currency": 3}
_FIELDS = ("sku", "title", "category", "brand", "price_minor", "currency", "is_active", "cost_minor", "stock")


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """What one source says about one product; "" and None mean "not said"."""

    external_id: str
    sku: str = ""
    title: str = ""
    category: str = ""
    brand: str = ""
    price_minor: int | None = None
    currency: str = ""
    is_active: bool | None = None
    cost_minor: int | None = None
    stock: int | None = None


def absorb(known: ProductRecord, said: ProductRecord) -> ProductRecord:
    """Fill only what is empty: an order line must not rename a product.

    >>> absorb(ProductRecord("1", title="Mug"), ProductRecord("1", title="mug, sale", brand="Willow")).title
    'Mug'
    """
    return _merge(known, said, replaces=False)


def complete(known: ProductRecord, said: ProductRecord) -> ProductRecord:
    """Let everything said replace what was known.

    >>> complete(ProductRecord("1", title="Mug", sku="M1"), ProductRecord("1", title="Blue mug"))
    ProductRecord(external_id='1', sku='M1', title='Blue mug', category='', brand='', price_minor=None, currency='', is_active=None, cost_minor=None, stock=None)
    """
    return _merge(known, said, replaces=True)


def _merge(known: ProductRecord, said: ProductRecord, *, replaces: bool) -> ProductRecord:
    changes = {}
    for field in _FIELDS:
        old, new = getattr(known, field), getattr(said, field)
        if _is_said(new) and new != old and (replaces or not _is_said(old)):
            changes[field] = new
    return replace(known, **changes) if changes else known


def _is_said(value: str | int | bool | None) -> bool:
    return value is not None and value != ""
