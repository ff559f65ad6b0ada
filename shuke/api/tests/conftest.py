"""A key and a caller for every test of the API."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from shuke.api import actions
from shuke.platform.http.api.limits import LIMITER
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.api_keys import SCOPES

Call = Callable[..., HttpResponse]


@pytest.fixture(autouse=True)
def _unhurried() -> Iterator[None]:
    LIMITER.reset()
    yield
    LIMITER.reset()


@pytest.fixture
def key_with(actor: Actor, now: datetime) -> Callable[..., str]:
    return lambda *scopes: actions.create_key("shop", list(scopes), by=actor, now=now)[1]


@pytest.fixture
def call(key_with: Callable[..., str]) -> Call:
    """Call an operation with a key for everything, or with ``key=``."""
    everything = key_with(*SCOPES)

    def send(method: str, path: str, body: Any = None, key: str | None = everything, **headers: str) -> HttpResponse:
        if key is not None:
            headers["authorization"] = f"Bearer {key}"
        content = json.dumps(body) if body is not None and not isinstance(body, str) else body or ""
        return Client().generic(method, f"/api/v1{path}", content, "application/json", headers=headers)

    return send
