"""The shared cast of every test: one company, one member of staff per role, a stranger, a fixed moment."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from hypothesis import settings as hypothesis_settings

from shuke.platform.company import actions as company_actions
from shuke.platform.company.models import Company
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff
from shuke.platform.staff.roles import Role

# Machines are shared: how long an example takes says nothing about what is tested.
hypothesis_settings.register_profile("shuke", deadline=None)
hypothesis_settings.load_profile("shuke")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes after their argument: they may hold the moment they were packed, and workers must agree on the names."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Nothing that an earlier test counted or throttled lingers."""
    cache.clear()


@pytest.fixture(scope="module")
def module_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A transaction around the tests of a module: they all find what its fixtures wrote, and not what each other wrote."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime(2024, 6, 15, 12, 0, tzinfo=UTC)


@pytest.fixture
def company(db: None, now: datetime) -> Company:
    return company_actions.found(name="Willow", currency="GBP", time_zone="UTC", language="en", now=now)


def _staff(role: Role) -> Callable[..., Staff]:
    def make(db: None, company: Company, now: datetime) -> Staff:
        return Staff.objects.create_user(
            f"{role.value}@willow.example",
            "correct horse battery",
            name=role.value.title(),
            role=role,
            created_at=now,
            time_zone="UTC",
        )

    make.__name__ = role.value
    return make


owner = pytest.fixture(name="owner")(_staff(Role.OWNER))
admin = pytest.fixture(name="admin")(_staff(Role.ADMIN))
marketer = pytest.fixture(name="marketer")(_staff(Role.MARKETER))
agent = pytest.fixture(name="agent")(_staff(Role.AGENT))
analyst = pytest.fixture(name="analyst")(_staff(Role.ANALYST))
finance = pytest.fixture(name="finance")(_staff(Role.FINANCE))


@pytest.fixture
def actor(owner: Staff) -> Actor:
    return Actor.of(owner)


@pytest.fixture
def client_of() -> Callable[[Staff], Client]:
    def log_in(staff: Staff) -> Client:
        client = Client()
        client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return log_in


@pytest.fixture
def stranger_client(company: Company) -> Client:
    return Client()


@pytest.fixture
def warehouse(db: None, tmp_path: Any, settings: Any) -> Iterator[Any]:
    """A fresh warehouse of its own for one test; yields the domain's ``actions`` door."""
    from shuke.cdp.warehouse import actions, testing

    with testing.fresh_warehouse(tmp_path):
        yield actions
