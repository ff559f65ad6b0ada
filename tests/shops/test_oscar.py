"""A django-oscar shop beside Shuke: what its visitors, buyers and staff do there appears here, once, to the penny."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import CHROMIUM, launched
from tests.engine.homes import wait_until
from tests.sdks.flaky import CUT_OFF, SWALLOWED, Flaky, flaky
from tests.shops import running
from tests.shops.oscar import stocking
from tests.shops.running import AGENT, Shop, Shuke, Visitor

pytestmark = [pytest.mark.xdist_group("shops"), pytest.mark.slow]
ADA = {
    "first_name": "Ada", "last_name": "Lovelace", "line1": "1 High Street", "line4": "London", "postcode": "N1 9GU",
    "phone_number": "+442079460958",
}  # fmt: skip
PASSWORD = "leaves and tea 77"
# As the page of the source has it; what the backend tells, the tracker need not.
SNIPPET = """<script>
!function(w,d,u){if(!w.shuke){var s=w.shuke=function(){s.q.push(arguments)};s.q=[];
var e=d.createElement("script");e.async=1;e.src=u;d.head.appendChild(e)}}
(window,document,"%s");
shuke("start","%s",{products:false,search:[]});
</script>"""


@pytest.fixture(scope="module")
def shuke(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shuke]:
    with running.shuke(tmp_path_factory.mktemp("shops") / "home") as found:
        yield found


@pytest.fixture(scope="module")
def network(shuke: Shuke) -> Iterator[Flaky]:
    """What lies between the shop and Shuke."""
    with flaky(shuke.server.url, []) as found:
        yield found


@pytest.fixture(scope="module")
def shop(shuke: Shuke, network: Flaky, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    snippet = SNIPPET % (f"{shuke.server.url}/v1/shuke.js", shuke.write_key)
    with running.oscar(tmp_path_factory.mktemp("oscar") / "shop", shuke, address=network.url, snippet=snippet) as found:
        yield found


@pytest.fixture(scope="module")
def staff(shop: Shop) -> Visitor:
    visitor = shop.visitor()
    said = {"login-username": stocking.STAFF, "login-password": stocking.PASSWORD, "login_submit": "Log In"}
    visitor.fill("/accounts/login/", **said)
    return visitor


def browse(visitor: Visitor) -> None:
    """Look at a tea, search for another, and put the first into the basket."""
    visitor.go("/search/?q=oolong")
    visitor.fill("/basket/add/1/", on="/catalogue/dragon-well_1/", quantity="2")


def register(visitor: Visitor, email: str) -> None:
    visitor.fill("/accounts/register/", email=email, password1=PASSWORD, password2=PASSWORD)


def buy(visitor: Visitor, shop: Shop) -> str:
    """Check out; return the number of the order."""
    visitor.fill("/checkout/shipping-address/", **ADA)
    visitor.fill("/checkout/preview/", action="place_order")
    return str(shop.rows("SELECT number FROM order_order ORDER BY id DESC")[0][0])


def ship(staff: Visitor, shop: Shop, number: str) -> None:
    lines = shop.rows(
        "SELECT line.id, quantity FROM order_line line JOIN order_order o ON o.id = order_id WHERE number = ?", number
    )
    staff.fill(
        f"/dashboard/orders/{number}/", line_action="create_shipping_event", shipping_event_type="shipped", reference="TRACK-1",
        selected_line=[pk for pk, _quantity in lines], **{f"selected_line_qty_{pk}": quantity for pk, quantity in lines},
    )  # fmt: skip


def to_status(staff: Visitor, number: str, status: str) -> None:
    staff.fill(f"/dashboard/orders/{number}/", order_action="change_order_status", new_status=status)


def refund(staff: Visitor, number: str, amount: str) -> None:
    said = {"order_action": "create_order_payment_event", "payment_event_type": "refunded", "amount": amount}
    staff.fill(f"/dashboard/orders/{number}/", **said)


def settle(shop: Shop, shuke: Shuke) -> None:
    """Wait until the shop has sent everything and Shuke has done all that follows of it."""
    wait_until(lambda: not shop.waiting())
    # A delivery in "stored" is still to be applied.
    wait_until(lambda: not shuke.rows("SELECT 1 FROM integrations_delivery WHERE state = 'stored'"))
    inbox = "SELECT (SELECT coalesce(max(id), 0) FROM ingest_inbox) > (SELECT coalesce(max(inbox_id), 0) FROM ingest_progress)"
    wait_until(lambda: shuke.rows(inbox) == [(0,)])


def told(shuke: Shuke, customer_id: int) -> Counter[str]:
    """Return what the log tells of a customer, of the time before they were known too."""
    found = shuke.rows(
        "SELECT name, count(*) FROM events_event WHERE customer_id = ? OR identity_id IN "
        "(SELECT id FROM customers_identity WHERE customer_id = ?) GROUP BY name",
        customer_id, customer_id,
    )  # fmt: skip
    return Counter(dict(found))


def minor(amount: Any) -> int:
    return round(float(amount) * 100)


def test_what_a_visitor_does_becomes_a_customers_story(
    shop: Shop, shuke: Shuke, staff: Visitor, network: Flaky
) -> None:
    visitor = shop.visitor(shuke_id="8f14e45f-ceea-467f-8b3c-0123456789ab")  # the cookie of our tracker
    browse(visitor)
    # The network refuses, breaks off, and loses an answer: the shop sends again, and nothing counts twice.
    network.failures += [503, CUT_OFF, SWALLOWED]
    register(visitor, "ada@example.com")
    visitor.fill("/basket/add/2/", on="/catalogue/oolong_2/", quantity="1")
    visitor.fill("/basket/vouchers/add/", on="/basket/", code=stocking.VOUCHER)
    network.failures += [SWALLOWED, 500]
    number = buy(visitor, shop)
    to_status(staff, number, "Being processed")
    ship(staff, shop, number)
    to_status(staff, number, "Complete")
    network.failures += [SWALLOWED, SWALLOWED]
    refund(staff, number, "5.25")
    settle(shop, shuke)

    assert network.failures == []
    [(customer_id, name)] = shuke.rows(
        "SELECT c.id, c.name FROM customers_customer c JOIN orders_order o ON o.customer_id = c.id WHERE o.number = ?",
        number,
    )
    assert name == "Ada Lovelace"
    story = told(shuke, customer_id)
    assert {name: story[name] for name in ("Product Viewed", "Products Searched", "Product Added", "User Identified")} == {
        "Product Viewed": 2, "Products Searched": 1, "Product Added": 2, "User Identified": 1,
    }  # fmt: skip
    milestones = ("placed", "paid", "shipped", "completed", "refunded")
    assert [story[f"order.{name}"] for name in milestones] == [1] * len(milestones)
    as_the_shop_has_it(shop, shuke, number)
    assert states(shuke, number) == ("completed", "partially_refunded", "fulfilled")
    # The basket of the visitor and the one into which the shop moved it on signing in both became the order.
    wait_until(lambda: carts(shuke) == {"basket-1": number, "basket-2": number})


def as_the_shop_has_it(shop: Shop, shuke: Shuke, number: str) -> None:
    """Compare an order's money, lines, coupon, payment, parcels and refunds with what the shop's own database says."""
    [(pk, total, shipping, taxless)] = shop.rows(
        "SELECT id, total_incl_tax, shipping_incl_tax, total_excl_tax FROM order_order WHERE number = ?", number
    )
    [(here, gross, our_shipping, tax, discount, refunded)] = shuke.rows(
        "SELECT id, gross_minor, shipping_minor, tax_minor, discount_minor, refunded_minor FROM orders_order WHERE number = ?",
        number,
    )
    assert (gross + our_shipping, our_shipping, tax) == (minor(total), minor(shipping), minor(total) - minor(taxless))
    lines = shop.rows(
        "SELECT upc, quantity, line_price_incl_tax, line_price_before_discounts_incl_tax FROM order_line WHERE order_id = ?",
        pk,
    )
    ours = shuke.rows(
        "SELECT sku, quantity, amount_minor, discount_minor FROM orders_orderline WHERE order_id = ?", here
    )
    assert sorted(ours) == sorted(
        (upc, count, minor(paid), minor(full) - minor(paid)) for upc, count, paid, full in lines
    )
    coupons = shop.rows("SELECT voucher_code, amount FROM order_orderdiscount WHERE order_id = ?", pk)
    assert shuke.rows("SELECT code, amount_minor FROM orders_ordercoupon WHERE order_id = ?", here) == [
        (code, minor(amount)) for code, amount in coupons
    ]
    assert discount == sum(minor(amount) for _code, amount in coupons)
    assert shuke.rows("SELECT method, amount_minor, state FROM orders_orderpayment WHERE order_id = ?", here) == [
        ("Card", minor(total), "paid")
    ]
    parcels = shop.rows("SELECT count(*) FROM order_shippingevent WHERE order_id = ?", pk)
    assert shuke.rows("SELECT count(*) FROM orders_shipment WHERE order_id = ?", here) == parcels
    given_back = shop.rows(
        "SELECT coalesce(sum(amount), 0) FROM order_paymentevent e JOIN order_paymenteventtype t ON t.id = event_type_id "
        "WHERE order_id = ? AND code = 'refunded'", pk,
    )  # fmt: skip
    assert refunded == minor(given_back[0][0])


def states(shuke: Shuke, number: str) -> tuple[str, str, str]:
    found = shuke.rows("SELECT status, payment_state, fulfilment_state FROM orders_order WHERE number = ?", number)
    return found[0]  # type: ignore[no-any-return]


def carts(shuke: Shuke) -> dict[str, str | None]:
    return dict(
        shuke.rows(
            "SELECT token, number FROM orders_checkout c LEFT JOIN orders_order o ON o.id = order_id WHERE token <= 'basket-2'"
        )
    )


def test_a_cancelled_order_is_cancelled_here_and_given_back_in_full(shop: Shop, shuke: Shuke, staff: Visitor) -> None:
    visitor = shop.visitor(shuke_id="9a0364b9-e99b-480d-aa11-0123456789ab")
    register(visitor, "tom@example.com")
    visitor.fill("/basket/add/3/", on="/catalogue/jasmine_3/", quantity="7")
    number = buy(visitor, shop)

    [(total,)] = shop.rows("SELECT total_incl_tax FROM order_order WHERE number = ?", number)
    to_status(staff, number, "Cancelled")
    refund(staff, number, str(total))
    settle(shop, shuke)

    as_the_shop_has_it(shop, shuke, number)
    assert states(shuke, number) == ("cancelled", "refunded", "unfulfilled")
    [(customer_id,)] = shuke.rows("SELECT customer_id FROM orders_order WHERE number = ?", number)
    assert told(shuke, customer_id)["order.cancelled"] == 1


def test_a_visitor_who_stays_unknown_has_a_basket_all_the_same(shop: Shop, shuke: Shuke) -> None:
    visitor = shop.visitor(shuke_id="0cc175b9-c0f1-46b6-a831-0123456789ab")
    browse(visitor)
    settle(shop, shuke)

    [(pk, customer_id)] = shuke.rows(
        "SELECT id, customer_id FROM customers_identity WHERE value = '0cc175b9-c0f1-46b6-a831-0123456789ab'"
    )
    assert customer_id is None
    cart = "SELECT value_minor, customer_id, order_id FROM orders_checkout WHERE identity_id = ?"
    wait_until(lambda: shuke.rows(cart, pk) == [(3000, None, None)])
    # Nothing the shop has sent was refused.
    assert shuke.rows("SELECT count(*) FROM integrations_delivery WHERE state <> 'applied'") == [(0,)]
    assert shuke.rows("SELECT count(*) FROM ingest_deadletter") == [(0,)]


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="NOT RUN: no Chromium")
def test_the_tracker_and_the_backend_tell_of_one_person(shop: Shop, shuke: Shuke) -> None:
    """A real browser: page views come from the page, the rest from the shop's server, by the same visitor."""
    with launched() as browser:
        page = browser.new_context(user_agent=AGENT).new_page()
        page.route("https://**", lambda route: route.abort())  # what the shop's theme loads from elsewhere
        page.goto(f"{shop.url}/catalogue/jasmine_3/?utm_source=red&utm_medium=social")
        page.wait_for_function("document.cookie.includes('shuke_id=')")
        page.goto(f"{shop.url}/search/?q=green")
        page.goto(f"{shop.url}/accounts/register/")
        page.fill("#register_form [name=email]", "mei@example.com")
        page.fill("#register_form [name=password1]", PASSWORD)
        page.fill("#register_form [name=password2]", PASSWORD)
        page.click("#register_form button[type=submit]")
        page.wait_for_url("**/accounts/**")
        page.goto(f"{shop.url}/catalogue/")
        wait_until(lambda: bool(page.wait_for_timeout(100)) or shop.waiting() == 0)
        page.wait_for_timeout(1_000)
        page.context.close()
    visitor = "SELECT customer_id FROM customers_identity WHERE type = 'anonymous_id' AND customer_id IN "
    mine = "(SELECT customer_id FROM events_event WHERE name = 'User Identified' ORDER BY id DESC LIMIT 1)"
    wait_until(lambda: shuke.rows(visitor + mine) != [])

    [(customer_id,)] = shuke.rows(visitor + mine)
    wait_until(lambda: told(shuke, customer_id)["Page Viewed"] >= 4)
    story = told(shuke, customer_id)
    # The view and the search of the visitor, each told by the backend alone.
    assert (story["Product Viewed"], story["Products Searched"]) == (1, 1)
    [(source, medium)] = shuke.rows(
        "SELECT json_extract(first, '$.source'), json_extract(first, '$.medium') FROM ingest_acquisition WHERE identity_id IN "
        "(SELECT id FROM customers_identity WHERE customer_id = ? AND type = 'anonymous_id')", customer_id,
    )  # fmt: skip
    assert (source, medium) == ("red", "social")
