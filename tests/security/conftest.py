"""The whole cast at once, and a fingerprint of the database."""

import hashlib
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from shuke.platform.http.api.limits import LIMITER
from shuke.platform.staff.models import Staff

# Sessions are made by logging in, before anything is tested.
_BESIDE_THE_POINT = {"django_session", "django_migrations"}


@pytest.fixture
def cast(owner: Staff, admin: Staff, marketer: Staff, agent: Staff, analyst: Staff, finance: Staff) -> dict[str, Staff]:
    return {staff.role: staff for staff in (owner, admin, marketer, agent, analyst, finance)}


@pytest.fixture
def browsers(
    cast: dict[str, Staff], client_of: Callable[[Staff], Client], stranger_client: Client
) -> dict[str, Client]:
    LIMITER.reset()
    found = {role: client_of(staff) for role, staff in cast.items()} | {"stranger": stranger_client}
    for browser in found.values():
        browser.raise_request_exception = False
    return found


@pytest.fixture
def fingerprint(db: None) -> Callable[[], str]:
    def take() -> str:
        found = hashlib.sha256()
        with connection.cursor() as cursor:
            for table in sorted(connection.introspection.table_names()):
                if table not in _BESIDE_THE_POINT:
                    cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")
                    found.update(repr((table, cursor.fetchall())).encode())
        return found.hexdigest()

    return take
