"""What platforms write, in our words: each kind through its door, with what is odd about it."""

import json
from datetime import timedelta
from hashlib import md5
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from shuke.cdp.catalog.models import Product
from shuke.cdp.customers.models import ConsentRecord, Customer
from shuke.cdp.orders.models import Checkout, Order, OrderLine, Refund
from shuke.integrations import api, testing
from shuke.integrations.kinds import KINDS
from shuke.integrations.kinds.kind import Surroundings
from shuke.integrations.kinds.woocommerce.rest import Rest
from shuke.integrations.models import Connection, Delivery

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
NOW = testing.NOW


def settled(to: Connection, topic: str, said: Any) -> Delivery:
    assert testing.send(to, topic, said) == 200
    testing.settle()
    return Delivery.objects.latest("pk")


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_says_what_it_needs(kind: str) -> None:
    one = KINDS[kind]

    assert one.code == kind
    assert any(field.name == "secret" and field.is_secret and field.is_required for field in one.fields)
    assert one.topics
    assert one.instructions("https://shuke.example/hooks/x/y")
    assert one.client({}, {}, Surroundings("GBP", "UTC")) is None


# -- WooCommerce


@pytest.mark.parametrize(
    "said",
    [
        {"cost_of_goods_sold": {"values": [{"defined_value": 2.5, "effective_value": 2.5}], "total_value": 2.5}},
        {"meta_data": [{"id": 1, "key": "_wc_cog_cost", "value": "2.50"}]},
    ],
)  # fmt: skip
def test_woocommerce_products_say_what_they_cost(said: dict[str, Any]) -> None:
    shop = testing.connect("woocommerce")

    settled(shop, "product.updated", {"id": 7, "name": "Cheese", "price": "9.00", "status": "publish", **said})

    assert Product.objects.get().cost_minor == 250


def woo(number: int = 41, **said: Any) -> dict[str, Any]:
    return {
        "id": number, "number": str(number), "status": "processing", "currency": "GBP", "total": "29.35",
        "date_created": "2024-06-15T12:00:00", "date_created_gmt": "2024-06-15T11:00:00",
        "date_modified_gmt": "2024-06-15T11:30:00", "date_paid_gmt": "2024-06-15T11:10:00", "discount_total": "2.00",
        "shipping_total": "5.00", "total_tax": "1.35", "customer_id": 26, "payment_method": "bacs", "created_via": "checkout",
        "billing": {"first_name": "Ada", "last_name": "Byron", "email": "ada@example.com", "phone": "", "city": "Bath", "country": "GB"},
        "shipping": {"first_name": "", "city": "", "country": ""},
        "line_items": [
            {"id": 1, "name": "Cheese", "product_id": 93, "quantity": 1.5, "price": 13.333333333333334, "subtotal": "22.00",
             "total": "20.00", "sku": "C1"},
            {"id": 2, "name": "Gift", "product_id": 0, "quantity": 1, "price": 0, "subtotal": "0.00", "total": "0.00", "sku": None},
        ],
        "coupon_lines": [{"id": 3, "code": "spring", "discount": "2.00"}], "refunds": [], **said,
    }  # fmt: skip


def test_woocommerce_an_order_with_half_a_cheese() -> None:
    shop = testing.connect("woocommerce")

    settled(shop, "order.updated", woo())

    order = Order.objects.get()
    lines = list(
        OrderLine.objects.order_by("position").values_list("title", "quantity", "amount_minor", "discount_minor")
    )
    assert (order.number, order.status, order.payment_state, order.city) == ("41", "paid", "paid", "Bath")
    assert order.placed_at.isoformat() == "2024-06-15T11:00:00+00:00"
    assert [(title, float(quantity), amount, off) for title, quantity, amount, off in lines] == [
        ("Cheese", 1.5, 2000, 200), ("Gift", 1.0, 0, 0),
    ]  # fmt: skip
    assert Customer.objects.get().name == "Ada Byron"


@pytest.mark.parametrize(
    "odd",
    [
        {"line_items": None}, {"billing": []}, {"shipping": None}, {"coupon_lines": {"a": 1}}, {"refunds": None},
        {"customer_id": "0"}, {"total": 29.35}, {"discount_total": ""}, {"date_modified_gmt": None}, {"number": None},
        {"status": "wc-custom-state"}, {"line_items": [{"name": "x", "quantity": "2", "price": "1", "total": 2}]},
        {"date_paid_gmt": "0000-00-00T00:00:00"}, {"meta_data": "what"}, {"transaction_id": 12345},
    ],
    ids=str,
)  # fmt: skip
def test_woocommerce_plugins_put_odd_things_into_odd_places(odd: dict[str, Any]) -> None:
    delivery = settled(testing.connect("woocommerce"), "order.created", woo() | odd)

    assert (delivery.state, delivery.reason, delivery.detail) == ("applied", "", "")


def test_woocommerce_drafts_are_no_orders_and_refunds_are() -> None:
    shop = testing.connect("woocommerce")

    assert settled(shop, "order.created", woo(1, status="checkout-draft")).state == "ignored"
    settled(shop, "order.updated", woo(2, refunds=[{"id": 7, "reason": "broken", "total": "-4.50"}]))

    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.order.number) == (450, "2")
    assert refund.order.payment_state == "partially_refunded"


def test_woocommerce_tries_the_address_before_it_sends() -> None:
    shop = testing.connect("woocommerce")

    answers = [api.take("woocommerce", shop.token, {}, body, now=NOW) for body in (b"webhook_id=12", b"")]

    assert answers == [200, 200]
    assert not Delivery.objects.exists()


def test_woocommerce_an_unknown_currency_is_refused_for_that_record_alone() -> None:
    shop = testing.connect("woocommerce")
    testing.send(shop, "order.created", woo(1, currency="£££"))
    testing.send(shop, "order.created", woo(2))
    testing.settle()

    assert Delivery.objects.get(state="failed").reason == "currency"
    assert Order.objects.get().number == "2"


def test_woocommerce_is_fetched_by_the_hundred_and_asked_for_what_changed() -> None:
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        page, resource = int(request.url.params["page"]), request.url.path.rpartition("/")[2]
        rows = (
            [woo(number) for number in range(100 * page - 99, min(100 * page, 130) + 1)] if resource == "orders" else []
        )
        return httpx.Response(200, json=rows, headers={"X-WP-Total": "130"})

    here = Surroundings("GBP", "UTC")
    rest = Rest("https://willow.example/", ("ck", "cs"), here, http=httpx.Client(transport=httpx.MockTransport(answer)))

    found = [(len(records.orders), cursor, total) for records, cursor, total in rest.pages(NOW, {}) if records.orders]
    resumed = [len(records.orders) for records, _cursor, _total in rest.pages(NOW, found[0][1])]

    assert [one[0] for one in found] == [100, 30]
    assert found[0][1] == {"resource": "orders", "page": 2}
    assert resumed == [30]
    orders = [url for url in asked if url.path.endswith("/orders")]
    assert orders[0].params["modified_after"] == "2024-06-15T12:00:00"
    assert asked[0].host == "willow.example"


# -- Youzan


def youzan_push(kind: str, message: Any, *, secret: str = testing.SECRET, number: str = "m1", **more: Any) -> bytes:
    encoded = quote(json.dumps(message, ensure_ascii=False))
    sign = md5(f"client{encoded}{secret}".encode(), usedforsecurity=False).hexdigest()
    return json.dumps({
        "client_id": "client", "id": "E1", "kdt_id": 1, "kdt_name": "shop", "mode": 1, "msg": encoded, "msg_id": number,
        "sendCount": 0, "sign": sign, "status": "", "test": False, "type": kind, "version": 1, **more,
    }).encode()  # fmt: skip


def trade(tid: str = "E20240615000001", status: str = "WAIT_SELLER_SEND_GOODS", **said: Any) -> dict[str, Any]:
    return {"full_order_info": {
        "order_info": {"tid": tid, "status": status, "created": "2024-06-15 18:00:00", "update_time": "2024-06-15 18:05:00",
                       "pay_time": "2024-06-15 18:01:00", **said},
        "orders": [{"item_id": 3737550999277696000, "title": "龙井茶", "num": 2, "price": "50.00", "total_fee": "100.00",
                    "payment": "90.00", "outer_sku_id": "T1"}],
        "buyer_info": {"yz_open_id": "yz1", "buyer_phone": "13812345678", "buyer_name": "张三"},
        "address_info": {"delivery_province": "浙江省", "delivery_city": "杭州市", "delivery_address": "西湖路1号"},
        "pay_info": {"payment": "95.00", "post_fee": "5.00"}, "source_info": {"platform": "wx"},
    }}  # fmt: skip


def test_youzan_a_trade_in_shanghai_time_with_an_id_beyond_floats() -> None:
    shop = testing.connect("youzan")

    assert api.take("youzan", shop.token, {}, youzan_push("trade_TradePaid", trade()), now=NOW) == 200
    testing.settle()

    order = Order.objects.get()
    assert (order.currency, order.payment_state, order.gross_minor) == ("CNY", "paid", 9000)
    assert order.placed_at.isoformat() == "2024-06-15T10:00:00+00:00"
    assert Product.objects.get().external_id == "3737550999277696000"
    assert Customer.objects.get().name == "张三"


def test_youzan_a_closing_that_names_only_the_trade() -> None:
    shop = testing.connect("youzan")
    closing = {"tid": "E20240615000001", "close_reason": "buyer", "update_time": "2024-06-15 19:00:00"}
    for number, push in enumerate(
        [("trade_TradeClose", closing), ("trade_TradeCreate", trade(status="WAIT_BUYER_PAY"))]
    ):
        api.take("youzan", shop.token, {}, youzan_push(*push, number=f"m{number}"), now=NOW)
        testing.settle()
    testing.settle(now=NOW + timedelta(minutes=5))

    order = Order.objects.get()
    assert (order.status, order.cancel_reason) == ("cancelled", "buyer")


def test_youzan_signs_the_message_as_it_stands() -> None:
    shop = testing.connect("youzan")
    good = youzan_push("trade_TradePaid", trade())
    said = json.loads(good)
    decoded = json.dumps(said | {"msg": json.dumps(trade())}).encode()

    answers = [api.take("youzan", shop.token, {}, body, now=NOW) for body in (decoded, b"[]", b"{}", b"{", good)]

    assert answers == [401, 401, 401, 401, 200]


def test_youzan_test_pushes_are_answered() -> None:
    shop = testing.connect("youzan")

    assert api.take("youzan", shop.token, {}, b'{"test": true, "msg": ""}', now=NOW) == 200
    assert not Delivery.objects.exists()


# -- Shopify beyond orders


def test_shopify_a_cart_becomes_a_checkout_becomes_an_order() -> None:
    shop = testing.connect("shopify")
    cart = {
        "id": "tok", "token": "tok", "created_at": "2024-06-15T09:00:00Z", "updated_at": "2024-06-15T09:01:00Z",
        "line_items": [{"product_id": 7, "title": "Tea", "quantity": 1, "price": "4.00"}],
    }  # fmt: skip
    checkout = {
        **cart, "token": "chk", "cart_token": "tok", "updated_at": "2024-06-15T09:02:00Z", "currency": "GBP",
        "total_price": "4.50", "email": "ada@example.com", "completed_at": None,
    }  # fmt: skip
    for topic, said in (("carts/update", cart), ("checkouts/update", checkout)):
        settled(shop, topic, said)
    assert Checkout.objects.get().value_minor == 450
    settled(shop, "orders/create", testing.ShopifyOrder(1, NOW).said | {"cart_token": "tok", "checkout_token": "chk"})

    found = Checkout.objects.get()
    assert (found.order_id, found.completed_at) == (Order.objects.get().pk, NOW)


def test_shopify_consent_needs_evidence_and_keeps_it() -> None:
    shop = testing.connect("shopify")
    consent = {"state": "subscribed", "opt_in_level": "confirmed_opt_in", "consent_updated_at": "2024-06-15T09:00:00Z"}
    undated = {"state": "subscribed", "opt_in_level": "unknown", "consent_updated_at": None}
    for mail, said in (("ada@example.com", consent), ("bob@example.com", undated)):
        topic = "customers_email_marketing_consent/update"
        settled(shop, topic, {"customer_id": 1, "email_address": mail, "email_marketing_consent": said})
        settled(shop, topic, {"customer_id": 1, "email_address": mail, "email_marketing_consent": said})

    assert list(ConsentRecord.objects.values_list("action", "method")) == [("confirmed", "provider_webhook")]


def test_shopify_products_come_change_and_go() -> None:
    shop = testing.connect("shopify")
    tea = {"id": 9_007_199_254_740_993, "title": "Tea", "status": "active", "variants": [{"sku": "T", "price": "4.00"}]}
    settled(shop, "products/create", tea | {"updated_at": "2024-06-15T09:00:00Z"})
    settled(shop, "products/update", tea | {"title": "Green tea", "updated_at": "2024-06-15T11:00:00Z"})
    settled(shop, "products/update", tea | {"title": "Old tea", "updated_at": "2024-06-15T10:00:00Z"})
    product = Product.objects.get()
    assert (product.external_id, product.title, product.price_minor) == ("9007199254740993", "Green tea", 400)

    # What a piece costs is told to the admin's own interface only; in another currency it says nothing of our margins.
    cost = {"inventory_item": {"unit_cost": {"amount": "1.55", "currency_code": "GBP"}}}
    settled(
        shop, "products/update", tea | {"updated_at": "2024-06-15T11:10:00Z", "variants": [{"price": "4.00", **cost}]}
    )
    cost["inventory_item"]["unit_cost"] |= {"amount": "9", "currency_code": "USD"}
    settled(
        shop, "products/update", tea | {"updated_at": "2024-06-15T11:20:00Z", "variants": [{"price": "4.00", **cost}]}
    )
    assert Product.objects.get().cost_minor == 155

    settled(shop, "products/delete", {"id": tea["id"]})

    assert not Product.objects.get().is_active


# -- the generic webhook


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("customer.upserted", {"external_id": "c1", "name": "Ada", "tags": ["VIP"], "updated_at": "2024-06-15T09:00:00Z"}),
        ("product.upserted", {"external_id": "p1", "title": "Tea", "price_minor": 400, "currency": "GBP"}),
        ("refund.upserted", {"number": "r1", "order_number": "1", "refunded_at": "2024-06-15T09:00:00Z", "currency": "GBP", "amount_minor": 5}),
        ("checkout.upserted", {"token": "t", "started_at": "2024-06-15T09:00:00Z", "updated_at": "2024-06-15T09:00:00Z", "currency": "GBP"}),
        ("consent.recorded", {"channel": "email", "address": "ada@example.com", "action": "granted", "occurred_at": "2024-06-15T09:00:00Z", "evidence": {"form": "sign-up"}}),
        ("privacy.requested", {"kind": "export", "external_id": "c1"}),
        ("order.upserted", {
            "number": "1", "placed_at": "2024-06-15T09:00:00Z", "updated_at": "2024-06-15T09:00:00Z", "currency": "GBP",
            "lines": [{"product": "p1", "quantity": 1.5, "unit_price": "2.10"}], "customer": {"email": "ada@example.com"},
            "coupons": [{"code": "A"}], "payments": [{"amount_minor": 315}], "shipments": [{"number": "s1"}],
        }),
    ],
    ids=lambda said: said if isinstance(said, str) else "",
)  # fmt: skip
def test_generic_every_type_of_message_is_taken(kind: str, data: dict[str, Any]) -> None:
    delivery = settled(testing.connect("signed"), "message", {"type": kind, "data": data})

    assert (delivery.state, delivery.detail) == ("applied", "")


def test_generic_a_wrong_field_is_named() -> None:
    shop = testing.connect("signed")
    order = {"number": "1", "placed_at": "yesterday", "currency": "GBP", "lines": []}

    wrong = settled(shop, "message", {"type": "order.upserted", "data": order})
    unknown = settled(shop, "message", {"type": "order.exploded", "data": {}})

    assert wrong.detail.startswith("placed_at: ")
    assert (unknown.reason, unknown.detail) == ("unknown_topic", "order.exploded")
