"""Mending many values at once, and taking it back; the daily scores."""

from datetime import UTC, date, datetime, timedelta

import pytest

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers import queries as customer_queries
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.models import Customer, Identity
from shuke.cdp.customers.testing import people
from shuke.cdp.events.models import Event
from shuke.cdp.quality import actions, errors
from shuke.cdp.quality.actions import measuring, mending, reading
from shuke.cdp.quality.extensions import QualityPersonalData
from shuke.cdp.quality.models import Fix, FixedValue, FixState, Flag, Flaw
from shuke.cdp.quality.queries import measuring as queries
from shuke.kernel.clock import utcnow
from shuke.platform.jobs.testing import run_queued

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def careless(company):
    """Three misspelt addresses, of which the right spelling of the last is somebody's already."""
    found = people(
        PersonRecord(external_id="1", name="张三", email="zhang@gmial.com"),
        PersonRecord(external_id="2", name="LI SI", email="li@qq.con", address="广东省深圳市南山区科技园路1号"),
        PersonRecord(external_id="3", name="王五", email="wang@163.con"),
        PersonRecord(external_id="4", name="王五", email="wang@163.com"),
    )
    reading.read_some([one.pk for one in found], now=NOW)
    return found


def mend(flaw: str, actor) -> Fix:
    fix = actions.start(flaw, by=actor, now=NOW)
    run_queued(now=utcnow() + timedelta(minutes=1))
    fix.refresh_from_db()
    return fix


def undo(fix: Fix, actor) -> Fix:
    actions.undo(fix, by=actor, now=LATER)
    run_queued(now=utcnow() + timedelta(minutes=2))
    fix.refresh_from_db()
    return fix


def emails() -> list[str]:
    held = customer_queries.contacts_of(Customer.objects.values_list("pk", flat=True))
    return [one.value for contacts in held.values() for one in contacts if one.channel == "email"]


def test_flaws_are_found_when_customers_are_read(careless):
    assert queries.flaw_counts() == {"email_typo": (3, 3), "name_untidy": (1, 1), "place_in_address": (1, 1)}


def test_typos_are_corrected_announced_and_findable(careless, actor):
    before = Event.objects.count()

    fix = mend(Flaw.EMAIL_TYPO, actor)

    assert sorted(emails()) == ["li@qq.com", "wang@163.com", "wang@163.com", "zhang@gmail.com"]
    assert (fix.state, fix.changed, fix.skipped) == (FixState.DONE, 3, 0)
    told = Event.objects.filter(name="customer.changed").order_by("-position")[:3]
    assert [event.properties for event in told] == [{"fields": ["email"]}] * 3
    assert Event.objects.count() == before + 3
    assert customer_queries.matching(email="zhang@gmail.com").get().pk == careless[0].pk


def test_a_corrected_address_recognises_its_customer_but_takes_nobodys_key(careless, actor):
    mend(Flaw.EMAIL_TYPO, actor)

    again = people(PersonRecord(email="zhang@gmail.com"), PersonRecord(email="wang@163.com"), now=LATER)

    assert [one.pk for one in again] == [careless[0].pk, careless[3].pk]
    assert Identity.objects.filter(type="email").count() == 6


def test_an_undo_gives_every_value_back(careless, actor):
    before = emails()

    fix = undo(mend(Flaw.EMAIL_TYPO, actor), actor)

    assert sorted(emails()) == sorted(before)
    assert (fix.state, fix.undone, fix.refused) == (FixState.UNDONE, 3, 0)
    reading.read_some([one.pk for one in careless], now=LATER)
    assert queries.flaw_counts()["email_typo"] == (3, 3)


def test_an_undo_leaves_what_changed_since_and_lists_it(careless, actor):
    fix = mend(Flaw.NAME_UNTIDY, actor)
    assert Customer.objects.get(pk=careless[1].pk).name == "Li Si"
    customers.edit(careless[1].pk, {"name": "Li Siyuan"}, by=actor, now=LATER)

    fix = undo(fix, actor)

    assert Customer.objects.get(pk=careless[1].pk).name == "Li Siyuan"
    assert [row.customer_id for row in queries.refused_of(fix)] == [careless[1].pk]


def test_a_value_that_changed_after_it_was_looked_at_is_left_alone(careless, actor):
    customers.edit(careless[1].pk, {"name": "Li Siyuan"}, by=actor, now=LATER)

    fix = mend(Flaw.NAME_UNTIDY, actor)

    assert (fix.changed, fix.skipped) == (0, 1)
    assert Customer.objects.get(pk=careless[1].pk).name == "Li Siyuan"


def test_city_and_region_are_filled_from_the_address(careless, actor):
    mend(Flaw.PLACE_IN_ADDRESS, actor)

    filled = Customer.objects.get(pk=careless[1].pk)
    assert (filled.region, filled.city) == ("广东", "深圳")


def test_removed_addresses_come_back(company, actor):
    who = people(PersonRecord(external_id="1", email="x@mailinator.com"))[0]
    reading.read_some([who.pk], now=NOW)

    fix = mend(Flaw.EMAIL_DISPOSABLE, actor)
    assert emails() == []
    undo(fix, actor)

    assert emails() == ["x@mailinator.com"]


def test_there_is_one_fix_of_a_kind_at_a_time(careless, actor):
    actions.start(Flaw.EMAIL_TYPO, by=actor, now=NOW)

    with pytest.raises(errors.NothingToFix):
        actions.start(Flaw.EMAIL_TYPO, by=actor, now=NOW)
    with pytest.raises(errors.NothingToFix):
        actions.start(Flaw.EMAIL_DISPOSABLE, by=actor, now=NOW)


def test_a_fix_that_was_interrupted_goes_on_where_it_stopped(careless, actor, monkeypatch):
    monkeypatch.setattr(mending, "AT_ONCE", 1)
    fix = actions.start(Flaw.EMAIL_TYPO, by=actor, now=NOW)
    mending.mend_some(fix.pk, after=0, now=NOW)

    run_queued(now=utcnow() + timedelta(minutes=1))

    fix.refresh_from_db()
    assert (fix.state, fix.changed) == (FixState.DONE, 3)
    assert FixedValue.objects.count() == 3


def test_images_are_sealed_and_forgotten_with_the_person(careless, actor):
    mend(Flaw.EMAIL_TYPO, actor)

    assert not [row for row in FixedValue.objects.all() if b"gmial" in bytes(row.images)]
    archive = QualityPersonalData().export([careless[0].pk])
    assert archive["corrections"][0]["before"] == "zhang@gmial.com"
    QualityPersonalData().erase([careless[0].pk], now=LATER)
    assert not FixedValue.objects.filter(customer_id=careless[0].pk).exists()


def test_a_day_is_measured_for_the_company_and_each_shop(careless, company):
    people(PersonRecord(external_id="9", name="钱六", phone="13812345678", birthday=date(1990, 1, 2)), shop="tmall")
    today = NOW.date()

    for shop in ("", "tmall"):
        measuring.measure(shop, today=today, now=NOW)
        measuring.measure(shop, today=today, now=NOW)

    whole = {grade.field: grade for grade in queries.grades(today)}
    tmall = {grade.field: grade for grade in queries.grades(today, "tmall")}
    assert (whole["email"].filled, whole["email"].valid, whole["phone"].filled) == (0.8, 0.25, 0.2)
    assert (tmall["email"].filled, tmall["phone"].filled, tmall["birthday"].filled) == (0, 1, 1)
    assert tmall["email"].score == 0
    assert whole["name"].valid == 0.8


def test_two_with_one_address_are_not_unique(company):
    shared = {"address": "10 High Street, London, SW1A 1AA"}
    people(PersonRecord(external_id="1", **shared), PersonRecord(external_id="2", **shared))
    one = people(PersonRecord(external_id="3", email="a@example.com"))[0]

    counts = {field: counted for field, _total, counted in queries.measured("", now=NOW)}

    assert (counts["address"].filled, counts["address"].unique) == (2, 0)
    assert counts["email"].unique == 1
    assert Flag.objects.filter(customer_id=one.pk).count() == 0
