"""A process killed at every named point of an erasure: the one after it goes on, and in the end nothing of the person is left."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.crash.stepping import step
from tests.engine.homes import Home

pytestmark = [pytest.mark.crash]

_WORK = """
from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import PersonRecord, consents
from shuke.cdp.customers.actions.consents import Statement
from shuke.cdp.customers.models import ContactPoint, Customer, Identity, NameWord, Suppression
from shuke.cdp.events.actions import Provenance
from shuke.cdp.events.models import Event
from shuke.cdp.orders import actions as orders
from shuke.cdp.orders.actions import LineRecord, OrderRecord, PaymentRecord, ShipmentRecord
from shuke.cdp.orders.models import Order, OrderPayment, Shipment
from shuke.cdp.privacy import actions
from shuke.cdp.privacy.models import Certificate, PrivacyRequest
from shuke.cdp.warehouse import actions as warehouse, queries
from shuke.platform.company import actions as company
from shuke.platform.manifest import personal_data
from shuke.platform.staff.actor import Actor
from decimal import Decimal
actor, by = Actor.system("test"), Provenance("web", "system:test", now)

if sys.argv[1] == "found":
    call_command("migrate", verbosity=0)
    company.found(name="Willow", currency="GBP", time_zone="UTC", language="en", now=now)
    shop = company.shop_named("Willow", now=now)
    people = [
        PersonRecord(external_id=f"c{n}", email=f"{name.lower()}@shop.example", phone=f"1381234567{n}", name=f"{name} Lovelace",
                     city="Marlow", address="1 High Street")
        for n, name in enumerate(("Ada", "Tom"))
    ]
    with transaction.atomic():
        orders.record(shop, [
            OrderRecord(f"{n}", now - timedelta(days=3), "GBP", [LineRecord(Decimal(1), Decimal(5), title="Tea")], one, city="Marlow",
                        payments=[PaymentRecord("card", 500, "paid", now, "REF")], shipments=[ShipmentRecord("", "DHL", "TRACK")])
            for n, one in enumerate(people)
        ], by=by)
        said = Statement("email", "ada@shop.example", "marketing", "confirmed", "web_form", now, evidence={"form": "footer"})
        consents.record([said], by=by)
    warehouse.catch_up(now=now)
    ada = Customer.objects.get(name="Ada Lovelace")
    made = actions.receive("erase", ada.pk, received_at=now, by=actor, now=now)
    actions.check_identity(made, method="reply", by=actor, now=now)
    actions.carry_out(made, by=actor, now=now)
    print("shown", json.dumps([holder.name for holder in personal_data()]))
else:
    request = PrivacyRequest.objects.get()
    actions.run_erasure(request.pk, by=actor, clock=lambda: now, progress=lambda *_: None)
    warehouse.catch_up(now=now)
    request.refresh_from_db()
    tables = {
        "customers": Customer.objects.values_list("pk", "name", "city", "erased_at"), "points": ContactPoint.objects.values_list("customer", "channel"),
        "identities": Identity.objects.values_list("type", "customer"), "words": NameWord.objects.values_list("customer"),
        "suppressed": Suppression.objects.values_list("channel", "reason"), "certificates": Certificate.objects.values_list("pk"),
        "events": Event.objects.values_list("name", "customer_id"), "orders": Order.objects.values_list("number", "city", "gross_minor"),
        "payments": OrderPayment.objects.values_list("order", "reference"), "parcels": Shipment.objects.values_list("order", "tracking"),
    }
    found = {name: sorted(map(repr, rows)) for name, rows in tables.items()}
    found["request"] = request.state
    found |= {f"in the warehouse: {name}": sorted(map(repr, queries.rows(queries.table(name)))) for name in ("customers", "orders", "identities")}
    # What is published now has a number of its own in every run.
    told = queries.table("events").select("name", "customer_id", "identity_id", "occurred_at")
    found["in the warehouse: events"] = sorted(map(repr, queries.rows(told)))
    print("shown", json.dumps(found))
warehouse.close()
"""
INSIDE = [
    "erasure.journalled", "erasure.orders_files", "erasure.customers_behaviour", "erasure.customers_before_commit",
    "erasure.before_certificate",
]  # fmt: skip


def shown(home: Home, what: str) -> Any:
    lived, said = step(home, _WORK, what)
    assert lived
    return json.loads(said.rpartition("shown ")[2])


def test_dying_at_a_point_leaves_nothing_of_the_person_in_the_end(tmp_path: Path) -> None:
    founded = Home(tmp_path / "founded")
    holders = shown(founded, "found")
    undisturbed = Home(tmp_path / "undisturbed")
    shutil.copytree(founded.path, undisturbed.path)
    expected = shown(undisturbed, "erase")
    assert expected["request"] == "done"
    assert "Ada" not in json.dumps(expected)
    assert len(expected["certificates"]) == 1

    for point in [*INSIDE, *(f"erasure.after_{name}" for name in holders)]:
        home = Home(tmp_path / point)
        shutil.copytree(founded.path, home.path)
        lived, _said = step(home, _WORK, "erase", crash_at=point)
        assert not lived, point
        assert shown(home, "erase") == expected, point
