"""Consent over the API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from shuke.cdp.customers import testing
from shuke.cdp.customers.models import ConsentRecord

Call = Callable[..., HttpResponse]
SAID = {
    "channel": "email", "address": "Ada@shop.example", "purpose": "marketing", "action": "confirmed", "method": "web_form",
    "occurred_at": "2024-06-01T10:00:00Z", "evidence": {"form": "newsletter", "ip": "203.0.113.9"}, "key": "f-1",
}  # fmt: skip


@pytest.fixture
def ada(company: Any) -> Any:
    return testing.customer(email="ada@shop.example")


def test_a_decision_is_kept_once_and_read_back(ada: Any, call: Call) -> None:
    first = call("POST", "/consents/batch", {"source": "shop", "items": [SAID]}).json()
    again = call("POST", "/consents/batch", {"source": "shop", "items": [SAID]}).json()
    shown = call("GET", f"/customers/{ada.uuid}/permissions").json()

    assert (first["created"], again["unchanged"]) == (1, 1)
    marketing = next(one for one in shown if one["purpose"] == "marketing")
    assert (marketing["address"], marketing["state"], marketing["is_permitted"]) == (
        "ada@shop.example",
        "confirmed",
        True,
    )
    assert ConsentRecord.objects.get().source == "shop"


def test_what_cannot_be_evidence_is_refused_beside_what_can(ada: Any, call: Call) -> None:
    wrong = [
        SAID | {"evidence": {}, "key": "a"}, SAID | {"address": "nobody", "key": "b"}, SAID | {"method": "telepathy"},
        SAID | {"notice": "01900000-0000-7000-8000-000000000000", "key": "c"},
    ]  # fmt: skip

    answer = call("POST", "/consents/batch", {"items": [*wrong, SAID]}).json()

    assert [item["errors"][0]["field"] for item in answer["items"][:4]] == ["evidence", "address", "method", "notice"]
    assert (answer["created"], answer["refused"]) == (1, 4)
