"""Warehouses with a made-up shop: one of each test's own, and one with a run over it for all tests of a module that only read."""

from datetime import timedelta

import pytest

from shuke.cdp.warehouse.testing import fresh_warehouse
from shuke.insight.forecasts.actions import running
from shuke.insight.forecasts.testing import UNTIL, seeded, shop
from shuke.platform.company import actions as company_actions
from shuke.platform.staff.models import Staff
from shuke.platform.staff.roles import Role

SPIKE = UNTIL - timedelta(days=2)


def open_shops(now):
    return [company_actions.shop_named(name, now=now, currency="GBP") for name in ("Shop 1", "Shop 2")]


@pytest.fixture
def shops(company, now):
    return open_shops(now)


@pytest.fixture
def sold(warehouse, shops):
    """Two shops with eight months of orders, ending on 14 June 2024, the day before ``now``."""
    return seeded()


@pytest.fixture(scope="module")
def world(module_db, tmp_path_factory, now):
    """A company with a refund spike two days before its last day, and a run that found it."""
    with fresh_warehouse(tmp_path_factory.mktemp("forecasts")):
        company_actions.found(name="Willow", currency="GBP", time_zone="UTC", language="en", now=now)
        open_shops(now)
        for role in (Role.OWNER, Role.ANALYST, Role.FINANCE, Role.AGENT):
            Staff.objects.create_user(
                f"{role.value}@willow.example", "correct horse battery", name=role.value.title(), role=role, created_at=now,
                time_zone="UTC",
            )  # fmt: skip
        seeded(shop(refunds_on={SPIKE: 12}))
        yield running.run(now=now)


@pytest.fixture
def client(world, db, client_of):
    """The analyst of that company."""
    return client_of(Staff.objects.get(role=Role.ANALYST))
