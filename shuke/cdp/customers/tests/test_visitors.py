"""Recognising visitors: anonymous until they say who they are, and never somebody else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from shuke.cdp.customers import testing
from shuke.cdp.customers.actions import PersonRecord, VisitorRecord, resolve, resolve_visitors
from shuke.cdp.customers.models import ContactPoint, Customer, Identity, IdentityMove
from shuke.cdp.customers.rules.identities import IdentitySettings
from shuke.cdp.events.actions import Provenance
from shuke.cdp.events.models import Event
from shuke.platform.company import actions as company_actions

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
BY = Provenance(source="tracker", actor="source:1", now=NOW)


def see(*visitors, namespace="web", by=BY):
    with transaction.atomic():
        return resolve_visitors(visitors, namespace=namespace, by=by)


def anonymous(name, **said):
    return VisitorRecord(anonymous_id=name, seen_at=NOW, **said)


@pytest.mark.engine
def test_an_anonymous_visitor_is_an_identity_without_a_customer(company):
    first, again = see(anonymous("a1"), anonymous("a1"))

    assert first == again
    assert first.customer_id is None
    assert not first.is_new
    assert Customer.objects.count() == 0
    assert Identity.objects.get().type == "anonymous_id"
    assert see(anonymous("a1")) == [first]
    assert Event.objects.count() == 0


@pytest.mark.engine
def test_whoever_becomes_known_claims_the_device_and_its_history(company):
    [before] = see(anonymous("a1"))

    [known] = see(anonymous("a1", user_id="u1", person=PersonRecord(email="ada@example.com", name="Ada")))
    [later] = see(anonymous("a1"))

    assert known.is_new
    assert known.customer_id is not None
    device = Identity.objects.get(pk=before.identity_id)
    assert (device.customer_id, device.reason, device.moved_at) == (known.customer_id, "claimed", NOW)
    assert later == replace(before, customer_id=known.customer_id)
    move = IdentityMove.objects.get()
    assert (move.identity_id, move.from_customer, move.to_customer) == (before.identity_id, None, known.customer_id)
    moved = Event.objects.get(name="identity.moved")
    assert moved.properties == {"identity_ids": [before.identity_id], "customer_ids": [known.customer_id]}
    assert Identity.objects.get(pk=known.identity_id).type == "external_id"


@pytest.mark.engine
def test_a_device_of_two_known_people_belongs_to_nobody(company):
    [ada] = see(anonymous("tablet", user_id="ada"))
    [bob] = see(anonymous("tablet", user_id="bob"))
    [later, ada_again] = see(anonymous("tablet"), anonymous("tablet", user_id="ada"))

    assert ada.customer_id != bob.customer_id
    assert later.customer_id is None
    assert ada_again.customer_id == ada.customer_id
    device = Identity.objects.get(type="anonymous_id")
    assert device.is_shared
    assert device.customer_id is None
    assert Customer.objects.count() == 2


def test_within_one_batch_it_is_the_same(company):
    lone, ada, bob, later = see(
        anonymous("tablet"), anonymous("tablet", user_id="ada"), anonymous("tablet", user_id="bob"), anonymous("tablet")
    )
    assert ada.customer_id != bob.customer_id
    assert (lone.customer_id, later.customer_id) == (None, None)
    lone, ada, later = see(anonymous("phone"), anonymous("phone", user_id="ada"), anonymous("phone"))
    assert lone.customer_id == ada.customer_id == later.customer_id


def test_two_known_people_are_never_joined(company):
    [ada] = see(VisitorRecord(user_id="ada", person=PersonRecord(email="ada@example.com")))
    [bob] = see(VisitorRecord(user_id="bob", person=PersonRecord(email="bob@example.com")))

    [found] = see(VisitorRecord(user_id="ada", person=PersonRecord(email="bob@example.com")))

    assert found.customer_id == ada.customer_id
    assert Identity.objects.filter(type="email", customer_id=bob.customer_id).count() == 1
    assert Customer.objects.count() == 2


@pytest.mark.engine
def test_alias_brings_an_anonymous_id_and_never_a_known_person(company):
    [lone] = see(anonymous("a1"))
    [bob] = see(VisitorRecord(user_id="bob"))

    [ada] = see(VisitorRecord(user_id="ada", previous_id="a1"))
    [still_ada] = see(VisitorRecord(user_id="ada", previous_id="bob"))

    assert Identity.objects.get(pk=lone.identity_id).customer_id == ada.customer_id
    assert still_ada.customer_id == ada.customer_id
    assert Identity.objects.get(pk=bob.identity_id).customer_id == bob.customer_id
    assert not Identity.objects.filter(type="anonymous_id", value="bob").exists()


def test_other_ids_join_or_only_belong_as_their_type_says(company):
    [ada] = see(VisitorRecord(user_id="ada", other_ids=(("unionid", "wx", "U1"), ("device_id", "app", "D1"))))
    [by_union, by_device] = see(
        VisitorRecord(other_ids=(("unionid", "wx", "U1"),)), VisitorRecord(other_ids=(("device_id", "app", "D1"),))
    )
    [other] = see(VisitorRecord(user_id="bob", other_ids=(("device_id", "app", "D1"),)))

    assert by_union.customer_id == by_device.customer_id == ada.customer_id
    assert other.customer_id != ada.customer_id


def test_masked_rotating_unknown_and_blocked_values_are_no_keys(company):
    others = (("taobao_nick", "tmall", "张**"), ("jd_pin", "jd", "AbC"), ("shoe_size", "", "42"),
              ("device_id", "app", "00000000-0000-0000-0000-000000000000"))  # fmt: skip
    [found] = see(VisitorRecord(anonymous_id="undefined", user_id="null", other_ids=others))

    assert (found.identity_id, found.customer_id) == (None, None)
    assert Identity.objects.count() == 0


def test_a_user_id_that_is_an_address_is_kept_as_one(company):
    [ada] = see(VisitorRecord(user_id="Ada@Example.com"))

    assert Identity.objects.get().type == "email"
    assert "ada@" not in repr(list(Identity.objects.values())).lower()
    assert ContactPoint.objects.get().customer_id == ada.customer_id
    assert see(VisitorRecord(user_id="ada@example.com"))[0].customer_id == ada.customer_id


def test_what_the_company_blocks_recognises_nobody(company):
    values = IdentitySettings(blocked_emails=["till@shop.example"], blocked_phones=[], blocked_ids=["kiosk"])
    company_actions.save_settings("customers.identity", values, now=NOW)

    [kiosk, till, test] = see(
        VisitorRecord(user_id="Kiosk"),
        VisitorRecord(person=PersonRecord(email="TILL@shop.example")),
        VisitorRecord(person=PersonRecord(email="test@shop.example")),
    )

    assert (kiosk.customer_id, till.customer_id) == (None, None)
    assert test.customer_id is not None


@pytest.mark.engine
def test_an_address_of_too_many_people_joins_nobody_any_more(company):
    company_actions.save_settings("customers.identity", IdentitySettings(most_customers_per_address=3), now=NOW)
    records = [PersonRecord(external_id=f"u{n}", phone="+8613812345678") for n in range(5)]
    family = testing.people(*records)

    assert len({customer.pk for customer in family}) == 5
    assert Identity.objects.get(type="phone").is_shared
    with transaction.atomic():
        assert resolve([PersonRecord(phone="+8613812345678")], namespace="web", by=BY) == [None]


def test_a_customer_has_only_so_many_addresses(company):
    company_actions.save_settings("customers.identity", IdentitySettings(limits={"email": 2}), now=NOW)

    for n in range(4):
        see(VisitorRecord(user_id="ada", person=PersonRecord(email=f"ada{n}@example.com")))

    assert Identity.objects.filter(type="email").count() == 2
    [other] = see(VisitorRecord(user_id="bob", person=PersonRecord(email="ada3@example.com")))
    assert Identity.objects.filter(type="email", customer_id=other.customer_id).count() == 1


def test_one_at_a_time_gives_the_same_as_all_at_once(company):
    said = [
        anonymous("a1"), anonymous("a1", user_id="u1"), anonymous("a2"), anonymous("a2", user_id="u1"),
        anonymous("a1", user_id="u2"), anonymous("a3", previous_id="a2"), VisitorRecord(user_id="u3", previous_id="a3"),
    ]  # fmt: skip
    see(*said, namespace="together")
    for one in said:
        see(one, namespace="single")

    def owners(namespace):
        rows = Identity.objects.filter(namespace=namespace).order_by("type", "value")
        people = {pk: n for n, pk in enumerate(dict.fromkeys(rows.values_list("customer_id", flat=True)))}
        return [(r.type, r.value, people[r.customer_id], r.customer_id is None, r.is_shared) for r in rows]

    assert owners("together") == owners("single")


def test_the_number_of_queries_does_not_depend_on_the_number_of_visitors(company, django_assert_max_num_queries):
    def batch(first, count):
        known = [anonymous(f"a{n}", user_id=f"u{n}") for n in range(first, first + count)]
        return [*known, *(anonymous(f"b{n}") for n in range(first, first + count))]

    for first, count in ((0, 5), (1000, 500)):
        with django_assert_max_num_queries(16):
            see(*batch(first, count))
        with django_assert_max_num_queries(6):
            see(*batch(first, count))


def test_seeing_somebody_again_writes_nothing(company):
    see(anonymous("a1", user_id="u1"))
    before = (list(Identity.objects.values()), list(Customer.objects.values()), Event.objects.count())

    see(anonymous("a1", user_id="u1"), by=replace(BY, now=NOW + timedelta(days=1)))

    assert (list(Identity.objects.values()), list(Customer.objects.values()), Event.objects.count()) == before
