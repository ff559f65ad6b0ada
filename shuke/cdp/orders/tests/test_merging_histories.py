"""Random histories of merges and splits, while events, orders, tags and consents arrive, beside a plain model.

The model knows nothing of tables: a fact belongs to its identity, an identity to its home, and a home to whoever it is
merged into at the moment. Nothing may be lost, nothing may be on the wrong person, no consent may become looser.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import PersonRecord, VisitorRecord, consents
from shuke.cdp.customers.models import ConsentState, Customer, CustomerTag, Identity
from shuke.cdp.customers.queries import identities
from shuke.cdp.events import queries as log
from shuke.cdp.events.actions import NewEvent, Provenance, publish
from shuke.cdp.events.models import Event
from shuke.cdp.orders.models import Order, Refund
from shuke.cdp.orders.testing import order, recorded, refund, shop
from shuke.platform.staff.actor import Actor

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
PEOPLE, DEVICES, TAGS = 4, 2, ("VIP", "Press")
BY_STAFF = Actor.system("test")

_person, _device = st.integers(0, PEOPLE - 1), st.integers(0, DEVICES - 1)
_FACT = st.one_of(
    st.tuples(st.just("order"), _person),
    st.tuples(st.just("refund"), _person),
    st.tuples(st.just("event"), _person),
    st.tuples(st.just("anonymous"), _device),
    st.tuples(st.just("login"), _device, _person),
    st.tuples(st.just("login"), _device, _person),
    st.tuples(st.just("tag"), _person, st.sampled_from(TAGS)),
    st.tuples(st.just("grant"), _person),
    st.tuples(st.just("refuse"), _person),
)
_MERGE, _SPLIT = st.tuples(st.just("merge"), _person, _person), st.tuples(st.just("split"), st.integers(0, 5))
# Rounds of merges, facts and sometimes a split: chains and stars grow, and things happen while they stand.
_ROUND = st.tuples(_MERGE, _FACT, st.one_of(_MERGE, _FACT), _FACT, st.one_of(_SPLIT, _FACT))
_STEPS = st.lists(_ROUND, min_size=1, max_size=4).map(lambda rounds: [step for one in rounds for step in one])


@dataclass
class Model:
    """Who is merged into whom (``edges``, oldest first), whose devices are, and what happened under whom."""

    edges: list = field(default_factory=list)
    devices: dict = field(default_factory=dict)
    shared: set = field(default_factory=set)
    money: dict = field(default_factory=dict)
    events: list = field(default_factory=list)
    tags: dict = field(default_factory=lambda: {n: set() for n in range(PEOPLE)})
    consent: dict = field(default_factory=dict)

    def root(self, person):
        into = {merged: survivor for survivor, merged, _ in self.edges}
        while person in into:
            person = into[person]
        return person

    def family(self, root):
        return {person for person in range(PEOPLE) if self.root(person) == root}

    def tighten(self, people):
        if "refused" in {self.consent.get(person) for person in people}:
            self.consent |= dict.fromkeys(people, "refused")

    def see(self, device, person):
        if device in self.shared:
            return
        owner = self.devices.get(device)
        if owner is None:
            self.devices[device] = person
        elif self.root(owner) != self.root(person):
            self.shared.add(device)
            self.devices[device] = None

    def holder(self, where):
        kind, number = where
        home = number if kind == "person" else self.devices.get(number)
        return None if home is None else self.root(home)


class World:
    """The same through the real doors."""

    def __init__(self):
        self.shop = shop(now=NOW)
        said = [
            PersonRecord(
                external_id=f"p{n}", email=f"p{n}@example.com", name=f"Person {n}", city=("", "Bath", "Köln")[n % 3]
            )
            for n in range(PEOPLE)
        ]
        with transaction.atomic():
            found = customers.resolve(said, namespace=self.shop.code, by=self.by(NOW))
        self.ids = [one.customer_id for one in found]
        self.before = self.profiles()
        self.model, self.at = Model(), NOW

    def by(self, now):
        return Provenance(source=self.shop.code, actor="system:test", now=now)

    def profiles(self):
        columns = ("pk", "name", "country", "region", "city", "first_seen_at", "merged_into_id")
        return list(Customer.objects.order_by("pk").values_list(*columns))

    def do(self, step):
        self.at += timedelta(minutes=1)
        getattr(self, step[0])(*step[1:])

    def order(self, person):
        number = f"N{len(self.model.money)}"
        recorded(self.shop, order(number, customer=f"p{person}", at=self.at), now=self.at)
        self.model.money[number] = (Order, person)

    def refund(self, person):
        number = f"N{len(self.model.money)}"
        said = refund(number, customer=f"p{person}", at=self.at, amount_minor=100)
        recorded(self.shop, said, now=self.at)
        self.model.money[number] = (Refund, person)

    def event(self, person):
        self._seen(VisitorRecord(user_id=f"p{person}"), ("person", person))

    def anonymous(self, device):
        self._seen(VisitorRecord(anonymous_id=f"device-{device}"), ("device", device))

    def login(self, device, person):
        self.model.see(device, person)
        self._seen(VisitorRecord(anonymous_id=f"device-{device}", user_id=f"p{person}"), ("person", person))

    def _seen(self, visitor, where):
        with transaction.atomic():
            [found] = customers.resolve_visitors([visitor], namespace=self.shop.code, by=self.by(self.at))
            said = NewEvent(
                "Seen", found.customer_id, self.at, self.at, "web", "source:1", {}, identity_id=found.identity_id
            )
            publish([said])
        self.model.events.append((said.uuid, where))
        holder = self.model.holder(where)
        assert found.customer_id == (None if holder is None else self.ids[holder])

    def tag(self, person, name):
        root = self.model.root(person)
        customers.tag([self.ids[root]], name, by=BY_STAFF, now=self.at)
        if not any(name in self.model.tags[one] for one in self.model.family(root)):
            self.model.tags[root].add(name)

    def grant(self, person):
        self._consent(person, "granted", {"form": "newsletter"})
        self.model.consent[person] = "granted"

    def refuse(self, person):
        self._consent(person, "refused", {})
        self.model.consent[person] = "refused"

    def _consent(self, person, action, evidence):
        said = consents.Statement(
            channel="email", address=f"p{person}@example.com", purpose="marketing", action=action, method="web_form",
            occurred_at=self.at, evidence=evidence,
        )  # fmt: skip
        with transaction.atomic():
            assert consents.record([said], by=self.by(self.at))[0].status == "recorded"

    def merge(self, a, b):
        survivor, merged = self.model.root(a), self.model.root(b)
        if survivor == merged:
            return
        edge = customers.merge(self.ids[survivor], self.ids[merged], by=BY_STAFF, now=self.at)
        self.model.tighten(self.model.family(survivor) | self.model.family(merged))
        self.model.edges.append((survivor, merged, edge.uuid))

    def split(self, which):
        if not self.model.edges:
            return
        edge = self.model.edges[which % len(self.model.edges)]
        customers.split(edge[2], by=BY_STAFF, now=self.at)
        self.model.tighten(self.model.family(self.model.root(edge[1])))
        self.model.edges.remove(edge)

    def compare(self):
        model, ids = self.model, self.ids
        roots = {model.root(person) for person in range(PEOPLE)}
        live = Customer.objects.filter(merged_into__isnull=True).values_list("pk", flat=True)
        assert set(live) == {ids[root] for root in roots}
        for number, (kind, person) in model.money.items():
            assert kind.objects.get(number=number).customer_id == ids[model.root(person)], number
        assert Order.objects.count() + Refund.objects.count() == len(model.money)
        for root in roots:
            expected = {uuid for uuid, where in model.events if model.holder(where) == root}
            found = log.timeline_of(identities.past_of(ids[root]), names=["Seen"])
            assert {event.uuid for event in found} == expected
            tags = CustomerTag.objects.filter(customer_id=ids[root]).values_list("tag__name", flat=True)
            assert sorted(tags) == sorted(set().union(*(model.tags[one] for one in model.family(root))))
        assert Event.objects.filter(name="Seen").count() == len(model.events)
        assert not Identity.objects.filter(customer__merged_into__isnull=False).exists()
        states = ConsentState.objects.filter(purpose="marketing").values_list("action", flat=True)
        assert sorted(states) == sorted(state for state in model.consent.values() if state)


_SETTINGS = {"suppress_health_check": [HealthCheck.function_scoped_fixture], "deadline": None}


@settings(**_SETTINGS, max_examples=15)
@given(steps=_STEPS, ending=st.randoms(use_true_random=False))
def test_random_histories_agree_with_the_model(company, steps, ending):
    _live_through(steps, ending)


@pytest.mark.slow
@settings(**_SETTINGS, max_examples=300)
@given(steps=_STEPS, ending=st.randoms(use_true_random=False))
def test_many_random_histories_agree_with_the_model(company, steps, ending):
    _live_through(steps, ending)


def _live_through(steps, ending):
    with transaction.atomic():
        world = World()
        for step in steps:
            world.do(step)
            if step[0] in {"merge", "split"}:
                world.compare()
        world.compare()
        while world.model.edges:
            world.do(("split", ending.randrange(6)))
            world.compare()
        assert world.profiles() == world.before
        transaction.set_rollback(True)
