"""What a file or a call does not say stays as a connected shop told it; what it says counts."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from shuke.cdp.orders import testing
from shuke.cdp.orders.actions import CouponRecord, OrderRecord, PaymentRecord, ShipmentRecord
from shuke.cdp.orders.models import Order, OrderChange

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
DAY = datetime(2024, 3, 1, 10, 30, tzinfo=UTC)


@pytest.fixture
def shop(company, now):
    return testing.shop(now=now)


def sale(number="1", **said):
    return OrderRecord(number, DAY, "GBP", [testing.line()], **{"status": "paid", **said})


def told(step, number="1"):
    """What a connected shop says of its sale after a step: created, paid, shipped."""
    paid = [PaymentRecord("card", 1000, "paid", DAY, "ref-1")] if step > 1 else []
    parcels = [ShipmentRecord("P1", "Royal Mail", "TRACK-1")] if step > 2 else []
    return sale(
        number, version=DAY + timedelta(hours=step), status="paid" if step > 1 else "open", payments=paid, shipments=parcels,
        payment_state="paid" if paid else "pending", fulfilment_state="fulfilled" if parcels else "unfulfilled",
        coupons=[CouponRecord("SPRING", 100)], landing_site="https://willow.example/?utm_source=red",
    )  # fmt: skip


def found(number="1"):
    order = Order.objects.get(number=number)
    return (
        order.status, order.payment_state, order.fulfilment_state, [each.code for each in order.coupons.all()],
        [each.method for each in order.payments.all()], [each.carrier for each in order.shipments.all()],
    )  # fmt: skip


WHOLE = ("paid", "paid", "fulfilled", ["SPRING"], ["card"], ["Royal Mail"])


def test_silence_leaves_what_was_told(shop, now):
    testing.recorded(shop, told(3), now=now)
    testing.recorded(shop, sale(status="completed"), now=now)

    order = Order.objects.get()
    assert found() == ("completed", *WHOLE[1:])
    assert (order.version, order.landing_site) == (DAY + timedelta(hours=3), "willow.example/?utm_source=red")
    assert [change[0] for change in OrderChange.objects.get().changes] == ["status"]


def test_what_is_said_counts_also_that_there_is_none(shop, now):
    testing.recorded(shop, told(3), now=now)
    testing.recorded(shop, sale(shipments=[ShipmentRecord("", "DHL", "X")], coupons=[]), now=now)

    assert found() == ("paid", "paid", "fulfilled", [], ["card"], ["DHL"])


def test_a_version_is_the_whole_sale(shop, now):
    testing.recorded(shop, told(3), now=now)
    testing.recorded(shop, sale(version=DAY + timedelta(hours=9)), now=now)

    assert found() == ("paid", "paid", "", [], [], [])


def test_a_status_that_goes_further_takes_its_payment_along(shop, now):
    testing.recorded(shop, told(1), now=now)
    testing.recorded(shop, sale(status="completed"), now=now)

    assert found()[:3] == ("completed", "paid", "unfulfilled")


@pytest.mark.parametrize("says", [{}, {"payments": [PaymentRecord("cash", 1000, "paid")]}], ids=["silent", "payments"])
def test_in_every_order_of_arrival(says, shop, now):
    """A file between, before or after a shop's messages takes nothing away that it does not speak of."""
    steps = ["file", 1, 2, 3]
    orders = list(permutations(steps))
    for place in range(len(steps)):
        records = [
            sale(str(n), **says) if order[place] == "file" else told(order[place], str(n))
            for n, order in enumerate(orders)
        ]
        testing.recorded(shop, *records, now=now)

    for n, order in enumerate(orders):
        newest_after = order.index("file") < order.index(3)
        method = "card" if newest_after or not says else "cash"
        assert found(str(n)) == (*WHOLE[:4], [method], WHOLE[5]), order
