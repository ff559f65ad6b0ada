"""Carts: filled, left behind, bought after all."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import PersonRecord, VisitorRecord
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.events.models import Event
from shuke.cdp.orders import actions, testing
from shuke.cdp.orders.actions import CheckoutRecord, LineRecord, OrderRecord
from shuke.cdp.orders.models import Checkout, Order
from shuke.cdp.orders.queries import checkouts

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
DAY = datetime(2024, 6, 15, 9, 0, tzinfo=UTC)


@pytest.fixture
def shop(company, now):
    return testing.shop(now=now)


@pytest.fixture
def visitor(shop, now):
    by = Provenance("web", "source:1", now)
    with transaction.atomic():
        return customers.resolve_visitors([VisitorRecord("anon-1", "")], namespace=shop.code, by=by)[0]


def happened(visitor, *told, start=DAY):
    """Put events into the log, a minute apart, and hand them to whoever follows it."""
    with transaction.atomic():
        events.publish(
            NewEvent(
                name, visitor.customer_id, start + timedelta(minutes=n), start, "web", "source:1", said,
                identity_id=visitor.identity_id,
            )
            for n, (name, said) in enumerate(told)
        )  # fmt: skip
    events.number_committed()
    events.deliver(now=start)


def tea(quantity=1):
    return {"product_id": "tea", "name": "Tea", "price": 4.5, "quantity": quantity, "currency": "GBP"}


def begin(now):
    """Let those who react to the log begin to listen."""
    events.number_committed()
    events.deliver(now=now)


def cart(token="C1", *, at=DAY, **more):
    said = {"currency": "GBP", "lines": [LineRecord(Decimal(2), Decimal("5.00"), title="Mug")]} | more
    return CheckoutRecord(token, DAY, at, **said)


def record(shop, *records, now=DAY):
    with transaction.atomic():
        return actions.record_checkouts(shop, records, by=Provenance(shop.code, "system:test", now))


def test_a_cart_fills_as_its_visitor_fills_it(visitor, now):
    begin(now)
    happened(
        visitor, ("Product Added", tea(2)), ("Product Added", tea()), ("Product Removed", tea()),
        ("Product Added", {"product_id": "cup", "price": "nonsense"}), ("Checkout Started", {"order_id": "9"}),
    )  # fmt: skip

    row = Checkout.objects.get()
    assert (row.value_minor, row.line_count, row.currency, row.shop.code) == (900, 2, "GBP", "willow")
    assert row.checkout_at == DAY + timedelta(minutes=4)
    assert row.identity_id == visitor.identity_id


def test_an_event_read_twice_counts_once(visitor, now):
    begin(now)
    happened(visitor, ("Product Added", tea()))

    with transaction.atomic():
        actions.fill_carts(list(_envelopes()), now=now)

    assert Checkout.objects.get().value_minor == 450


def _envelopes():
    from shuke.cdp.events.queries import called

    return called(["Product Added"], after=0, until=10**9, limit=100, live_only=True)


def test_an_abandoned_cart_is_told_once_and_recovered_by_an_order(shop, now):
    begin(now)
    record(shop, cart(person=PersonRecord(external_id="ada")))

    assert actions.find_abandoned(now=DAY + timedelta(minutes=30)) == 0
    assert actions.find_abandoned(now=DAY + timedelta(hours=2)) == 1
    assert actions.find_abandoned(now=DAY + timedelta(hours=3)) == 0
    testing.recorded(shop, testing.order("1", at=DAY + timedelta(hours=4)), now=DAY + timedelta(hours=4))
    events.number_committed()
    events.deliver(now=DAY + timedelta(hours=4))
    events.number_committed()
    events.deliver(now=DAY + timedelta(hours=4))

    row = Checkout.objects.get()
    assert row.order == Order.objects.get()
    assert checkouts.state_of(row) == checkouts.RECOVERED
    told = Event.objects.filter(name__startswith="checkout.").order_by("pk").values_list("name", "customer_id")
    assert list(told) == [("checkout.abandoned", row.customer_id), ("checkout.recovered", row.customer_id)]


def test_somebody_elses_order_recovers_nothing(shop, now):
    begin(now)
    record(shop, cart(person=PersonRecord(external_id="ada")))
    actions.find_abandoned(now=DAY + timedelta(hours=2))
    testing.recorded(
        shop, testing.order("1", customer="bob", at=DAY + timedelta(hours=4)), now=DAY + timedelta(hours=4)
    )

    events.number_committed()
    events.deliver(now=DAY + timedelta(hours=4))

    assert checkouts.state_of(Checkout.objects.get()) == checkouts.ABANDONED


def test_a_cart_filled_before_signing_in_is_the_persons_and_closes_with_their_order(visitor, shop, now):
    begin(now)
    happened(visitor, ("Product Added", tea()))
    with transaction.atomic():
        by = Provenance("web", "source:1", DAY)
        customers.resolve_visitors([VisitorRecord("anon-1", "ada")], namespace=shop.code, by=by)
    begin(DAY)

    row = Checkout.objects.get()
    assert row.customer_id is not None
    # The order names the cart into which the shop moved everything on signing in, not this one.
    at = DAY + timedelta(hours=1)
    order = OrderRecord("1", at, "GBP", [testing.line()], PersonRecord(external_id="ada"), checkout_token="C9")
    testing.recorded(shop, order, now=at)
    begin(at)
    begin(at)

    assert {row.token: row.order and row.order.number for row in Checkout.objects.select_related("order")} == {
        row.token: "1", "C9": "1",
    }  # fmt: skip
    assert actions.find_abandoned(now=DAY + timedelta(days=1)) == 0


def test_long_abandoned_carts_set_nothing_off(shop, now):
    record(shop, cart())

    actions.find_abandoned(now=DAY + timedelta(days=30))

    assert Event.objects.get(name="checkout.abandoned").historical


def test_messages_about_a_cart_end_alike_in_any_order(shop, now):
    first, last = cart(at=DAY), cart(at=DAY + timedelta(hours=1), lines=(), value_minor=2500)
    record(shop, first)
    record(shop, last)
    record(shop, first)

    assert Checkout.objects.get().value_minor == 2500


@pytest.mark.parametrize("cart_first", [True, False])
def test_an_order_that_names_its_cart_completes_it_whichever_comes_first(shop, now, cart_first):
    order = OrderRecord("1", DAY, "GBP", [testing.line()], checkout_token="C1")
    steps = [lambda: record(shop, cart()), lambda: testing.recorded(shop, order, now=now)]
    for step in steps if cart_first else reversed(steps):
        step()

    row = Checkout.objects.get()
    assert (row.order.number, row.completed_at, row.value_minor) == ("1", DAY, 1000)


def test_a_bought_cart_begins_anew_with_the_next_product(visitor, now):
    begin(now)
    happened(visitor, ("Product Added", tea()), ("Order Completed", {"order_id": "1"}))
    happened(visitor, ("Product Added", tea(3)), start=DAY + timedelta(days=1))

    rows = Checkout.objects.order_by("pk").values_list("value_minor", "completed_at")
    assert list(rows) == [(450, DAY + timedelta(minutes=1)), (1350, None)]


def test_reading_carts_takes_as_many_queries_for_one_as_for_many(shop, now):
    def cost(*records):
        with CaptureQueriesContext(connection) as queries:
            record(shop, *records)
        return len(queries)

    few = cost(*(cart(f"A{n}") for n in range(2)))
    assert cost(*(cart(f"B{n}") for n in range(50))) == few
