"""Exchange rates, and what amounts of other currencies come to."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from shuke.cdp.events.models import Event
from shuke.cdp.orders import actions, extensions, testing
from shuke.cdp.orders.models import ExchangeRate, Order, Refund
from shuke.cdp.orders.rules.rates import Rate
from shuke.platform.imports.progress import Silent
from shuke.platform.jobs.models import Job
from shuke.platform.staff.actor import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
DAY = datetime(2024, 3, 1, 10, 30, tzinfo=UTC)
BY = Actor.system("test")


@pytest.fixture
def shop(company, now):
    where = testing.shop(now=now)
    testing.recorded(where, testing.order("GBP1", at=DAY), now=now)  # the company's currency
    return where


def enter(now, *rates):
    actions.set_rates([Rate("USD", day, Decimal(rate)) for day, rate in rates], by=BY, now=now)


def test_amounts_get_the_nearest_earlier_rate_and_keep_it_until_it_changes(shop, now):
    dollars = [testing.line("10.05", "1"), testing.line("0.05", "1"), testing.line("0.05", "1")]
    testing.recorded(shop, testing.order("1", at=DAY, currency="USD", lines=dollars), now=now)
    testing.recorded(shop, testing.refund("R1", at=DAY - timedelta(days=40), currency="USD", amount_minor=100), now=now)
    enter(now, (date(2024, 2, 1), "0.8"), (date(2024, 3, 2), "0.9"))

    assert actions.rate_amounts("USD", Silent(), now=now) == 1
    assert actions.rate_amounts("USD", Silent(), now=now) == 0

    order = Order.objects.get(number="1")
    assert (order.base_minor, order.rate, order.rate_date) == (812, Decimal("0.8"), date(2024, 2, 1))
    assert Refund.objects.get().base_minor is None
    assert Event.objects.get(name="sales.rated").properties["order_ids"] == [order.pk]


def test_new_records_take_a_known_rate_at_once(shop, now):
    enter(now, (date(2024, 2, 1), "0.8"))

    testing.recorded(shop, testing.order("1", at=DAY, currency="USD"), now=now)

    assert Order.objects.get(number="1").base_minor == 800


def test_a_rate_taken_out_no_longer_counts(shop, now):
    enter(now, (date(2024, 2, 1), "0.8"))
    testing.recorded(shop, testing.order("1", at=DAY, currency="USD"), now=now)

    actions.remove_rate(ExchangeRate.objects.get().pk, by=BY, now=now)
    actions.rate_amounts("USD", Silent(), now=now)

    assert Order.objects.get(number="1").base_minor is None


def test_lines_in_the_warehouse_come_to_what_their_order_comes_to(shop, now):
    dollars = [testing.line("10.05", "1"), testing.line("0.05", "1"), testing.line("0.05", "1")]
    testing.recorded(shop, testing.order("1", at=DAY, currency="USD", lines=dollars), now=now)
    enter(now, (date(2024, 2, 1), "0.33"))
    actions.rate_amounts("USD", Silent(), now=now)

    order = Order.objects.get(number="1")
    rated = list(Event.objects.filter(name="sales.rated"))
    for dataset in (extensions.OrdersDataset(), extensions.OrderLinesDataset()):
        assert dataset.touched_by(rated) == {order.pk}
        worth = [row[list(dataset.columns).index("base_minor")] for row in dataset.rows([order.pk])]
        assert sum(worth) == order.base_minor == 335


def test_rates_are_pasted_and_wrong_lines_named(shop, client_of, finance):
    browser = client_of(finance)

    refused = browser.post(reverse("orders:rates"), {"rates": "USD,2024-01-01,0.8\nEUR,soon,1"})
    taken = browser.post(reverse("orders:rates"), {"rates": "currency\tday\trate\nUSD\t2024-01-01\t0.8"})

    assert refused.status_code == 422
    assert "EUR,soon,1" in refused.content.decode()
    assert taken.status_code == 302
    assert ExchangeRate.objects.get().rate == Decimal("0.8")
    assert Job.objects.filter(name="orders.rate").count() == 1
