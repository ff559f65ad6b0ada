"""From a request to its proof: copy, erasure, restriction, objection."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from shuke.cdp.customers import testing
from shuke.cdp.customers.actions import consents
from shuke.cdp.customers.actions.consents import Statement
from shuke.cdp.customers.models import ContactPoint, Customer, Identity, NameWord, Suppression
from shuke.cdp.customers.queries import consents as permission
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.events.models import Event
from shuke.cdp.orders import actions as orders
from shuke.cdp.orders import testing as orders_testing
from shuke.cdp.orders.models import Order
from shuke.cdp.privacy import actions, errors, queries
from shuke.cdp.privacy.actions import archives
from shuke.cdp.privacy.models import Certificate, PrivacyRequest, RequestState
from shuke.cdp.warehouse import queries as warehouse_queries
from shuke.cdp.warehouse.testing import load
from shuke.platform.audit.models import AuditEntry
from shuke.platform.db import journal
from shuke.platform.jobs.testing import run_queued

FORM = {"form": "newsletter", "ip": "203.0.113.9"}


@pytest.fixture(autouse=True)
def own_journal(settings, tmp_path):
    """A journal of this test alone."""
    settings.SHUKE_HOME = tmp_path


@pytest.fixture
def ada(company, now) -> Customer:
    """Somebody with something in every table."""
    shop = orders_testing.shop(now=now)
    ada = testing.customer(
        external_id="ada-7", email="ada@shop.example", phone="13812345678", name="Ada Lovelace", city="Marlow",
        address="1 High Street", shop=shop.code, birthday=date(1990, 2, 3),
    )  # fmt: skip
    by = Provenance("test", "system:test", now)
    with transaction.atomic():
        order = replace(orders_testing.order(customer="ada-7", at=now, country="France"), city="Marlow")
        orders.record(shop, [order], by=by)
        said = Statement("email", "ada@shop.example", "marketing", "confirmed", "web_form", now, evidence=FORM)
        consents.record([said], by=by)
        identity = ada.identities.first()
        events.publish(
            [
                NewEvent(
                    "Product Viewed", ada.pk, now, now, "web", "system:test", {"url": "/gifts"}, identity_id=identity.pk
                ),
                NewEvent(
                    "Product Viewed", None, now, now, "web", "system:test", {"url": "/a"}, identity_id=identity.pk
                ),
                NewEvent("Product Viewed", None, now, now, "web", "system:test", {"url": "/other"}),
            ]
        )
    return ada


@pytest.fixture
def asked(ada, actor, now):
    """A request whose identity is checked."""

    def ask(kind: str, customer: Customer = ada) -> PrivacyRequest:
        made = actions.receive(kind, customer.pk, received_at=now, by=actor, now=now, note="I am Ada, please")
        actions.check_identity(made, method="reply", by=actor, now=now)
        return made

    return ask


def carry_out(request: PrivacyRequest, actor: Any, now: Any) -> PrivacyRequest:
    actions.carry_out(request, by=actor, now=now)
    run_queued(now=now)
    return PrivacyRequest.objects.get(pk=request.pk)


def test_nothing_happens_before_somebody_checked_who_asks(ada, actor, now):
    made = actions.receive("erase", ada.pk, received_at=now - timedelta(days=2), by=actor, now=now)

    assert made.due_on == date(2024, 6, 28)
    with pytest.raises(errors.NotChecked):
        actions.carry_out(made, by=actor, now=now)
    actions.refuse(made, why="Not the person", by=actor, now=now)
    with pytest.raises(errors.WrongState):
        actions.check_identity(made, method="reply", by=actor, now=now)
    assert Customer.objects.get(pk=ada.pk).name == "Ada Lovelace"


@pytest.mark.django_db(transaction=True)
def test_a_copy_holds_everything_and_opens_once(asked, actor, now, client):
    done = carry_out(asked("export"), actor, now)
    archive = queries.archive_of(done)
    token = actions.issue_link(archive, by=actor, now=now)
    sealed = next(archives._folder().glob(f"{archive.uuid}.sealed")).read_bytes()

    content = actions.fetch(token, now=now)
    packed = zipfile.ZipFile(io.BytesIO(content))
    told, page = json.loads(packed.read("data.json")), packed.read("index.html").decode()

    assert done.state == RequestState.DONE
    assert b"Lovelace" not in sealed
    assert packed.namelist() == ["data.json", "index.html", "style.css"]
    assert (
        told["customers"]["profile"][0] | {"name": "Ada Lovelace", "birthday": "1990-02-03", "city": "Marlow"}
        == (told["customers"]["profile"][0])
    )
    assert {c["address"] for c in told["customers"]["contacts"]} == {
        "ada@shop.example",
        "+8613812345678",
        "1 High Street",
    }
    assert told["customers"]["consents"][0]["evidence"] == FORM
    assert told["orders"]["orders"][0]["city"] == "Marlow"
    assert [event["event"] for event in told["events"]["events"]].count("Product Viewed") == 1
    assert "Ada Lovelace" in page
    assert "203.0.113.9" in page
    with pytest.raises(errors.LinkSpent):
        actions.fetch(token, now=now)


@pytest.mark.django_db(transaction=True)
def test_a_link_expires_and_a_new_one_replaces_it(asked, actor, now):
    archive = queries.archive_of(carry_out(asked("export"), actor, now))
    first = actions.issue_link(archive, by=actor, now=now)
    second = actions.issue_link(archive, by=actor, now=now)

    with pytest.raises(errors.LinkSpent):
        actions.fetch(first, now=now)
    with pytest.raises(errors.LinkSpent):
        actions.fetch(second, now=archive.expires_at)
    # What other tests left in the folder goes first.
    actions.tidy_archives(now=archive.expires_at - timedelta(microseconds=1))
    assert actions.tidy_archives(now=archive.expires_at) == 1


@pytest.mark.django_db(transaction=True)
def test_an_erasure_leaves_facts_without_a_person(asked, ada, actor, now, warehouse):
    load()
    done = carry_out(asked("erase"), actor, now)
    load()

    ada.refresh_from_db()
    assert (ada.name, ada.city, ada.birthday, ada.erased_at is None) == ("", "", None, False)
    assert not ContactPoint.objects.filter(customer=ada).exists()
    assert not NameWord.objects.filter(customer=ada).exists()
    assert all(identity.value.startswith("erased:") for identity in Identity.objects.filter(customer=ada))
    order = Order.objects.get()
    assert (order.customer_id, order.city, order.country, order.gross_minor > 0) == (ada.pk, "", "France", True)
    views = Event.objects.filter(name="Product Viewed")
    assert [event.properties["url"] for event in views] == ["/other"]
    seen = warehouse_queries.execute(warehouse_queries.table("events")).to_pylist()
    assert sorted(e["position"] for e in seen) == sorted(Event.objects.values_list("position", flat=True))
    customer = warehouse_queries.execute(warehouse_queries.table("customers")).to_pylist()[0]
    assert (customer["city"], customer["birth_month"]) == ("", None)
    assert warehouse_queries.execute(warehouse_queries.table("orders")).to_pylist()[0]["city"] == ""
    assert queries.has_warehouse_followed(queries.certificate_of(done))
    assert done.note == ""
    assert queries.certificate_of(done).report["customers"]["contacts_removed"] == 3
    assert "ovelace" not in repr(list(AuditEntry.objects.values()) + list(Certificate.objects.values()))


@pytest.mark.django_db(transaction=True)
def test_an_erased_address_that_comes_back_is_somebody_new_and_suppressed(asked, ada, actor, now):
    carry_out(asked("erase"), actor, now)
    later = now + timedelta(days=1)

    again = testing.customer(external_id="ada-7", email="Ada@Shop.Example", phone="+86 138 1234 5678", now=later)
    reasons = {(p.known.channel, p.known.purpose): p.reasons for p in permission.permissions_of(again.pk, now=later)}

    assert again.pk != ada.pk
    assert Order.objects.filter(customer=again).count() == 0
    for channel in ("email", "sms", "call"):
        assert "suppressed:marketing" in reasons[channel, "marketing"]


@pytest.mark.django_db(transaction=True)
def test_an_erasure_is_done_once_and_goes_on_after_a_crash(asked, ada, actor, now, monkeypatch):
    """Fail at every place in turn; the run after it finishes the work, and no place is passed twice."""
    passed: list[str] = []
    seen: set[str] = set()

    def trip(name: str) -> None:
        passed.append(name)
        if name not in seen:
            seen.add(name)
            raise KeyboardInterrupt(name)

    places = (
        "shuke.cdp.privacy.actions.erasing",
        "shuke.cdp.customers.actions.forgetting",
        "shuke.cdp.orders.actions.personal",
    )
    for module in places:
        monkeypatch.setattr(f"{module}.failpoint", trip)
    request = asked("erase")
    actions.carry_out(request, by=actor, now=now)
    crashes = 0
    while True:
        try:
            actions.run_erasure(request.pk, by=actor, clock=lambda: now, progress=lambda *_: None)
        except KeyboardInterrupt:
            crashes += 1
            continue
        break

    assert crashes == len(seen) >= 8
    assert Certificate.objects.count() == 1
    assert Event.objects.filter(name="customer.erased").count() == 1
    assert not ContactPoint.objects.filter(customer=ada).exists()
    assert Suppression.objects.filter(reason="erased").count() == 4


def test_restriction_keeps_a_person_out_of_analysis_until_it_ends(asked, ada, actor, now, warehouse):
    load()
    before = warehouse_rows()
    request = asked("restrict")
    actions.carry_out(request, by=actor, now=now)
    load()
    restricted = warehouse_rows()
    warehouse.rebuild(now=now)
    rebuilt = warehouse_rows()
    from shuke.cdp.customers.actions import forgetting

    forgetting.restrict([ada.pk], is_restricted=False, by=actor, now=now)
    load()

    assert restricted == rebuilt
    assert restricted["customers"] == []
    assert restricted["orders"] == [None]
    assert ada.pk not in restricted["events"]
    after = warehouse_rows()
    assert after["customers"] == before["customers"]
    assert after["orders"] == before["orders"] == [ada.pk]
    assert set(before["events"]) <= set(after["events"])


def warehouse_rows() -> dict[str, list[Any]]:
    found = {}
    for table in ("customers", "orders", "events", "reachability"):
        rows = warehouse_queries.execute(warehouse_queries.table(table)).to_pylist()
        found[table] = sorted((row["customer_id"] for row in rows), key=str)
    return found


def test_an_objection_ends_marketing_on_every_address(asked, ada, actor, now):
    actions.carry_out(asked("object"), by=actor, now=now)

    found = permission.permissions_of(ada.pk, now=now)
    assert {p.known.channel for p in found if p.known.purpose == "marketing"} == {"email", "sms", "call", "post"}
    assert all("objected" in p.reasons for p in found if p.known.purpose == "marketing")


@pytest.mark.django_db(transaction=True)
def test_the_journal_brings_an_erasure_back_over_an_older_backup(asked, ada, actor, now):
    carry_out(asked("erase"), actor, now)
    # What an older backup would put back in place: the person as they were, nothing suppressed.
    Suppression.objects.all().delete()
    Customer.objects.filter(pk=ada.pk).update(name="Ada Lovelace", erased_at=None)
    Certificate.objects.all().delete()

    counts = actions.replay_journal(since=now - timedelta(hours=1), now=now + timedelta(days=1))

    assert counts["erased"] == 1
    assert counts["suppressed"] == 4
    assert Customer.objects.get(pk=ada.pk).name == ""
    assert b"ada@" not in journal.path().read_bytes()
    assert actions.replay_journal(since=now + timedelta(days=2), now=now) == {
        "erased": 0,
        "suppressed": 0,
        "refused": 0,
    }


def test_inactive_people_are_counted_first_and_erased_then(ada, actor, now, warehouse):
    from shuke.cdp.privacy.actions import retention
    from shuke.cdp.privacy.rules import PrivacySettings

    later = now + timedelta(days=400)
    with pytest.raises(errors.UnknownKind):
        retention.save_settings(PrivacySettings(retention={"inactive_customers": 30}), by=actor, now=now)
    terms = {"inactive_customers": 365, "behaviour": 90}
    retention.save_settings(PrivacySettings(retention=terms), by=actor, now=now)
    load()

    early = retention.dry_run(by=actor, now=now + timedelta(days=364))
    late = retention.dry_run(by=actor, now=later)
    ran = retention.apply_retention(by=actor, now=later)
    load()

    assert "inactive_customers" not in early.report
    assert late.report == {"behaviour": 3, "inactive_customers": 1}
    assert ran.report["inactive_customers"] == 1
    assert ran.report["behaviour"] == 3
    assert Customer.objects.get(pk=ada.pk).erased_at is not None
    before = warehouse_rows()
    warehouse.rebuild(now=later)
    assert warehouse_rows() == before
    assert retention.apply_retention(by=actor, now=later).report == {}


@pytest.mark.parametrize("place", ["merged"])
def test_whoever_was_merged_in_is_erased_too(ada, actor, now, place):
    other = testing.customer(email="ada.old@shop.example", name="Ada Byron")
    Customer.objects.filter(pk=other.pk).update(merged_into=ada.pk)

    request = actions.receive("erase", other.pk, received_at=now, by=actor, now=now)
    ids, _report = actions.erase_person(request.customer_id, now=now)

    assert sorted(ids) == sorted([ada.pk, other.pk])
    assert set(Customer.objects.values_list("name", flat=True)) == {""}
