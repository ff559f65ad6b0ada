"""Relations and company accounts over the API."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse

from shuke.cdp.customers.testing import customer

Call = Callable[..., HttpResponse]
pytestmark = pytest.mark.usefixtures("company")


def test_somebody_buys_for_a_company(call: Call, django_assert_max_num_queries: Any) -> None:
    ada, bob, firm = customer(), customer(), customer()
    made: Any = call("POST", f"/customers/{firm.uuid}/kind", {"kind": "company"}).json()
    assert made["kind"] == "company"
    items = [
        {"customer": str(ada.uuid), "other": str(firm.uuid), "kind": "employer"},
        {"customer": str(firm.uuid), "other": str(ada.uuid), "kind": "employer"},
        {"customer": str(ada.uuid), "other": str(uuid4()), "kind": "referrer"},
        {"customer": str(ada.uuid), "other": str(bob.uuid), "kind": "household"},
        {"customer": str(bob.uuid), "other": str(ada.uuid), "kind": "friend"},
    ]

    with django_assert_max_num_queries(20):
        report: Any = call("POST", "/customers/relations", {"items": items}).json()

    assert [one["status"] for one in report["items"]] == ["created", "refused", "refused", "created", "refused"]
    assert call("POST", "/customers/relations", {"items": items}).json()["unchanged"] == 2
    read: Any = call("GET", f"/customers/{firm.uuid}/relations").json()
    assert [(one["customer"], one["kind"], one["direction"]) for one in read] == [(str(ada.uuid), "employer", "from")]
