"""The first page."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from shuke.cdp.warehouse import queries as warehouse_queries
from shuke.cdp.warehouse import testing

LAST = datetime(2024, 6, 10, 15, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _forgetful():
    cache.clear()


@pytest.fixture
def sold(warehouse, company):
    """Two orders a week for half a year, then one a day: sales rise."""
    days = [*range(30), *range(30, 180, 3)]
    testing.seed({
        "orders": [
            {"order_id": n, "customer_id": n % 9 + 1, "placed_at": LAST.replace(tzinfo=None) - timedelta(days=day), "gross_minor": 2_000}
            for n, day in enumerate(days, 1)
        ],
        "order_lines": [
            {"order_id": n, "customer_id": n % 9 + 1, "placed_on": (LAST - timedelta(days=day)).date(), "position": 0,
             "product_id": n % 3 + 1, "quantity": 2.0, "amount_minor": 2_000}
            for n, day in enumerate(days, 1)
        ],
        "products": [{"product_id": n, "title": f"Cup {n}"} for n in (1, 2, 3)],
    })  # fmt: skip


def test_shows_the_last_thirty_days_beside_those_before(sold, owner, client_of):
    answer = client_of(owner).get(reverse("web:home"))

    found = answer.context["summary"]
    assert (found.now.orders, found.then.orders) == (30, 10)
    assert found.change("net_minor") == 2.0
    assert found.buyers.returning_buyers == 9
    assert found.extent.last_on == LAST.date()


def test_says_what_changed(sold, owner, client_of):
    owner.language = "en"
    owner.save()

    answer = client_of(owner).get(reverse("web:home"))

    texts = [each["text"] for each in answer.context["sentences"]]
    assert texts[0] == "Net sales are 200% above the 30 days before."


def test_asks_the_warehouse_once_as_long_as_nothing_changes(sold, owner, client_of, monkeypatch):
    asked, client = [], client_of(owner)
    execute = warehouse_queries.execute
    monkeypatch.setattr(warehouse_queries, "execute", lambda *a, **k: asked.append(a) or execute(*a, **k))

    client.get(reverse("web:home"))
    first = len(asked)
    client.get(reverse("web:home"))

    assert 0 < first <= 10
    assert len(asked) == first


def test_greets_an_empty_company_with_ways_to_begin(warehouse, owner, client_of):
    answer = client_of(owner).get(reverse("web:home"))

    assert answer.status_code == 200
    assert b"bin/shuke demo" in answer.content


def test_shows_agents_no_sales(sold, agent, client_of):
    answer = client_of(agent).get(reverse("web:home"))

    assert answer.status_code == 200
    assert "summary" not in answer.context
    assert b'name="q"' in answer.content


@pytest.mark.parametrize("role", ["analyst", "finance", "marketer"])
def test_is_open_to_all_staff(sold, role, request, client_of):
    assert client_of(request.getfixturevalue(role)).get(reverse("web:home")).status_code == 200


def test_sends_strangers_to_the_login(stranger_client):
    assert stranger_client.get(reverse("web:home")).status_code == 302
