"""Segments and lists over the API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from shuke.kernel.clock import utcnow

Call = Callable[..., HttpResponse]
GOOD = {"all": [{"orders": "gross", "op": "at_least", "value": 1000}]}


def _order(number: str, buyer: str, price: str) -> dict[str, Any]:
    return {
        "number": number, "placed_at": "2024-05-01T12:00:00Z", "currency": "GBP", "customer": {"external_id": buyer},
        "lines": [{"unit_price": price}],
    }  # fmt: skip


@pytest.fixture
def shop(call: Call, warehouse: Any) -> None:
    orders = [_order("1", "ada", "50"), _order("2", "bob", "5"), _order("3", "cleo", "20")]
    assert call("POST", "/orders/batch", {"shop": "Willow", "items": orders}).json()["created"] == 3
    warehouse.catch_up(now=utcnow())


@pytest.mark.usefixtures("shop")
def test_a_rule_is_tried_without_saving_it(call: Call) -> None:
    found = call("POST", "/segments/preview", {"rule": GOOD}).json()

    assert (found["count"], len(found["sample"]), found["as_of"]) == (2, 2, "2024-05-01")
    assert found["sentence"]
    assert call("GET", "/segments").json()["items"] == []


@pytest.mark.usefixtures("shop")
def test_a_segment_is_saved_listed_and_its_members_walked(call: Call) -> None:
    from shuke.insight.segments.actions import compute
    from shuke.insight.segments.models import Segment
    from shuke.platform.staff.actor import Actor

    made = call("POST", "/segments", {"name": "Good", "rule": GOOD})
    assert made.status_code == 201
    compute.recompute(Segment.objects.get(), by=Actor.system("test"), now=utcnow())

    assert call("GET", f"/segments/{made.json()['id']}").json()["size"] == 2
    assert [item["name"] for item in call("GET", "/segments?kind=rule").json()["items"]] == ["Good"]
    page = call("GET", f"/segments/{made.json()['id']}/members?limit=1").json()
    rest = call("GET", f"/segments/{made.json()['id']}/members?cursor={page['next']}").json()
    members = page["items"] + rest["items"]
    assert sorted(member["external_ids"]["willow"] for member in members) == ["ada", "cleo"]
    assert rest["next"] is None


@pytest.mark.usefixtures("shop")
def test_a_list_is_filled_and_emptied(call: Call) -> None:
    ada = call("GET", "/customers?external_id=ada").json()["items"][0]["id"]
    made = call("POST", "/segments", {"name": "Friends", "kind": "list"}).json()["id"]

    assert call("POST", f"/segments/{made}/members/add", {"customers": [ada, made]}).json() == {"changed": 1}
    assert call("GET", f"/segments/{made}/members").json()["items"][0]["customer"] == ada
    assert call("POST", f"/segments/{made}/members/remove", {"customers": [ada]}).json() == {"changed": 1}


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        (
            "POST",
            "/segments/preview",
            {"rule": {"all": [{"field": "shoe.size", "op": "is"}]}},
            422,
            "segments.invalid_rule",
        ),
        ("POST", "/segments", {"name": "Empty"}, 422, "segments.invalid_rule"),
        ("GET", "/segments/01900000-0000-7000-8000-000000000000", None, 404, "segments.not_found"),
    ],
)
def test_refusals_say_what_is_wrong(call: Call, method: str, path: str, body: object, status: int, code: str) -> None:
    response = call(method, path, body)

    assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.mark.usefixtures("warehouse")
def test_without_data_there_is_nothing_to_try(call: Call) -> None:
    assert call("POST", "/segments/preview", {"rule": GOOD}).status_code == 503
