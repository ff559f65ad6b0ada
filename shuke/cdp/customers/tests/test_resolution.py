"""Recognising people."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuke.cdp.customers import rules
from shuke.cdp.customers.actions import PersonRecord, resolve
from shuke.cdp.customers.engine.matching import Held, Key, match
from shuke.cdp.customers.models import ContactPoint, Customer, Identity, NameWord
from shuke.cdp.events.actions import Provenance
from shuke.cdp.events.models import Event
from shuke.platform.crypto.sealing import unseal

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
LIVE = Provenance(source="test", actor="system:test", now=NOW)
HISTORY = replace(LIVE, historical=True, import_id=7)


def _resolve(*people, namespace="web", by=LIVE):
    with transaction.atomic():
        return resolve(people, namespace=namespace, by=by)


@pytest.mark.engine
def test_new_people_become_customers_with_identities_and_sealed_contacts(company):
    ada, bob = _resolve(
        PersonRecord(external_id="A1", email=" Ada@Example.com", phone="020 7946 0958", name="Ada  Lovelace",
                     country="United Kingdom", address="1 High Street", postcode="N1"),
        PersonRecord(email="bob@example.com"),
    )  # fmt: skip

    assert ada.is_new
    assert bob.is_new
    assert ada.customer_id != bob.customer_id
    customer = Customer.objects.get(pk=ada.customer_id)
    assert (customer.name, customer.country) == ("Ada Lovelace", "United Kingdom")
    assert customer.first_seen_at == NOW
    assert Identity.objects.get(pk=ada.identity_id).value == "A1"
    points = {p.channel: unseal(p.sealed, context=b"customers.contact") for p in customer.contact_points.all()}
    assert points == {"email": "ada@example.com", "phone": "+442079460958", "address": "1 High Street, N1"}
    stored = (
        repr(list(Identity.objects.values()))
        + repr(list(ContactPoint.objects.values()))
        + repr(list(Event.objects.values()))
    )
    assert "ada@" not in stored
    assert "7946" not in stored
    assert set(NameWord.objects.filter(customer=customer).values_list("word", flat=True)) == {"ada", "lovelace"}
    assert list(Event.objects.order_by("position").values_list("name", "customer_id")) == [
        ("customer.created", ada.customer_id),
        ("customer.created", bob.customer_id),
    ]


@pytest.mark.engine
def test_a_repeat_changes_nothing_and_publishes_nothing(company):
    people = [
        PersonRecord(external_id="1", country="France", first_seen_at=NOW - timedelta(days=9)),
        PersonRecord(external_id="1", country="Spain", first_seen_at=NOW - timedelta(days=3)),
        PersonRecord(email="a@example.com", phone="+8613812345678", name="张三"),
        PersonRecord(phone="138 1234 5678", address="1 Road"),
    ]
    first = _resolve(*people, by=HISTORY)
    before = (list(Customer.objects.values()), Event.objects.count(), ContactPoint.objects.count())

    second = _resolve(*people, by=HISTORY)

    assert [(r.customer_id, r.identity_id) for r in first] == [(r.customer_id, r.identity_id) for r in second]
    assert not any(r.is_new for r in second)
    assert (list(Customer.objects.values()), Event.objects.count(), ContactPoint.objects.count()) == before
    assert len({r.customer_id for r in first}) == 2
    assert Customer.objects.get(pk=first[0].customer_id).country == "France"


def test_one_at_a_time_gives_the_same_as_all_at_once(company):
    people = [
        PersonRecord(external_id="1"),
        PersonRecord(external_id="1", email="x@example.com"),
        PersonRecord(email="x@example.com"),
    ]

    together = _resolve(*people, namespace="a")
    apart = [_resolve(person, namespace="a")[0] for person in people]

    assert [r.customer_id for r in together] == [r.customer_id for r in apart]
    assert len({r.customer_id for r in together}) == 1


def test_no_usable_key_means_nobody(company):
    answers = _resolve(PersonRecord(name="Ada"), PersonRecord(phone="138****5678"), PersonRecord(email="test@shop.example"),
                       PersonRecord(external_id="guest"), PersonRecord())  # fmt: skip

    assert answers == [None] * 5
    assert not Customer.objects.exists()


def test_shops_number_their_customers_independently(company):
    assert (
        _resolve(PersonRecord(external_id="1"), namespace="a")[0].customer_id
        != _resolve(PersonRecord(external_id="1"), namespace="b")[0].customer_id
    )


def test_the_strongest_key_wins_and_two_customers_are_never_joined(company):
    one, two = _resolve(PersonRecord(external_id="1"), PersonRecord(email="two@example.com"))

    both = _resolve(PersonRecord(external_id="1", email="two@example.com"))[0]

    assert both.customer_id == one.customer_id
    assert Identity.objects.get(type="email").customer_id == two.customer_id
    assert ContactPoint.objects.filter(customer_id=one.customer_id, channel="email").count() == 1


def test_an_identity_that_was_nobodys_is_claimed(company):
    free = Identity.objects.create(type="external_id", namespace="web", value="v9", created_at=NOW)

    found = _resolve(PersonRecord(external_id="v9"))[0]

    assert found.identity_id == free.pk
    assert found.is_new
    free.refresh_from_db()
    assert free.customer_id == found.customer_id


def test_history_fills_gaps_and_live_facts_correct(company):
    _resolve(PersonRecord(external_id="1", name="Ada", country="France", birthday=None))

    _resolve(PersonRecord(external_id="1", name="Adele", city="Lyon", birthday=date(1990, 1, 2)), by=HISTORY)
    after_history = Customer.objects.get()
    _resolve(PersonRecord(external_id="1", name="Adele"))
    after_live = Customer.objects.get()

    assert (after_history.name, after_history.city, after_history.birthday) == ("Ada", "Lyon", date(1990, 1, 2))
    assert after_live.name == "Adele"
    assert Event.objects.filter(name="customer.changed").order_by("-id")[0].properties == {"fields": ["name"]}
    assert list(NameWord.objects.values_list("word", flat=True)) == ["adele"]


def test_a_masked_name_never_hides_a_clear_one(company):
    _resolve(PersonRecord(external_id="1", name="张*"))
    _resolve(PersonRecord(external_id="1", name="张三丰"), by=HISTORY)
    _resolve(PersonRecord(external_id="1", name="张**"))

    assert Customer.objects.get().name == "张三丰"


def test_the_earliest_moment_counts_as_first_seen(company):
    _resolve(PersonRecord(external_id="1", first_seen_at=NOW))
    _resolve(PersonRecord(external_id="1", first_seen_at=NOW - timedelta(days=3)), by=HISTORY)
    _resolve(PersonRecord(external_id="1", first_seen_at=NOW - timedelta(days=1)))

    assert Customer.objects.get().first_seen_at == NOW - timedelta(days=3)


@pytest.mark.engine
def test_the_number_of_queries_does_not_depend_on_the_number_of_people(company, django_assert_max_num_queries):
    def people(first, count):
        return [PersonRecord(external_id=str(n), email=f"p{n}@example.com", phone=f"+4477009{n:05d}", name=f"P {n}",
                             address=f"{n} Road") for n in range(first, first + count)]  # fmt: skip

    for first, count in ((0, 5), (100, 300)):
        with django_assert_max_num_queries(22):
            _resolve(*people(first, count))
        # PostgreSQL takes a lock that the single writer of SQLite does not need.
        with django_assert_max_num_queries(9 if connection.vendor == "sqlite" else 10):
            _resolve(*people(first, count))


def test_belongs_inside_a_transaction(transactional_db):
    with pytest.raises(RuntimeError, match="inside the transaction"):
        resolve([PersonRecord(external_id="1")], namespace="web", by=LIVE)


_VALUES = st.sampled_from(["1", "2", "3"])
_RECORDS = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["external_id", "email", "phone"]), _VALUES), max_size=3, unique_by=lambda key: key[0]
    ),
    max_size=8,
)
_KNOWN = st.dictionaries(
    st.tuples(st.sampled_from(["external_id", "email", "phone"]), _VALUES),
    st.sampled_from([None, 101, 102, 103]),
    max_size=5,
)


def _one_by_one(records, owner):
    """The model: take the records in order, write every consequence at once. New people are -1, -2, …"""
    owner, answers, made = dict(owner), [], 0
    for keys in records:
        if not keys:
            answers.append(None)
            continue
        accounts = {who for (kind, _), who in owner.items() if kind == "external_id" and who is not None}
        names_account = keys[0][0] == "external_id"
        person = next(
            (
                owner[key]
                for key in keys
                if owner.get(key) is not None
                and not (names_account and key[0] != "external_id" and owner[key] in accounts)
            ),
            None,
        )
        if person is None:
            made += 1
            person = -made
        for key in keys:
            if owner.get(key) is None:
                owner[key] = person
        answers.append(person)
    return answers, owner


@given(records=_RECORDS, known=_KNOWN)
def test_matching_a_batch_agrees_with_one_by_one(records, known):
    rank = {"external_id": 0, "email": 1, "phone": 2}
    records = [sorted(keys, key=lambda key: rank[key[0]]) for keys in records]
    held = {
        Key(kind, "", value): Held(index, customer) for index, ((kind, value), customer) in enumerate(known.items())
    }

    accounts = {(who, "") for (kind, _), who in known.items() if kind == "external_id" and who}

    people, answers = match([[Key(kind, "", value) for kind, value in keys] for keys in records], held, accounts)

    numbers = {id(p): p.customer_id for p in people}
    fresh = [p for p in people if p.customer_id is None]
    numbers |= {id(p): -n for n, p in enumerate(fresh, start=1)}
    owner = dict(known)
    by_identity = {at.identity_id: (key.type, key.value) for key, at in held.items()}
    for person in people:
        for key in person.new_keys:
            owner[key.type, key.value] = numbers[id(person)]
        for identity in person.claimed:
            owner[by_identity[identity]] = numbers[id(person)]
    expected, expected_owner = _one_by_one(records, known)
    assert [None if a is None else numbers[id(a)] for a in answers] == expected
    assert owner == expected_owner


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    rows=st.lists(
        st.builds(
            PersonRecord,
            external_id=st.sampled_from(["", "1", "2"]),
            email=st.sampled_from(["", "a@example.com", "b@example.com", "x***@example.com"]),
            phone=st.sampled_from(["", "+8613812345678", "138-1234-5678", "13800138000"]),
            name=st.sampled_from(["", "Ada", "张三", "张*"]),
        ),
        max_size=6,
    ),
    cut=st.integers(0, 6),
)
def test_cutting_a_batch_in_two_gives_the_same_people(company, rows, cut):
    with transaction.atomic():
        whole = _resolve(*rows)
        names = sorted(Customer.objects.values_list("name", flat=True))
        shape = _shape(whole)
        transaction.set_rollback(True)
    with transaction.atomic():
        halves = _resolve(*rows[:cut]) + _resolve(*rows[cut:])
        assert _shape(halves) == shape
        assert sorted(Customer.objects.values_list("name", flat=True)) == names
        events = Event.objects.count()
        _resolve(*rows[-1:])
        _resolve(*rows[-1:])
        assert Event.objects.count() <= events + 1
        transaction.set_rollback(True)


def _shape(answers):
    """Who is the same as whom, without the keys."""
    seen = {}
    return [None if a is None else seen.setdefault(a.customer_id, len(seen)) for a in answers]


@given(st.text(max_size=40))
def test_normalising_twice_is_normalising_once(raw):
    for normalise in (rules.email, rules.phone, rules.name, rules.external_id):
        once = normalise(raw)
        assert normalise(once) == once
