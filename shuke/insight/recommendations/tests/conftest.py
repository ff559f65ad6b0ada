"""A warehouse with a made-up shop, and its products in the catalogue."""

import pytest

from shuke.cdp.catalog.models import Product
from shuke.insight.recommendations.actions import learning
from shuke.insight.recommendations.testing import products, seeded
from shuke.platform.company.models import Shop


@pytest.fixture
def sold(warehouse, company):
    """A hundred and sixty customers over eleven months, ending on 15 June 2024."""
    return seeded()


@pytest.fixture
def shelf(db, company, now):
    """The shop's products as the catalogue has them."""
    shop = Shop.objects.create(code="web", name="Web", created_at=now)
    return Product.objects.bulk_create(
        Product(
            pk=row["product_id"], shop=shop, external_id=row["external_id"], title=f"Thing {row['product_id']}",
            category=row["category"], price_minor=1_000, currency="GBP", created_at=now, changed_at=now,
        )
        for row in products()
    )  # fmt: skip


@pytest.fixture
def learned(sold, shelf, now):
    """Everything learned once."""
    return learning.train(now=now)
