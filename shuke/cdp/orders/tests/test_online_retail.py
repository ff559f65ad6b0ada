"""A real shop's two years, against figures computed straight from the file by other means."""

import gzip
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest

from shuke.cdp.customers.models import Customer
from shuke.cdp.events.models import Event
from shuke.cdp.orders.models import Order
from shuke.cdp.orders.queries import stats
from shuke.platform.imports import actions as importing
from shuke.platform.imports.progress import Silent
from shuke.platform.staff.actor import Actor
from tests.data import real_data

pytestmark = [pytest.mark.django_db, pytest.mark.engine, pytest.mark.slow, pytest.mark.real_data]


def computed(path) -> dict[str, object]:
    """Everything the import must come to, by way of polars."""
    frame = pl.read_csv(gzip.decompress(path.read_bytes()), infer_schema=False)
    kind = pl.col("InvoiceNo").str.slice(0, 1)
    frame = frame.with_columns(kind=pl.when(kind.is_in(["C", "A"])).then(kind).otherwise(pl.lit("S")))
    minor: Counter[str] = Counter()
    for its_kind, quantity, price in frame.select("kind", "Quantity", "UnitPrice").iter_rows():
        amount = Decimal(quantity) * Decimal(price) * 100
        minor[its_kind] += int(amount.quantize(Decimal(1), ROUND_HALF_UP))
    sales = frame.filter(kind="S")
    invoices = dict(frame.group_by("kind").agg(pl.col("InvoiceNo").n_unique()).iter_rows())
    named = pl.col("CustomerID").is_not_null()
    return {
        "customers": frame.filter(named)["CustomerID"].n_unique(), "buyers": sales.filter(named)["CustomerID"].n_unique(),
        "lines": frame.height, "orders": invoices["S"], "returns": invoices["C"], "adjustments": invoices["A"],
        "guest_orders": sales.filter(~named)["InvoiceNo"].n_unique(), "gross": minor["S"], "refunds": -minor["C"],
        "adjusted": minor["A"], "repeated": frame.height - frame.drop("kind").unique().height,
        "free": frame.filter(pl.col("UnitPrice").cast(pl.Float64) == 0).height,
        "two_times": frame.group_by("InvoiceNo").agg(pl.col("InvoiceDate").n_unique() > 1)["InvoiceDate"].sum(),
    }  # fmt: skip


def test_comes_to_the_same_figures_and_a_second_import_changes_nothing(company, now, settings, tmp_path):
    settings.SHUKE_FILES_DIR = tmp_path
    path = real_data("online_retail/online_retail.csv.gz")
    expected = computed(path)

    def bring_in():
        made = importing.start_import(path, kind="orders", shop_name="Online Retail", by=Actor.cli(), now=now)
        return importing.run_import(made.pk, Silent(), now=now)

    first = bring_in()

    found = stats()
    assert Customer.objects.count() == expected["customers"] == 4372
    assert found.buyers == expected["buyers"] == 4339
    assert found.lines == expected["lines"] == 541909
    assert found.orders == expected["orders"] == 22061
    assert found.returns == expected["returns"] == 3836
    assert found.adjustments == expected["adjustments"] == 3
    assert found.guest_orders == expected["guest_orders"] == 3525
    money = found.currencies["GBP"]
    assert money["gross_minor"] == expected["gross"] == 1065562248
    assert money["refunds_minor"] == expected["refunds"] == 89681249
    assert money["adjustments_minor"] == expected["adjusted"] == -1106206
    assert money["net_minor"] == 974774793
    notes = {code: said["count"] for code, said in first.report["notes"].items()}
    assert notes["repeated_lines"] == expected["repeated"] == 5268
    assert notes["free_lines"] == expected["free"] == 2515
    assert notes["two_times"] == expected["two_times"] == 43
    assert notes["fraction_lines"] == 4
    assert Order.objects.filter(customer__identities__value="12346").count() == 1

    events, newest = Event.objects.count(), Order.objects.order_by("-changed_at").first().changed_at
    second = bring_in()

    assert second.report["applied"] == {
        "order": {"unchanged": 22061}, "refund": {"unchanged": 3836}, "adjustment": {"unchanged": 3},
    }  # fmt: skip
    assert stats() == found
    assert Event.objects.count() == events
    assert Order.objects.order_by("-changed_at").first().changed_at == newest
