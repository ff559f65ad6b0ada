"""Recording sales, refunds and bookkeeping entries."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shuke.cdp.catalog.models import Product
from shuke.cdp.customers.models import Customer
from shuke.cdp.events.models import Event
from shuke.cdp.orders import errors, testing
from shuke.cdp.orders.models import Adjustment, Order, OrderLine, Refund, RefundLine

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
DAY = datetime(2024, 3, 1, 10, 30, tzinfo=UTC)


@pytest.fixture
def shop(company, now):
    return testing.shop(now=now)


def test_writes_a_sale_with_its_lines_customer_and_products(shop, now):
    sale = testing.order(
        "1001", at=DAY, lines=[testing.line("2.55", "6"), testing.line("0.001", "1", product="pin", title="Pin")]
    )

    [outcome] = testing.recorded(shop, sale, now=now)

    order = Order.objects.get()
    assert (outcome.kind, outcome.number, outcome.record_id, outcome.action) == ("order", "1001", order.pk, "created")
    assert (order.gross_minor, order.base_minor, order.line_count, order.placed_at) == (1530, 1530, 2, DAY)
    assert order.customer == Customer.objects.get()
    assert list(
        OrderLine.objects.order_by("position").values_list("quantity", "unit_price", "amount_minor", "product__title")
    ) == [
        (Decimal("6.0000"), Decimal("2.550000"), 1530, "Mug"),
        (Decimal("1.0000"), Decimal("0.001000"), 0, "Pin"),
    ]


def test_publishes_what_happened_when_it_happened(shop, now):
    testing.recorded(
        shop, testing.order("1001", at=DAY), testing.refund("C1", at=DAY, amount_minor=300), now=now, historical=True
    )

    placed = Event.objects.get(name="order.placed")
    assert placed.occurred_at == DAY
    assert placed.customer_id == Customer.objects.get().pk
    assert placed.historical
    assert placed.properties == {
        "order_id": Order.objects.get().pk, "shop": "willow", "number": "1001", "gross_minor": 1000, "currency": "GBP", "line_count": 1,
    }  # fmt: skip
    assert Event.objects.get(name="order.refunded").properties["amount_minor"] == 300


def test_the_same_content_again_changes_nothing(shop, now):
    records = [
        testing.order("1001", at=DAY),
        testing.refund("C1", at=DAY, lines=[testing.line()]),
        testing.adjustment("A1", at=DAY),
    ]
    testing.recorded(shop, *records, now=now)
    before = Event.objects.count()

    outcomes = testing.recorded(shop, *records, now=now + timedelta(days=1))

    assert [outcome.action for outcome in outcomes] == ["unchanged"] * 3
    assert Event.objects.count() == before
    assert (Order.objects.count(), Refund.objects.count(), Adjustment.objects.count()) == (1, 1, 1)
    assert Order.objects.get().changed_at < now


def test_other_content_replaces_the_record_whole(shop, now):
    testing.recorded(
        shop, testing.order("1001", at=DAY, lines=[testing.line(), testing.line("5", product="tea")]), now=now
    )
    first = Order.objects.get()

    [outcome] = testing.recorded(
        shop, testing.order("1001", at=DAY, customer="bob", lines=[testing.line("7")]), now=now
    )

    order = Order.objects.get()
    assert outcome.action == "replaced"
    assert (order.pk, order.uuid, order.gross_minor, order.line_count) == (first.pk, first.uuid, 700, 1)
    assert OrderLine.objects.count() == 1
    assert order.customer_id != first.customer_id
    assert Event.objects.filter(name="order.changed").count() == 1


def test_repeated_lines_stay(shop, now):
    testing.recorded(shop, testing.order(at=DAY, lines=[testing.line(), testing.line()]), now=now)

    assert Order.objects.get().gross_minor == 2000


def test_a_guest_order_makes_no_customer(shop, now):
    testing.recorded(shop, testing.order(at=DAY, customer=""), now=now)

    assert Order.objects.get().customer is None
    assert Customer.objects.count() == 0


def test_a_refund_that_names_its_sale_is_linked_and_counted(shop, now):
    testing.recorded(shop, testing.order("1001", at=DAY), now=now)

    testing.recorded(shop, testing.refund("C1", customer="", at=DAY, amount_minor=300, order_number="1001"), now=now)
    testing.recorded(
        shop, testing.refund("C2", customer="", at=DAY, lines=[testing.line("1")], order_number="1001"), now=now
    )

    order = Order.objects.get()
    assert order.refunded_minor == 400
    assert set(Refund.objects.values_list("order_id", "customer_id")) == {(order.pk, order.customer_id)}
    assert RefundLine.objects.count() == 1


def test_a_refund_that_came_first_finds_its_sale(shop, now):
    testing.recorded(shop, testing.refund("C1", customer="", at=DAY, amount_minor=300, order_number="1001"), now=now)

    testing.recorded(shop, testing.order("1001", at=DAY), now=now)

    assert Refund.objects.get().order == Order.objects.get()
    assert Order.objects.get().refunded_minor == 300
    assert Event.objects.filter(name="refund.changed").count() == 1


def test_a_refund_moved_to_another_sale_frees_the_first(shop, now):
    testing.recorded(shop, testing.order("1001", at=DAY), testing.order("1002", at=DAY), now=now)
    testing.recorded(shop, testing.refund("C1", at=DAY, amount_minor=300, order_number="1001"), now=now)

    testing.recorded(shop, testing.refund("C1", at=DAY, amount_minor=300, order_number="1002"), now=now)

    assert list(Order.objects.order_by("number").values_list("refunded_minor", flat=True)) == [0, 300]


def test_a_foreign_currency_is_listed_and_not_added(shop, now):
    testing.recorded(
        shop,
        testing.order("1", at=DAY),
        testing.order("2", at=DAY, currency="JPY", lines=[testing.line("1200")]),
        now=now,
    )

    order = Order.objects.get(number="2")
    assert (order.gross_minor, order.base_minor) == (1200, None)


def test_the_company_adopts_the_first_currency(shop, company, now):
    company.currency = ""
    company.save()

    testing.recorded(shop, testing.order("1", at=DAY, currency="CNY"), now=now)

    company.refresh_from_db()
    assert company.currency == "CNY"
    assert Order.objects.get().base_minor == 1000


def test_order_lines_do_not_rename_products(shop, now):
    testing.recorded(shop, testing.order(at=DAY, lines=[testing.line(title="")]), now=now)
    testing.recorded(shop, testing.order(at=DAY, lines=[testing.line(title="Mug")]), now=now)
    testing.recorded(shop, testing.order(at=DAY, lines=[testing.line(title="MUG!!")]), now=now)

    assert Product.objects.get().title == "Mug"


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (testing.order("", at=DAY, currency="pounds"), "currency"),
        (testing.order("x" * 121, at=DAY), "number"),
        (testing.order("1", at=datetime(2024, 1, 1)), "time"),  # noqa: DTZ001
        (testing.order("1", at=DAY, status="sold"), "status"),
    ],
)
def test_refuses_what_cannot_be_stored(shop, now, record, field):
    with pytest.raises(errors.InvalidRecord) as refusal:
        testing.recorded(shop, testing.order("good", at=DAY), record, now=now)

    assert refusal.value.facts["field"] == field
    assert Order.objects.count() == 0


def test_takes_the_same_number_of_queries_for_one_and_for_many(shop, now):
    def queries(first: int, last: int) -> int:
        records = [
            testing.order(f"N{n}", customer=f"c{n}", at=DAY, lines=[testing.line(product=f"p{n}")])
            for n in range(first, last)
        ]
        records += [
            testing.refund(f"R{n}", customer="", at=DAY, amount_minor=1, order_number=f"N{n}")
            for n in range(first, last)
        ]
        with CaptureQueriesContext(connection) as captured:
            testing.recorded(shop, *records, now=now)
        return len(captured)

    assert queries(0, 1) == queries(1, 60)
