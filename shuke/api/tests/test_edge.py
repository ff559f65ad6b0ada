"""Keys, scopes, limits, repeats and problem documents."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from shuke.api import idempotency
from shuke.api.models import StoredAnswer
from shuke.cdp.customers.models import Customer
from shuke.platform.audit.models import AuditEntry
from shuke.platform.http.api.limits import LIMITER, Limiter
from shuke.platform.staff import api_keys
from shuke.platform.staff.models import ApiKey, Staff

Call = Callable[..., HttpResponse]
ADA = {"shop": "Willow", "items": [{"external_id": "7", "name": "Ada"}]}


def test_no_key_and_a_wrong_key_are_unknown(call: Call) -> None:
    for key in (None, "shuke_00000000_nothing", "nonsense", ""):
        response = call("GET", "/customers", key=key)

        assert response.status_code == 401
        assert response["Content-Type"] == "application/problem+json"
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert response.json()["code"] == "api.unknown_key"


def test_a_session_of_staff_is_no_key(owner: Staff, client_of: Callable[[Staff], Client]) -> None:
    assert client_of(owner).get("/api/v1/customers").status_code == 401


def test_a_key_without_the_scope_changes_nothing(call: Call, key_with: Callable[..., str]) -> None:
    response = call("POST", "/customers/batch", ADA, key=key_with("customers:read"))

    assert response.status_code == 403
    assert response.json() | {"detail": ""} == {
        "type": "urn:shuke:problem:api.scope_missing", "title": "Not allowed", "status": 403, "detail": "",
        "code": "api.scope_missing", "scope": "customers:write",
    }  # fmt: skip
    assert not Customer.objects.exists()


def test_a_revoked_key_stops_at_once(call: Call, key_with: Callable[..., str], now: datetime) -> None:
    text = key_with("customers:read")
    assert call("GET", "/customers", key=text).status_code == 200

    api_keys.revoke(ApiKey.objects.latest("pk").pk, now=now)

    assert call("GET", "/customers", key=text).status_code == 401


def test_use_is_noted_at_most_once_a_minute(key_with: Callable[..., str], now: datetime) -> None:
    key_with("customers:read")
    key = ApiKey.objects.get()
    for seconds in (0, 30, 61):
        key.refresh_from_db()
        api_keys.note_use(key, now=now + timedelta(seconds=seconds))

    key.refresh_from_db()
    assert key.last_used_at == now + timedelta(seconds=61)


def test_only_a_digest_of_the_key_is_stored(key_with: Callable[..., str]) -> None:
    text = key_with("customers:read")

    row = ApiKey.objects.values().get()
    assert text.split("_", 2)[2] not in str(row)


def test_a_key_that_calls_too_fast_is_told_when_to_come_back(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LIMITER, "_rate", 0.1)
    monkeypatch.setattr(LIMITER, "_burst", 3)

    answers = [call("GET", "/products") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 8 <= int(answers[3]["Retry-After"]) <= 10
    assert answers[3].json()["code"] == "api.too_many_calls"


def test_the_bucket_fills_again() -> None:
    limiter = Limiter(rate=2, burst=3)

    assert [limiter.wait_for(1, at=0) for _ in range(4)] == [0, 0, 0, 1]
    assert [limiter.wait_for(1, at=1) for _ in range(3)] == [0, 0, 1]
    assert limiter.wait_for(2, at=1) == 0


def test_a_repeated_write_is_answered_from_memory(call: Call) -> None:
    first = call("POST", "/customers/batch", ADA, **{"idempotency-key": "a"})
    again = call("POST", "/customers/batch", ADA, **{"idempotency-key": "a"})

    assert first.json()["items"][0]["status"] == "created"
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert call("POST", "/customers/batch", ADA).json()["items"][0]["status"] == "unchanged"


def test_an_idempotency_key_belongs_to_one_request_and_one_caller(call: Call, key_with: Callable[..., str]) -> None:
    call("POST", "/customers/batch", ADA, **{"idempotency-key": "a"})

    other = call("POST", "/customers/batch", {**ADA, "shop": "Birch"}, **{"idempotency-key": "a"})
    stranger = call("POST", "/customers/batch", ADA, key=key_with("customers:write"), **{"idempotency-key": "a"})

    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")
    assert stranger.json()["items"][0]["status"] == "unchanged"


def test_a_request_still_being_worked_on_is_not_done_twice(call: Call, now: datetime) -> None:
    call("POST", "/customers/batch", ADA, **{"idempotency-key": "a"})
    StoredAnswer.objects.update(status=None)

    response = call("POST", "/customers/batch", ADA, **{"idempotency-key": "a"})

    assert (response.status_code, response["Retry-After"]) == (409, "1")


def test_answers_are_forgotten_after_a_day(call: Call) -> None:
    call("POST", "/customers/batch", ADA, **{"idempotency-key": "a"})
    made = StoredAnswer.objects.get().created_at

    assert idempotency.forget_old(now=made + timedelta(hours=23)) == 0
    assert idempotency.forget_old(now=made + timedelta(hours=25)) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("GET", "/customers/01900000-0000-7000-8000-000000000000", None, 404),
        ("POST", "/customers/batch", "{broken", 400),
        ("POST", "/customers/batch", {"shop": "Willow"}, 422),
        ("POST", "/customers/batch", {"shop": "Willow", "items": []}, 422),
        ("POST", "/customers/batch", {"shop": "Willow", "items": [{}] * 501}, 422),
        ("GET", "/customers?cursor=forged", None, 422),
        ("GET", "/customers?limit=1000", None, 422),
    ],
)
def test_every_refusal_is_a_problem_document(call: Call, method: str, path: str, body: object, status: int) -> None:
    response = call(method, path, body)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert {"type", "title", "status", "detail", "code"} <= set(problem)
    assert problem["status"] == status


@pytest.mark.parametrize("headers", [{}, {"idempotency-key": "a"}])
def test_a_request_that_is_too_large_is_told_so(call: Call, settings: Any, headers: dict[str, str]) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 20

    response = call("POST", "/customers/batch", ADA, **headers)

    assert (response.status_code, response.json()["code"]) == (413, "api.too_large")


def test_keys_are_made_shown_once_and_revoked_on_their_page(owner: Staff, client_of: Callable[[Staff], Client]) -> None:
    browser = client_of(owner)

    made = browser.post("/keys/new/", {"name": "web shop", "scopes": ["customers:read", "orders:read"]})
    text = made.content.decode().split('data-copy="')[1].split('"')[0]

    assert api_keys.recognise(text) == ApiKey.objects.get()
    listed = browser.get("/keys/").content.decode()
    assert "web shop" in listed
    assert text not in listed
    browser.post(f"/keys/{ApiKey.objects.get().pk}/revoke/")
    assert api_keys.recognise(text) is None
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == [
        "api_key.created",
        "api_key.revoked",
    ]


def test_a_key_needs_a_scope(owner: Staff, client_of: Callable[[Staff], Client]) -> None:
    assert client_of(owner).post("/keys/new/", {"name": "x"}).status_code == 422
    assert not ApiKey.objects.exists()


def test_the_reference_names_every_operation(owner: Staff, client_of: Callable[[Staff], Client]) -> None:
    shown = client_of(owner).get("/keys/reference/").content.decode()

    for path in ("/api/v1/customers", "/api/v1/products/batch", "customers:write"):
        assert path in shown
