"""A shop with real histories: who bought when, what was sent back, who may be called, and what is predicted of whom."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from django.db import transaction

from shuke.cdp.customers.actions import PersonRecord, consents
from shuke.cdp.customers.models import Customer
from shuke.cdp.customers.testing import people
from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders.testing import line, order, recorded, refund, shop
from shuke.cdp.warehouse import actions as warehouse_actions
from shuke.cdp.warehouse import testing
from shuke.crm.team.actions import watching
from shuke.insight.predictions.models import Report, Run, Score
from shuke.insight.value import actions as value
from shuke.platform.company import actions as company_actions

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
SIZE = 60


def may_call(*numbers, purpose="service", action="granted", now=NOW):
    """Note what people said about calls to their numbers."""
    said = [
        consents.Statement(
            channel="call", address=number, purpose=purpose, action=action, method="staff",
            evidence={"reference": "contract"}, occurred_at=now - timedelta(days=1),
        )
        for number in numbers
    ]  # fmt: skip
    with transaction.atomic():
        done = consents.record(said, by=Provenance("staff", "system:test", now))
    assert {one.status for one in done} <= {"recorded", "repeated"}


def number_of(index):
    return f"+4420794600{index:02}"


def ids():
    """Customers of the shop by their place."""
    return {one.name: one.pk for one in Customer.objects.filter(name__startswith="Person")}


def predict(risks, *, ltv=10_000):
    """Say of customers what a run would: a risk, a worth, reasons."""
    run = Run.objects.create(as_of=TODAY, began_at=NOW, finished_at=NOW)
    Report.objects.create(run=run, prediction="churn", is_ready=True)
    Score.objects.bulk_create(
        Score(
            customer_id=pk, run=run, churn_risk=risk, ltv_minor=ltv, churn_reasons="recency:0.9 visits:0.3 frequency:-0.2"
        )
        for pk, risk in risks.items()
    )  # fmt: skip
    return run


@pytest.fixture(scope="module")
def company(module_db):
    """The company of a whole module: what its shop sold is written once."""
    return company_actions.found(name="Willow", currency="GBP", time_zone="UTC", language="en", now=NOW)


@pytest.fixture(scope="module")
def warehouse(module_db, tmp_path_factory):
    with testing.fresh_warehouse(tmp_path_factory.mktemp("warehouse")):
        yield warehouse_actions


@pytest.fixture(scope="module")
def sold(warehouse, company):
    """Sixty people with histories of all kinds, ending today; values are computed as of a week ago and today."""
    rng = Random(11)
    where = shop(now=NOW)
    people(
        *(
            PersonRecord(
                external_id=f"p{n}", name=f"Person {n}", phone=number_of(n), country="United Kingdom",
                birthday=date(1980, 6, 15) if n % 9 == 0 else date(1981, 1 + n % 12, 3),
            )
            for n in range(SIZE)
        ),
        shop=where.code,
        now=NOW,
    )  # fmt: skip
    records = []
    for n in range(SIZE):
        if n % 10 == 1:
            days = [n // 10]
        else:
            gap = rng.choice((10, 25, 45))
            start = rng.randrange(0, 4 * gap)
            days = [start + gap * k + rng.randrange(3) for k in range(rng.randrange(1, 7))]
        for day in days:
            price = "120" if n % 10 == 1 else str(rng.choice((8, 20, 90)))
            records.append(order(customer=f"p{n}", at=NOW - timedelta(days=day, hours=2), lines=[line(price)]))
        if rng.random() < 0.35:
            ago = rng.randrange(0, 70)
            records += [
                refund(customer=f"p{n}", at=NOW - timedelta(days=ago + k), amount_minor=rng.choice((200, 900)))
                for k in range(rng.randrange(1, 3))
            ]  # fmt: skip
    recorded(where, *records, now=NOW)
    may_call(*(number_of(n) for n in range(SIZE)))
    warehouse.catch_up(now=NOW)
    for day in (TODAY - timedelta(days=40), TODAY - timedelta(days=4), TODAY):
        value.recompute(now=NOW, as_of=day)
    return where


@pytest.fixture
def risky(sold):
    """The same with predictions, and everybody compared with the line."""
    rng = Random(3)
    predict({pk: round(rng.random(), 2) for pk in ids().values()})
    watching.look(now=NOW)
    return sold


@pytest.fixture(autouse=True)
def apart(sold, db):
    """What a test writes is gone when it ends; what was sold stays for the module."""
