"""Orders and products as the warehouse reads them."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from shuke.cdp.events.models import Event
from shuke.cdp.orders import extensions, testing
from shuke.cdp.orders.actions import CouponRecord
from shuke.cdp.orders.models import Order, Refund
from shuke.platform.company.models import Company
from shuke.platform.manifest import datasets

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
LATE = datetime(2024, 3, 1, 20, 30, tzinfo=UTC)
DATASETS = [
    extensions.OrdersDataset(), extensions.OrderLinesDataset(), extensions.RefundsDataset(), extensions.RefundLinesDataset(),
    extensions.AdjustmentsDataset(), extensions.OrderCouponsDataset(), datasets()["products"],
]  # fmt: skip


@pytest.fixture
def recorded(company, now):
    Company.objects.update(time_zone="Asia/Shanghai")
    shop = testing.shop(now=now)
    sale = testing.order("1", at=LATE, lines=[testing.line("2.50", "2"), testing.line("1")])
    told = {"shipping_minor": 390, "tax_minor": 65, "discount_minor": 100, "fulfilment_state": "fulfilled"}
    testing.recorded(
        shop, replace(sale, coupons=[CouponRecord("SPRING", 75, "percentage"), CouponRecord("TEA", 25)], **told),
        testing.refund("R1", customer="", at=LATE, lines=[testing.line("1")], order_number="1"),
        testing.adjustment("A1", at=LATE), now=now,
    )  # fmt: skip
    return shop


def table(dataset, rows) -> list[dict[str, object]]:
    return [dict(zip(dataset.columns, row, strict=True)) for row in rows]


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)
def test_reads_by_key_what_it_reads_in_batches(recorded, dataset):
    batches = [row for batch in dataset.batches(1) for row in batch]
    place = list(dataset.columns).index(dataset.key)
    touched = dataset.touched_by(list(Event.objects.all()))

    assert touched == {row[place] for row in batches}
    assert dataset.rows(sorted(touched)) == batches
    assert dataset.rows([10**9]) == []


def test_days_and_hours_are_the_companys(recorded):
    [order] = table(DATASETS[0], DATASETS[0].rows([Order.objects.get().pk]))

    assert (order["placed_at"], order["placed_on"], order["placed_hour"]) == (LATE, date(2024, 3, 2), 4)
    assert (order["gross_minor"], order["base_minor"], order["refunded_minor"]) == (600, 600, 100)


def test_sales_say_how_far_they_have_come_and_what_was_added_and_taken_off(recorded):
    [order] = table(DATASETS[0], DATASETS[0].rows([Order.objects.get().pk]))
    codes = table(DATASETS[5], DATASETS[5].rows([Order.objects.get().pk]))

    assert (order["payment_state"], order["fulfilment_state"]) == ("paid", "fulfilled")
    assert (order["shipping_minor"], order["tax_minor"], order["discount_minor"]) == (390, 65, 100)
    assert [(one["code"], one["kind"], one["amount_minor"], one["placed_on"]) for one in codes] == [
        ("SPRING", "percentage", 75, date(2024, 3, 2)), ("TEA", "", 25, date(2024, 3, 2)),
    ]  # fmt: skip


def test_lines_carry_what_they_need_of_their_record(recorded):
    order, refund = Order.objects.get(), Refund.objects.get()

    lines = table(DATASETS[1], DATASETS[1].rows([order.pk]))
    [returned] = table(DATASETS[3], DATASETS[3].rows([refund.pk]))

    assert [(line["quantity"], line["amount_minor"], line["base_minor"], line["placed_on"]) for line in lines] == [
        (2.0, 500, 500, date(2024, 3, 2)), (1.0, 100, 100, date(2024, 3, 2)),
    ]  # fmt: skip
    assert (returned["order_id"], returned["customer_id"], returned["amount_minor"]) == (
        order.pk,
        order.customer_id,
        100,
    )


def test_a_refund_touches_the_sale_it_belongs_to(recorded):
    refunds = list(Event.objects.filter(name="order.refunded"))

    assert DATASETS[0].touched_by(refunds) == {Order.objects.get().pk}
    assert DATASETS[1].touched_by(refunds) == set()
