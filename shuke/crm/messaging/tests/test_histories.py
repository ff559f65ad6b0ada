"""Random histories of permission: never an allow where a second, plain reading of the same history says no."""

import os
from datetime import timedelta
from random import Random

import pytest
from django.db import transaction

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import PersonRecord, consents, suppressing
from shuke.cdp.customers.models import Customer, CustomerMerge
from shuke.cdp.customers.testing import people
from shuke.cdp.events.actions import Provenance
from shuke.cdp.privacy import actions as privacy
from shuke.crm.messaging.actions.requesting import request
from shuke.crm.messaging.queries import standing, templates
from shuke.crm.messaging.queries.standing import InForce
from shuke.crm.messaging.queries.templates import What
from shuke.crm.messaging.rules.candidates import Candidate
from shuke.crm.messaging.rules.policy import Policy
from shuke.crm.messaging.tests.conftest import BY, NOW
from shuke.crm.messaging.tests.model import Address

STEPS, TOGETHER = 20, 50
TOPICS = ("", "shoes")


def spelled(n, dice):
    """One mailbox, however it is written."""
    return dice.choice([f"h{n}@example.com", f"H{n}@Example.com", f" h{n}@EXAMPLE.com "])


class World:
    """Many people at once: each step happens to one of them, in the tables and in the plain reading."""

    def __init__(self, seed, size):
        self.dice, self.now, self.size = Random(seed), NOW, size
        self.addresses = [Address() for _ in range(size)]
        found = people(
            *(PersonRecord(external_id=f"h{seed}-{n}", email=f"h{n}@example.com") for n in range(size)), now=NOW
        )
        self.ids = [one.pk for one in found]
        self.erased, self.merged = set(), set()
        self.number = 0

    def by(self):
        return Provenance("web", "system:test", self.now)

    def step(self):
        """Let something happen to everybody, in one transaction."""
        self.now += timedelta(hours=self.dice.choice((1, 5, 30)), minutes=1)
        with transaction.atomic():
            said = []
            for n in range(self.size):
                act = self.dice.choice(
                    (self.say, self.say, self.say, self.say, self.complain, self.bounce, self.nothing, self.nothing)
                )
                act(n, said)
            done = consents.record([statement for _n, statement in said], by=self.by()) if said else []
            for (n, statement), outcome in zip(said, done, strict=True):
                if outcome.status == "recorded":
                    self.addresses[n].say(self.now, statement.topic, statement.action, statement.method)

    def say(self, n, said):
        action = self.dice.choice(("confirmed", "confirmed", "granted", "withdrawn", "objected", "refused"))
        method = self.dice.choice(("web_form", "preference_page", "import", "staff", "api"))
        topic = self.dice.choice((*TOPICS, ""))
        evidence = {"form": "footer"} if self.dice.random() < 0.8 else {}
        said.append((n, consents.Statement(
            "email", spelled(n, self.dice), "marketing", action, method, self.now, topic=topic, evidence=evidence,
        )))  # fmt: skip

    def complain(self, n, _said):
        if suppressing.suppress("email", spelled(n, self.dice), scope="marketing", reason="complaint", by=self.by()):
            pass
        self.addresses[n].block(self.now, "marketing", "complaint")

    def bounce(self, n, _said):
        until = self.now + timedelta(days=1)
        suppressing.suppress(
            "email", spelled(n, self.dice), scope="all", reason="hard_bounce", by=self.by(), expires_at=until
        )
        self.addresses[n].block(self.now, "all", "hard_bounce", until)

    def nothing(self, n, _said):
        """A day like any other."""

    def join_and_part(self):
        """Two become one, and perhaps two again: the stricter choice holds for both mailboxes from then on."""
        one, other = self.dice.sample([n for n in range(self.size) if n not in self.merged | self.erased], 2)
        merge = customers.merge(self.ids[one], self.ids[other], by=BY, now=self.now)
        a, b = self.addresses[one], self.addresses[other]
        for topic in TOPICS:
            order = (None, "granted", "confirmed")
            said = [(x.last(topic) or (None, None))[1] for x in (a, b)]
            refused = [action for action in said if action not in order]
            strict = max(refused, key=("withdrawn", "refused", "objected").index, default=None)
            for x, action in zip((a, b), said, strict=True):
                if strict is not None and (
                    action in order
                    or ("withdrawn", "refused", "objected").index(action)
                    < ("withdrawn", "refused", "objected").index(strict)
                ):
                    x.say(self.now, topic, strict, "merge")
        if self.dice.random() < 0.5:
            customers.split(CustomerMerge.objects.get(pk=merge.pk).uuid, by=BY, now=self.now)
        else:
            self.merged |= {one, other}

    def look(self):
        """Ask the gate about everybody and both topics, and compare."""
        asked, expected = [], []
        for n, pk in enumerate(self.ids):
            if n in self.merged:
                continue
            for topic in TOPICS:
                self.number += 1
                asked.append(Candidate(pk, "email", f"t-{topic}", f"{self.number}", "test", 1))
                expected.append(self.addresses[n].may(topic, self.now))
        answers = [one.is_allowed for one in request(asked, now=self.now)]
        wrong = [
            (asked[i].customer_id, asked[i].template, answers[i], expected[i])
            for i in range(len(asked))
            if answers[i] != expected[i]
        ]
        assert wrong == [], [self.addresses[self.ids.index(pk)] for pk, *_ in wrong[:1]]
        return sum(answers)


@pytest.fixture(autouse=True)
def only_permission(monkeypatch, settings, tmp_path):
    """A policy without hours and caps, so that permission alone decides; a journal of this test."""
    policy = InForce(0, Policy(quiet_channels=(), caps=(), same_template_hours=0))
    monkeypatch.setattr(standing, "policy", lambda: policy)
    monkeypatch.setattr(
        templates, "what_of", lambda ids: {one: What(one, 1, "email", "marketing", one[2:]) for one in ids}
    )
    settings.SHUKE_HOME = tmp_path


def live(seed, size):
    """Let a crowd live through its histories; return how often somebody was allowed and how often asked."""
    world, allowed = World(seed, size), 0
    for step in range(STEPS):
        world.step()
        if step % 5 == 4:
            world.join_and_part()
        allowed += world.look()
    return allowed, world.number


def test_the_gate_says_what_a_plain_reading_of_the_history_says(company):
    allowed, asked = live(1, 100)

    assert asked * 0.05 < allowed < asked * 0.9


@pytest.mark.slow
def test_ten_thousand_histories(company):
    for seed in range(2, 2 + int(os.environ.get("SHUKE_HISTORIES", "10000")) // 500):
        with transaction.atomic():
            live(seed, 500)
            Customer.objects.none()
            transaction.set_rollback(True)


def test_what_was_said_after_a_backup_is_said_again_after_its_restore(company):
    world = World(9, 10)
    for _step in range(6):
        world.step()
    before = world.now
    with transaction.atomic():
        for _step in range(4):
            world.step()
        transaction.set_rollback(True)  # the database is that of the backup; the journal is not

    privacy.replay_journal(since=before, now=world.now)

    asked = [Candidate(pk, "email", f"t-{topic}", f"r{pk}{topic}", "test", 1) for pk in world.ids for topic in TOPICS]
    expected = [world.addresses[n].may(topic, world.now) for n in range(10) for topic in TOPICS]
    answers = [one.is_allowed for one in request(asked, now=world.now)]
    assert [answer for answer, may in zip(answers, expected, strict=True) if answer and not may] == []
