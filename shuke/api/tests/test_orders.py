"""Orders and refunds over the API."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse

from shuke.cdp.customers.models import Customer
from shuke.cdp.events.models import Event
from shuke.cdp.orders.models import Order, Refund

Call = Callable[..., HttpResponse]
SALE: dict[str, Any] = {
    "number": "1001", "placed_at": "2024-05-01T12:00:00+08:00", "currency": "GBP",
    "customer": {"external_id": "7", "email": "ada@example.com", "name": "Ada"},
    "lines": [
        {"product": "M1", "title": "Mug", "quantity": "3", "unit_price": "0.335"},
        {"title": "Delivery", "unit_price": "4.95"},
    ],
}  # fmt: skip


def _batch(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"shop": "Willow", "items": list(items), **more}


def test_an_order_is_created_kept_and_replaced(call: Call) -> None:
    created = call("POST", "/orders/batch", _batch(SALE)).json()
    repeated = call("POST", "/orders/batch", _batch(SALE)).json()
    replaced = call("POST", "/orders/batch", _batch({**SALE, "lines": SALE["lines"][:1]})).json()

    assert [answer["items"][0]["status"] for answer in (created, repeated, replaced)] == [
        "created",
        "unchanged",
        "updated",
    ]
    shown = call("GET", f"/orders/{created['items'][0]['id']}").json()
    assert (shown["gross_minor"], len(shown["lines"]), shown["placed_at"]) == (101, 1, "2024-05-01T04:00:00Z")
    assert shown["lines"][0]["product"] == "M1"
    assert shown["customer"] == str(Customer.objects.get().uuid)
    assert list(Event.objects.filter(name__startswith="order").order_by("pk").values_list("name", flat=True)) == [
        "order.placed", "order.paid", "order.completed", "order.changed",
    ]  # fmt: skip


def test_an_order_without_a_usable_key_is_a_guests(call: Call) -> None:
    call("POST", "/orders/batch", _batch({**SALE, "customer": {"phone": "138****0000", "name": "张*"}}))

    assert Order.objects.get().customer is None
    assert not Customer.objects.exists()


def test_a_refund_finds_its_sale_even_if_it_comes_first(call: Call) -> None:
    refund = {
        "number": "R1",
        "refunded_at": "2024-05-03T00:00:00Z",
        "currency": "GBP",
        "amount_minor": 100,
        "order_number": "1001",
    }

    created = call("POST", "/refunds/batch", _batch(refund)).json()
    call("POST", "/orders/batch", _batch(SALE))

    assert created["created"] == 1
    assert Refund.objects.get().order == Order.objects.get()
    assert Order.objects.get().refunded_minor == 100
    shown = call("GET", f"/refunds/{created['items'][0]['id']}").json()
    assert (shown["amount_minor"], shown["order_number"]) == (100, "1001")


def test_bad_orders_are_refused_one_by_one(call: Call) -> None:
    answer = call("POST", "/orders/batch", _batch(
        {**SALE, "number": ""}, {**SALE, "number": "2", "placed_at": "2024-05-01T12:00:00"}, {**SALE, "number": "3", "currency": "pounds"},
        {**SALE, "number": "4", "lines": [{"unit_price": "-1"}]}, {**SALE, "number": "5"},
    )).json()  # fmt: skip

    assert [item["status"] for item in answer["items"]] == ["refused"] * 4 + ["created"]
    assert [item["errors"][0]["field"] for item in answer["items"][:4]] == [
        "number",
        "placed_at",
        "currency",
        "lines.0.unit_price",
    ]
    assert Order.objects.get().number == "5"


def test_a_refund_must_say_how_much(call: Call) -> None:
    answer = call(
        "POST", "/refunds/batch", _batch({"number": "R1", "refunded_at": "2024-05-03T00:00:00Z", "currency": "GBP"})
    ).json()

    assert answer["refused"] == 1


def test_orders_are_listed_by_shop_number_customer_and_time(call: Call) -> None:
    call(
        "POST",
        "/orders/batch",
        _batch(SALE, {**SALE, "number": "1002", "placed_at": "2024-06-01T00:00:00Z", "customer": None}),
    )
    ada = Customer.objects.get().uuid

    def numbers(query: str) -> list[str]:
        return [item["number"] for item in call("GET", f"/orders?{query}").json()["items"]]

    assert numbers("") == ["1001", "1002"]
    assert numbers("shop=willow&number=1002") == ["1002"]
    assert numbers("shop=other") == []
    assert numbers(f"customer={ada}") == ["1001"]
    assert numbers("placed_from=2024-06-01T00:00:00Z") == ["1002"]
    assert numbers("placed_before=2024-06-01T00:00:00Z") == ["1001"]


def test_a_list_of_orders_costs_the_same_whatever_its_length(call: Call, django_assert_max_num_queries: Any) -> None:
    call("POST", "/orders/batch", _batch(*({**SALE, "number": str(n)} for n in range(1, 61))))

    with django_assert_max_num_queries(8):
        assert len(call("GET", "/orders?limit=60").json()["items"]) == 60
