"""Attributes over the API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from shuke.cdp.customers.testing import customer

Call = Callable[..., HttpResponse]
pytestmark = pytest.mark.usefixtures("company")


def test_a_definition_is_made_changed_and_listed(call: Call) -> None:
    said = {
        "code": "tier",
        "kind": "choice",
        "is_personal": False,
        "choices": [{"code": "gold", "labels": {"en": "Gold"}}],
    }
    made = call("POST", "/attributes", said)
    assert (made.status_code, made.json()["state"]) == (200, "active")

    assert (
        call("POST", "/attributes", said | {"description": "How they stand"}).json()["description"] == "How they stand"
    )
    assert [one["code"] for one in call("GET", "/attributes").json()] == ["tier"]
    assert call("POST", "/attributes", said | {"code": "x", "choices": []}).status_code == 422


def test_values_are_set_in_a_batch_and_read_back(call: Call, django_assert_max_num_queries: Any) -> None:
    people = [customer() for _ in range(4)]
    call("POST", "/attributes", {"code": "size", "kind": "number", "is_personal": False})
    items = [{"customer": str(one.uuid), "values": {"size": 40 + place}} for place, one in enumerate(people)]
    items[1]["values"]["size"] = "large"
    items[2] = {"customer": str(people[2].uuid)}

    with django_assert_max_num_queries(25):
        report = call("POST", "/attributes/values", {"source": "shop:web", "items": items}).json()

    assert [one["status"] for one in report["items"]] == ["updated", "refused", "refused", "updated"]
    assert report["items"][1]["errors"] == [{"field": "size", "message": "expected a number"}]
    read: Any = call("GET", f"/customers/{people[3].uuid}/attributes").json()
    assert [(one["code"], one["value"], one["source"]) for one in read] == [("size", 43, "shop:web")]
    again = call("POST", "/attributes/values", {"source": "shop:web", "items": items}).json()
    assert (again["unchanged"], again["updated"]) == (2, 0)


def test_nobody_passes_as_staff_or_as_our_own_figures(call: Call) -> None:
    items = [{"customer": str(customer().uuid), "values": {"a": 1}}]
    for source in ("staff", "computed", "shop:<b>"):
        assert call("POST", "/attributes/values", {"source": source, "items": items}).status_code == 422
