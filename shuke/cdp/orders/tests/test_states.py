"""How far a sale has come: states, versions, what is told once, and what staff can read about it afterwards."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from shuke.cdp.events.actions import Provenance
from shuke.cdp.events.models import Event
from shuke.cdp.orders import actions, errors, testing
from shuke.cdp.orders.actions import CouponRecord, OrderRecord, PaymentRecord, RefundRecord, ShipmentRecord
from shuke.cdp.orders.actions.parts import sealed_as
from shuke.cdp.orders.models import Order, OrderChange, OrderCoupon, OrderPayment, Refund, Shipment
from shuke.platform.crypto.sealing import unseal

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
DAY = datetime(2024, 3, 1, 10, 30, tzinfo=UTC)


@pytest.fixture
def shop(company, now):
    return testing.shop(now=now)


def sale(step, number="1001", **more):
    """One of the messages a shop sends in the life of an order."""
    at = DAY + timedelta(hours=step)
    said = {"version": at, "payment_state": "pending", "fulfilment_state": "unfulfilled", "status": "open"}
    if step >= 1:
        said |= {"payment_state": "paid", "status": "paid", "paid_at": at}
        said["payments"] = [PaymentRecord("card", 1000, "paid", at, "ch_123")]
    if step >= 2:
        said |= {"fulfilment_state": "fulfilled"}
        said["shipments"] = [ShipmentRecord("F1", "SF Express", "SF1234567", "in_transit", at)]
    if step >= 3:
        said |= {"status": "completed", "fulfilment_state": "delivered"}
        said["shipments"] = [ShipmentRecord("F1", "SF Express", "SF1234567", "delivered", at, at)]
    line = [testing.line("5.00", "2")]
    return OrderRecord(number, DAY, "GBP", line, external_id=f"gid-{number}", **(said | more))


def told():
    return sorted(
        Event.objects.filter(name__startswith="order.").exclude(name="order.changed").values_list("name", flat=True)
    )


def test_keeps_states_coupons_payments_and_shipments(shop, now):
    record = sale(
        2, coupons=[CouponRecord("WELCOME", 100, "fixed_amount")], landing_site="https://w.example/a?email=a@b.c"
    )

    testing.recorded(shop, record, now=now)

    order = Order.objects.get()
    assert (order.payment_state, order.fulfilment_state, order.landing_site) == ("paid", "fulfilled", "w.example/a")
    assert OrderCoupon.objects.values_list("code", "kind", "amount_minor").get() == ("WELCOME", "fixed_amount", 100)
    payment, shipment = OrderPayment.objects.get(), Shipment.objects.get()
    assert b"ch_123" not in bytes(payment.reference)
    assert unseal(payment.reference, context=sealed_as("reference")) == "ch_123"
    assert unseal(shipment.tracking, context=sealed_as("tracking")) == "SF1234567"


def test_an_empty_payment_state_follows_from_the_status(shop, now):
    testing.recorded(
        shop, testing.order("1", at=DAY), testing.order("2", at=DAY, status="open"),
        testing.order("3", at=DAY, status="cancelled"), now=now,
    )  # fmt: skip

    assert list(Order.objects.order_by("number").values_list("payment_state", flat=True)) == ["paid", "pending", ""]


@pytest.mark.parametrize("field", ["payment_state", "fulfilment_state"])
def test_refuses_a_state_nobody_knows(shop, now, field):
    with pytest.raises(errors.InvalidRecord):
        testing.recorded(shop, sale(1, **{field: "levitating"}), now=now)
    assert not Order.objects.exists()


def test_a_line_discount_is_off_its_amount(shop, now):
    line = actions.LineRecord(Decimal(2), Decimal("5.00"), discount_minor=150)

    testing.recorded(shop, OrderRecord("1", DAY, "GBP", [line]), now=now)

    order = Order.objects.get()
    assert (order.gross_minor, order.lines.get().discount_minor) == (850, 150)


def test_what_is_older_changes_nothing(shop, now):
    testing.recorded(shop, sale(2), now=now)

    [outcome] = testing.recorded(shop, sale(0), now=now)

    assert outcome.action == "outdated"
    assert Order.objects.get().payment_state == "paid"


def test_the_same_content_under_a_newer_version_still_counts_as_seen(shop, now):
    testing.recorded(shop, sale(1, version=DAY), now=now)
    testing.recorded(shop, sale(1, version=DAY + timedelta(hours=5)), now=now)

    [outcome] = testing.recorded(shop, sale(0, version=DAY + timedelta(hours=3)), now=now)

    assert outcome.action == "outdated"


def test_two_messages_of_one_moment_end_alike_in_either_order(shop, now):
    same = {"version": DAY}
    for number, steps in (("A", (0, 2)), ("B", (2, 0))):
        for step in steps:
            testing.recorded(shop, sale(step, number, **same), now=now)

    assert set(Order.objects.values_list("payment_state", "fulfilment_state")) == {("paid", "fulfilled")}


def state():
    """Everything sales end up as, without what tells when and how it came."""
    known = {
        order.number: model_to_dict(order, exclude=["id", "told"])
        | {"uuid": None, "changed_at": None, "created_at": None}
        for order in Order.objects.all()
    }
    parts = [
        (row.order.number, row.number, row.carrier, row.state, row.delivered_at)
        for row in Shipment.objects.select_related("order")
    ]
    return known, sorted(map(str, parts)), sorted(Refund.objects.values_list("number", "order__number", "amount_minor"))


def messages(number):
    refund = RefundRecord(
        f"R{number}", DAY + timedelta(days=1), "GBP", amount_minor=300, order_external_id=f"gid-{number}"
    )
    return [sale(step, number) for step in range(4)] + [refund]


def test_messages_that_come_twice_late_and_in_any_order_end_in_one_state(shop, company, now):
    numbers = [f"N{n}" for n in range(12)]
    in_order = [message for number in numbers for message in messages(number)]
    for message in in_order:
        testing.recorded(shop, message, now=now)
    expected, expected_events = state(), told()
    other = testing.shop("Other", now=now)
    chance = random.Random(7)
    shuffled = in_order + chance.sample(in_order, len(in_order) // 3)
    chance.shuffle(shuffled)
    Event.objects.all().delete()

    for start in range(0, len(shuffled), 7):
        testing.recorded(other, *shuffled[start : start + 7], now=now)

    for model in (Refund, Order):
        model.objects.filter(shop=shop).delete()
    Order.objects.update(shop=shop)
    found = state()
    assert found[1:] == expected[1:]
    assert {number: row | {"customer": None, "identity": None} for number, row in found[0].items()} == {
        number: row | {"customer": None, "identity": None} for number, row in expected[0].items()
    }
    assert told() == expected_events


def test_each_milestone_is_told_once(shop, now):
    for step in (0, 1, 0, 2, 1, 3, 3):
        testing.recorded(shop, sale(step), now=now)
    testing.recorded(shop, sale(3, version=DAY + timedelta(days=1), payment_state="pending", status="open"), now=now)
    testing.recorded(shop, sale(3, version=DAY + timedelta(days=2)), now=now)

    assert told() == ["order.completed", "order.delivered", "order.paid", "order.placed", "order.shipped"]
    assert Event.objects.get(name="order.paid").occurred_at == DAY + timedelta(hours=1)


def test_history_tells_no_milestones_and_neither_does_what_comes_after_it(shop, now):
    testing.recorded(shop, sale(1), now=now, historical=True)
    testing.recorded(shop, sale(2), now=now)

    assert told() == ["order.placed", "order.shipped"]


def test_staff_can_read_what_changed_without_values_of_people(shop, now):
    testing.recorded(shop, sale(0, city="Leeds"), now=now)
    testing.recorded(shop, sale(2, city="York"), now=now)

    change = OrderChange.objects.get()
    changed = {name: (before, after) for name, before, after in change.changes}
    assert changed["payment_state"] == ("pending", "paid")
    assert changed["shipments"] == ([], [["SF Express", "in_transit"]])
    assert changed["city"] == (None, None)
    assert (change.source, change.version) == ("willow", DAY + timedelta(hours=2))


def test_a_deleted_order_is_cancelled_and_stays_so(shop, now):
    testing.recorded(shop, sale(1), now=now)
    by = Provenance("willow", "system:test", now)

    with transaction.atomic():
        missing = actions.cancel_orders(
            shop, ["gid-1001", "gid-9"], at=DAY + timedelta(days=1), reason="deleted", by=by
        )
    testing.recorded(shop, sale(2), now=now)

    order = Order.objects.get()
    assert (missing, order.status, order.cancel_reason) == (["gid-9"], "cancelled", "deleted")
    assert told().count("order.cancelled") == 1


def test_recording_takes_as_many_queries_for_one_order_as_for_many(shop, now):
    testing.recorded(shop, *(sale(1, f"A{n}") for n in range(2)), *(sale(1, f"B{n}") for n in range(30)), now=now)

    def cost(*records):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            testing.recorded(shop, *records, now=now)
        return len(queries)

    assert cost(*(sale(2, f"B{n}") for n in range(30))) == cost(*(sale(2, f"A{n}") for n in range(2)))
