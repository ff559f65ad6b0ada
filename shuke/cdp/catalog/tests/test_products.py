"""Products, as orders mention them and as the catalogue's owner says."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from shuke.cdp.catalog import actions, errors
from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.catalog.models import Product
from shuke.cdp.events.actions import Provenance
from shuke.cdp.events.models import Event
from shuke.platform.company import actions as company_actions

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
BY = Provenance("willow", "system:test", datetime(2024, 3, 1, tzinfo=UTC))


@pytest.fixture
def shop(company, now):
    return company_actions.shop_named("Willow", now=now)


def resolve(shop, *products):
    with transaction.atomic():
        return actions.resolve_products(shop, products, BY)


def upsert(shop, *products):
    with transaction.atomic():
        return [outcome.action for outcome in actions.upsert_products(shop, products, BY)]


def test_makes_products_once_and_fills_what_is_empty(shop):
    first = resolve(shop, ProductRecord("mug"), ProductRecord("tea", title="Tea"))
    again = resolve(shop, ProductRecord("mug", title="Mug"), ProductRecord("tea", title="TEA!"))

    assert first == again
    assert set(Product.objects.values_list("external_id", "title")) == {("mug", "Mug"), ("tea", "Tea")}


def test_an_upsert_replaces_what_is_said_and_leaves_the_rest(shop):
    assert upsert(shop, ProductRecord("mug", sku="M1", title="Mug", price_minor=450, currency="GBP")) == ["created"]
    assert upsert(shop, ProductRecord("mug", title="Blue mug", is_active=False)) == ["changed"]
    assert upsert(shop, ProductRecord("mug", title="Blue mug")) == ["unchanged"]

    mug = Product.objects.get()
    assert (mug.sku, mug.title, mug.price_minor, mug.is_active) == ("M1", "Blue mug", 450, False)


def test_tells_once_per_batch_which_products_changed(shop):
    ids = resolve(shop, ProductRecord("mug"), ProductRecord("tea"))
    resolve(shop, ProductRecord("mug"), ProductRecord("tea"))

    assert Event.objects.get().properties == {"product_ids": sorted(ids.values())}


def test_refuses_what_the_tables_cannot_hold(shop):
    with pytest.raises(errors.InvalidProduct):
        resolve(shop, ProductRecord("mug"), ProductRecord("x" * 121))

    assert Product.objects.count() == 0


def test_takes_the_same_number_of_queries_for_one_and_for_many(shop):
    def queries(*products) -> int:
        with CaptureQueriesContext(connection) as captured:
            resolve(shop, *products)
        return len(captured)

    assert queries(ProductRecord("a")) == queries(*[ProductRecord(f"p{n}") for n in range(80)])
