"""Merges and splits while others write: no fact may end under a customer who is somebody else by then."""

import random
import threading
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import connections, transaction
from django.db.models import F

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import PersonRecord, VisitorRecord
from shuke.cdp.customers.errors import CannotMerge, CannotSplit
from shuke.cdp.customers.models import Customer, CustomerMerge, Identity
from shuke.cdp.events.actions import NewEvent, Provenance, publish
from shuke.cdp.orders.models import Order
from shuke.cdp.orders.testing import order, recorded, shop
from shuke.platform.company import actions as company_actions
from shuke.platform.staff.actor import Actor

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
PEOPLE, WRITERS = 24, 3
BY = Actor.system("test")


@pytest.mark.engine
@pytest.mark.skipif(connections["default"].vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.parametrize("merges", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_no_fact_is_orphaned(transactional_db, merges):
    company_actions.found(name="Willow", currency="GBP", time_zone="UTC", language="en", now=NOW)
    willow = shop(now=NOW)
    origin = Provenance(source=willow.code, actor="system:test", now=NOW)
    with transaction.atomic():
        said = [PersonRecord(external_id=f"p{n}") for n in range(PEOPLE)]
        ids = [one.customer_id for one in customers.resolve(said, namespace=willow.code, by=origin)]
    stop, failures = threading.Event(), []

    def write(seed):
        dice = random.Random(seed)
        try:
            while not stop.is_set():
                person, device = dice.randrange(PEOPLE), dice.randrange(8)
                recorded(willow, order(f"{seed}-{dice.random()}", customer=f"p{person}", at=NOW), now=NOW)
                with transaction.atomic():
                    visitor = VisitorRecord(anonymous_id=f"d{device}", user_id=f"p{person}" if device > 3 else "")
                    [found] = customers.resolve_visitors([visitor], namespace=willow.code, by=origin)
                    publish([
                        NewEvent("Seen", found.customer_id, NOW, NOW, "web", "x", {}, identity_id=found.identity_id)
                    ])  # fmt: skip
        except Exception as failure:  # noqa: BLE001  shown by the test
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(WRITERS)]
    for thread in threads:
        thread.start()
    _merge_and_split(ids, random.Random(7), merges)
    stop.set()
    for thread in threads:
        thread.join(60)

    assert failures == []
    assert not Identity.objects.filter(customer__merged_into__isnull=False).exists()
    assert not Order.objects.exclude(customer_id=F("identity__customer_id")).exists()
    assert not Customer.objects.filter(merged_into__merged_into__isnull=False).exists()
    assert Order.objects.count() > 0


def _merge_and_split(ids: list[int], dice: random.Random, count: int) -> None:
    done = 0
    while done < count:
        live: list[UUID] = list(CustomerMerge.objects.filter(split_at=None).values_list("uuid", flat=True))
        try:
            if live and dice.random() < 0.45:
                customers.split(dice.choice(live), by=BY, now=NOW)
            else:
                customers.merge(dice.choice(ids), dice.choice(ids), by=BY, now=NOW)
        except (CannotMerge, CannotSplit):
            continue
        done += 1
