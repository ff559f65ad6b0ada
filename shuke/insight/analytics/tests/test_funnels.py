"""Funnels: counts of people step by step, against counting by hand."""

import json
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import transaction
from django.urls import reverse

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.orders.actions import OrderRecord
from shuke.insight.analytics.engine.funnels import ORDER, Funnel
from shuke.insight.analytics.queries import funnels
from shuke.insight.analytics.rules import Period
from shuke.insight.analytics.tests.conftest import LAST
from shuke.insight.segments import queries as segments

MAY = Period(date(2024, 5, 1), date(2024, 6, 11))
# Who did what, how many days before the last order: V looked, A put into the cart.
DONE = {
    "c0": [("V", 9), ("A", 8)],
    "c1": [("V", 20), ("A", 2)],
    "c2": [("A", 9), ("V", 8)],
    "c3": [("V", 90), ("A", 8)],
    "v1": [("V", 5), ("V", 4), ("A", 3), ("A", 1)],
    "v2": [("V", 5)],
}
NAMES = {"V": "Product Viewed", "A": "Product Added"}


@pytest.fixture
def looked(sold, shop, warehouse, now):
    by = Provenance(source=shop.code, actor="system:test", now=now, historical=True)
    with transaction.atomic():
        people = [
            PersonRecord(external_id=who, country="France" if who.startswith("v") else "United Kingdom") for who in DONE
        ]
        found = customers.resolve(people, namespace=shop.code, by=by)
        events.publish(
            NewEvent(
                name=NAMES[what], customer_id=one.customer_id, identity_id=one.identity_id,
                occurred_at=LAST - timedelta(days=days), received_at=now, source=shop.code, actor="system:test",
                properties={}, historical=True,
            )
            for one, acts in zip(found, DONE.values(), strict=True)
            for what, days in acts
        )  # fmt: skip
    warehouse.catch_up(now=now)


def test_counts_people_not_acts_and_keeps_the_order(looked):
    assert funnels.reached(Funnel(("Product Viewed", "Product Added"), MAY)) == [5, 3]
    assert funnels.reached(Funnel(("Product Viewed", "Product Added"), MAY, within_days=3)) == [5, 2]
    assert funnels.reached(Funnel(("Product Added", "Product Viewed"), MAY)) == [5, 1]


def test_orders_are_steps_too(looked, sold):
    bought = {}
    for record in sold:
        if isinstance(record, OrderRecord) and record.person:
            bought.setdefault(record.person.external_id, []).append(record.placed_at)
    views = {who: LAST - timedelta(days=max(days for what, days in acts if what == "V")) for who, acts in DONE.items()}
    first_day = LAST - timedelta(days=39)
    came = {who for who, at in views.items() if at > first_day and any(order > at for order in bought.get(who, ()))}

    assert came
    assert funnels.reached(Funnel(("Product Viewed", ORDER), MAY)) == [5, len(came)]


def test_is_divided_by_what_is_known_of_people(looked):
    parts = funnels.reached_by(Funnel(("Product Viewed", "Product Added"), MAY), "country")

    assert parts == {"United Kingdom": [3, 2], "France": [2, 1]}


def test_every_figure_opens_as_many_as_it_says(looked, client_of, marketer):
    page = client_of(marketer).get(
        reverse("analytics:funnels"),
        {
            "from": "2024-05-01",
            "to": "2024-06-10",
            "step1": "Product Viewed",
            "step2": "Product Added",
            "step3": ORDER,
            "divided": "country",
        },
    )

    rows = page.context["rows"]
    assert [row["customers"] for row in rows][:2] == [5, 3]
    for row in rows:
        assert segments.previewed(rule_behind(row["url"])).count == row["customers"]
        if row["left_url"]:
            assert segments.previewed(rule_behind(row["left_url"])).count == row["left"]
    assert page.context["divided"]["total"] == [3, 2]


def rule_behind(url):
    return json.loads(parse_qs(urlsplit(url).query)["rule"][0])


def test_counts_all_steps_and_parts_at_once(looked, monkeypatch):
    """Each rule is weighed before it is asked; the counting is one question however many steps and parts there are."""
    counted, execute = [], segments.warehouse.rows
    monkeypatch.setattr(
        segments.warehouse, "rows", lambda found, **k: counted.append("rule" in found.columns) or execute(found, **k)
    )

    funnels.reached_by(Funnel(("Product Viewed", "Product Added", ORDER, "Product Viewed", ORDER), MAY), "country")

    assert counted.count(True) == 1
    assert len(counted) <= 12


@pytest.mark.parametrize(
    "query",
    [{"step1": "Product Viewed", "step2": ""}, {"step1": "no such thing", "step2": "nor this"}, {"within": "-4"}],
)
def test_strange_wishes_show_a_page(looked, client_of, marketer, query):
    assert client_of(marketer).get(reverse("analytics:funnels"), query).status_code == 200
