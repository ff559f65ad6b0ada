"""Customers and products over the API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from shuke.cdp.customers.models import Customer
from shuke.cdp.events.models import Event
from shuke.platform.company.models import Shop

Call = Callable[..., HttpResponse]


def _batch(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"shop": "Willow", "items": list(items), **more}


def test_a_batch_creates_then_updates_then_changes_nothing(call: Call) -> None:
    ada = {"external_id": "7", "email": "Ada@Example.com", "phone": "+44 20 7946 0958", "name": "Ada Lovelace",
           "country": "United Kingdom", "tags": ["VIP"]}  # fmt: skip

    created = call("POST", "/customers/batch", _batch(ada)).json()
    repeated = call("POST", "/customers/batch", _batch(ada)).json()
    updated = call("POST", "/customers/batch", _batch({"external_id": "7", "city": "London"})).json()

    assert [answer["items"][0]["status"] for answer in (created, repeated, updated)] == [
        "created",
        "unchanged",
        "updated",
    ]
    assert (created["created"], repeated["unchanged"], updated["updated"]) == (1, 1, 1)
    shown = call("GET", f"/customers/{created['items'][0]['id']}").json()
    assert (shown["name"], shown["city"], shown["emails"], shown["tags"]) == (
        "Ada Lovelace", "London", ["ada@example.com"], ["VIP"],
    )  # fmt: skip
    assert shown["external_ids"] == [{"shop": "willow", "id": "7"}]
    assert Shop.objects.get().kind == "api"
    actor = Event.objects.first().actor
    assert actor.startswith("api_key:")


def test_a_bad_item_never_loses_its_neighbours(call: Call) -> None:
    answer = call(
        "POST",
        "/customers/batch",
        _batch(
            {"external_id": "1"},
            {"external_id": "2", "birthday": "soon", "colour": "red"},
            {"name": "Nobody"},
            {"external_id": "4"},
        ),
    ).json()

    assert [(item["index"], item["status"]) for item in answer["items"]] == [
        (0, "created"), (1, "refused"), (2, "refused"), (3, "created"),
    ]  # fmt: skip
    assert sorted(error["field"] for error in answer["items"][1]["errors"]) == ["birthday", "colour"]
    assert answer["items"][2]["errors"][0]["field"] == "external_id"
    assert (answer["created"], answer["refused"]) == (2, 2)
    assert Customer.objects.count() == 2


def test_one_person_twice_in_a_batch_is_one_customer(call: Call) -> None:
    answer = call(
        "POST", "/customers/batch", _batch({"email": "a@example.com"}, {"email": "A@example.com", "name": "Ada"})
    ).json()

    assert answer["items"][0]["id"] == answer["items"][1]["id"]
    assert Customer.objects.get().name == "Ada"


def test_history_is_marked_as_such(call: Call) -> None:
    call("POST", "/customers/batch", _batch({"external_id": "1"}, historical=True))

    assert Event.objects.get().historical


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("email=ADA@example.com", ["1"]), ("phone=%2B442079460958", ["1"]), ("phone=%2B44%2020%207946%200958", ["1"]),
        ("external_id=2&shop=willow", ["2"]), ("external_id=2&shop=other", []), ("tag=VIP", ["2"]),
        ("email=nonsense", []), ("changed_since=2000-01-01T00:00:00Z", ["1", "2", "3"]), ("changed_since=2999-01-01T00:00:00Z", []),
    ],
)  # fmt: skip
def test_customers_are_found_by_what_is_known_of_them(call: Call, query: str, found: list[str]) -> None:
    call("POST", "/customers/batch", _batch(
        {"external_id": "1", "email": "ada@example.com", "phone": "+442079460958"}, {"external_id": "2", "tags": ["VIP"]},
        {"external_id": "3"},
    ))  # fmt: skip

    items = call("GET", f"/customers?{query}").json()["items"]

    assert [item["external_ids"][0]["id"] for item in items] == found


def test_lists_are_walked_with_a_cursor(call: Call) -> None:
    call("POST", "/customers/batch", _batch(*({"external_id": str(n)} for n in range(1, 8))))

    seen, cursor = [], ""
    while cursor is not None:
        page = call("GET", f"/customers?limit=3&cursor={cursor}").json()
        seen += [item["external_ids"][0]["id"] for item in page["items"]]
        cursor = page["next"]

    assert seen == [str(n) for n in range(1, 8)]


def test_a_list_costs_the_same_whatever_its_length(call: Call, django_assert_max_num_queries: Any) -> None:
    call("POST", "/customers/batch", _batch(*({"external_id": str(n), "tags": ["T"]} for n in range(1, 51))))

    with django_assert_max_num_queries(9):
        assert len(call("GET", "/customers").json()["items"]) == 50


def test_a_batch_costs_the_same_whatever_its_length(call: Call, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(75):
        call(
            "POST",
            "/customers/batch",
            _batch(*({"external_id": str(n), "email": f"p{n}@example.com", "tags": ["T"]} for n in range(100))),
        )


def test_products_are_written_and_read(call: Call) -> None:
    mug = {"external_id": "M1", "title": "Mug", "price_minor": 995, "currency": "GBP", "category": "Kitchen"}

    created = call(
        "POST",
        "/products/batch",
        _batch(mug, {"external_id": "", "title": "?"}, {"external_id": "M2", "currency": "pounds"}),
    ).json()
    repeated = call("POST", "/products/batch", _batch(mug)).json()
    updated = call("POST", "/products/batch", _batch(mug | {"price_minor": 1095})).json()

    assert [item["status"] for item in created["items"]] == ["created", "refused", "refused"]
    assert (repeated["unchanged"], updated["updated"]) == (1, 1)
    (shown,) = call("GET", "/products?shop=willow&external_id=M1").json()["items"]
    assert (shown["title"], shown["price_minor"], shown["is_active"]) == ("Mug", 1095, True)


def test_a_cursor_is_good_for_its_own_list_only(call: Call) -> None:
    call("POST", "/customers/batch", _batch({"external_id": "1"}, {"external_id": "2"}))
    call("POST", "/products/batch", _batch({"external_id": "M1"}, {"external_id": "M2"}))
    cursor = call("GET", "/customers?limit=1").json()["next"]

    assert call("GET", f"/customers?limit=1&cursor={cursor}").status_code == 200
    assert call("GET", f"/products?limit=1&cursor={cursor}").json()["code"] == "api.damaged_cursor"
