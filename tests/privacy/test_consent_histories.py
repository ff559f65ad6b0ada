"""Random histories of consent beside a model that was written apart: nowhere may it be allowed where the model denies.

People grant, confirm, ask to stop, object, complain; addresses bounce; lists are imported, with proof and without;
people are merged and told apart, restricted, erased, and come back; backups are restored; the clock moves. The same
histories run through the rules alone, many of them, and through the tables.
"""

import copy
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shuke.cdp.customers import testing
from shuke.cdp.customers.actions import PersonRecord, consents, forgetting, merge, split, suppressing
from shuke.cdp.customers.models import Customer, CustomerMerge
from shuke.cdp.customers.queries import consents as queries
from shuke.cdp.customers.rules import consent as rules
from shuke.cdp.events.actions import Provenance
from shuke.cdp.privacy import actions as privacy
from shuke.platform.staff.actor import Actor

START = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
BY = Actor.system("test")
# Three people, each with an e-mail address and a telephone: an address is (person, channel).
PEOPLE, CHANNELS, PURPOSES = range(3), ("email", "sms"), ("marketing", "service")
ADDRESSES = [(person, channel) for person in PEOPLE for channel in CHANNELS]
FORM = {"form": "newsletter"}

_address, _person = st.sampled_from(ADDRESSES), st.sampled_from(PEOPLE)
_lag = st.sampled_from([0, 0, 0, 1, 40, 400])
_SAID = st.tuples(
    st.just("say"), _address, st.sampled_from(("marketing", "marketing", "service")),
    st.sampled_from(("granted", "confirmed", "confirmed", "withdrawn", "refused", "objected", "requested")),
    st.sampled_from(("web_form", "web_form", "web_form", "in_store", "import", "staff")),
    st.booleans() | st.just(True), _lag, st.sampled_from([None, None, 30]),
)  # fmt: skip
_STEP = st.one_of(
    _SAID, _SAID, _SAID, _SAID,
    st.tuples(st.just("stop"), _person, st.sampled_from(("退订", "td", "【柳】T", "stop!"))),
    st.tuples(st.just("complain"), _address),
    st.tuples(st.just("bounce"), _address, st.sampled_from((5, 60))),
    st.tuples(st.just("merge"), _person, _person), st.tuples(st.just("split"), st.integers(0, 3)),
    st.tuples(st.just("restrict"), _person, st.booleans()),
    st.tuples(st.just("erase"), _person), st.tuples(st.just("come_back"), _person),
    st.tuples(st.just("back_up")), st.tuples(st.just("restore")),
    st.tuples(st.just("wait"), st.sampled_from((1, 20, 70, 500))),
)  # fmt: skip
STEPS = st.lists(_STEP, min_size=20, max_size=20)


@dataclass
class Wall:
    """Something that keeps an address from being written to: since when, until when, whether its owner may lift it."""

    since: datetime
    keeps_all: bool
    may_be_lifted: bool
    until: datetime | None = None


@dataclass
class Model:
    """What the law and the company's promises say, in plain words; it knows neither tables nor the rules."""

    now: datetime = START
    # What was said about an address for a purpose: (when it counts from, what, until when).
    words: dict[Any, list[Any]] = field(default_factory=lambda: defaultdict(list))
    walls: dict[Any, dict[str, Wall]] = field(default_factory=lambda: defaultdict(dict))
    edges: list[tuple[int, int]] = field(default_factory=list)
    restricted: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)

    def root(self, person: int) -> int:
        into = {merged: survivor for survivor, merged in self.edges}
        while person in into:
            person = into[person]
        return person

    def one_person(self, person: int) -> list[int]:
        return [other for other in PEOPLE if self.root(other) == self.root(person)]

    def word(self, address: Any, purpose: str) -> Any:
        """The word that counts: the last, except that asking answers nothing and agreeing confirms nothing."""
        order = ("confirmed", "granted", "requested", "withdrawn", "refused", "objected")
        last: Any = None
        for when, said, until in sorted(self.words[address, purpose], key=lambda one: (one[0], order.index(one[1]))):
            if last and said == "requested":
                continue
            if last and said == "granted" and last[1] == "confirmed" and (last[2] is None or last[2] > when):
                continue
            last = (when, said, until)
        return last

    def allows(self, address: Any, purpose: str) -> bool:
        if self.root(address[0]) in self.restricted:
            return False
        for wall in self.walls[address].values():
            if (wall.until is None or wall.until > self.now) and (wall.keeps_all or purpose == "marketing"):
                return False
        last = self.word(address, purpose)
        if not last or last[1] not in {"granted", "confirmed"} or (last[2] is not None and last[2] <= self.now):
            return False
        return purpose == "service" or address[1] == "sms" or last[1] == "confirmed"

    def say(self, address, purpose, action, method, is_proved, lag, days) -> None:
        is_yes, is_doubtful = action in {"granted", "confirmed"}, action == "confirmed" and method == "staff"
        if is_yes and purpose == "marketing" and (not is_proved or is_doubtful):
            return
        when = self.now - timedelta(days=lag)
        until = when + timedelta(days=days) if days and action in {"granted", "confirmed"} else None
        self._note(address, purpose, (when, action, until))
        if action in {"granted", "confirmed"} and method == "web_form" and purpose == "marketing":
            self.walls[address] = {
                why: wall for why, wall in self.walls[address].items()
                if not (wall.may_be_lifted and not wall.keeps_all and wall.since < when)
            }  # fmt: skip

    def _note(self, address: Any, purpose: str, word: Any, why: str = "") -> None:
        self.words[address, purpose].append(word)
        if word[1] in {"withdrawn", "refused", "objected"} and purpose == "marketing":
            self.walls[address][why or ("objected" if word[1] == "objected" else "asked")] = Wall(self.now, False, True)

    def stop(self, person: int, _text: str) -> None:
        self._note((person, "sms"), "marketing", (self.now, "withdrawn", None), "stopped")

    def complain(self, address: Any) -> None:
        self.walls[address]["complained"] = Wall(self.now, False, True)

    def bounce(self, address: Any, days: int) -> None:
        until, held = self.now + timedelta(days=days), self.walls[address].get("bounced")
        until = max(until, held.until) if held and held.until else until
        self.walls[address]["bounced"] = Wall(self.now, True, False, until)

    def merge(self, a: int, b: int) -> bool:
        survivor, merged = self.root(a), self.root(b)
        if survivor == merged or {survivor, merged} & self.gone:
            return False
        self.edges.append((survivor, merged))
        if merged in self.restricted:
            self.restricted.add(survivor)
        self._tighten(self.one_person(survivor))
        return True

    def _tighten(self, people: list[int]) -> None:
        """A no of one of them for a channel and purpose is a no for all their addresses of that channel."""
        strict = ("withdrawn", "refused", "objected")
        for channel in CHANNELS:
            for purpose in PURPOSES:
                said = [(self.word((one, channel), purpose) or (None, ""))[1] for one in people]
                noes = [word for word in said if word in strict]
                if not noes:
                    continue
                strictest = max(noes, key=strict.index)
                for one, word in zip(people, said, strict=True):
                    if word not in strict or strict.index(word) < strict.index(strictest):
                        self._note((one, channel), purpose, (self.now, strictest, None))

    def split(self, which: int) -> int | None:
        if not self.edges:
            return None
        at = which % len(self.edges)
        survivor, merged = self.edges.pop(at)
        self._tighten(self.one_person(survivor))
        self._tighten(self.one_person(merged))
        # Who was restricted while they were one may be either; the model is only sure of the one it was asked of.
        return at

    def restrict(self, person: int, is_restricted: bool) -> None:
        if person in self.gone:
            return  # nothing is left whose use could be restricted; whoever comes back is somebody new
        change = self.restricted.add if is_restricted else self.restricted.discard
        change(self.root(person))

    def erase(self, person: int) -> bool:
        people = self.one_person(person)
        if set(people) & self.gone:
            return False
        for one in people:
            for channel in CHANNELS:
                for purpose in PURPOSES:
                    word = self.word((one, channel), purpose)
                    if word and word[1] in {"granted", "confirmed"}:
                        self._note((one, channel), purpose, (self.now, "withdrawn", None), "erased")
                self.walls[one, channel]["erased"] = Wall(self.now, False, True)
        self.gone |= set(people)
        self.edges = [edge for edge in self.edges if not set(edge) & set(people)]
        self.restricted -= set(people)
        return True

    def come_back(self, person: int) -> bool:
        """The same addresses again, as somebody new."""
        if person not in self.gone:
            return False
        self.gone.discard(person)
        return True

    def after_restore(self, backup: "Model") -> "Model":
        """What has to hold over an older backup: all that was known then, and every no since."""
        found = copy.deepcopy(backup)
        found.now = self.now
        for key, words in self.words.items():
            known = backup.words[key]
            fresh = [word for word in words if word not in known and word[1] in {"withdrawn", "refused", "objected"}]
            found.words[key] += fresh
        for address, walls in self.walls.items():
            for why, wall in walls.items():
                held = found.walls[address].get(why)
                if held is None or held.until is not None:
                    found.walls[address][why] = copy.copy(wall)
        return found


class Rules:
    """The same histories through the pure rules, with dictionaries for tables."""

    def __init__(self) -> None:
        self.model = Model()
        self.records: dict[Any, list[rules.Evidence]] = defaultdict(list)
        self.walls: dict[Any, dict[tuple[str, str], tuple[datetime, datetime | None]]] = defaultdict(dict)

    def do(self, step: tuple[Any, ...]) -> None:
        self.model.now += timedelta(minutes=1)
        verb, *said = step
        if verb in {"back_up", "restore", "erase", "come_back", "restrict", "split"}:
            return
        if verb == "wait":
            self.model.now += timedelta(days=said[0])
        elif verb == "merge":
            survivor, merged = (self.model.root(person) for person in said)
            people = self.model.one_person(survivor) + self.model.one_person(merged)
            if self.model.merge(*said):
                self._tighten(sorted(set(people)))
        else:
            getattr(self.model, verb)(*said)
            getattr(self, verb)(*said)

    def say(self, address, purpose, action, method, is_proved, lag, days) -> None:
        if rules.refusal(purpose=purpose, action=action, method=method, evidence=FORM if is_proved else {}):
            return
        when = self.model.now - timedelta(days=lag)
        until = when + timedelta(days=days) if days and action in rules.GRANTING else None
        self._record(address, purpose, action, method, when, until)

    def _record(self, address, purpose, action, method, when, until=None) -> None:
        number = sum(map(len, self.records.values())) + 1
        evidence = rules.Evidence(action, when, self.model.now, number, until)
        self.records[address, purpose].append(evidence)
        scope = rules.scope_of(purpose, "")
        if action in rules.REFUSING and scope:
            self.walls[address][scope, rules.reason_of(action, method)] = (self.model.now, None)
        elif action in rules.GRANTING and method in rules.BY_PERSON:
            for (held, reason), (since, _until) in list(self.walls[address].items()):
                if rules.lifts(scope=held, reason=reason, suppressed_at=since, by=evidence, purpose=purpose, topic=""):
                    del self.walls[address][held, reason]

    def stop(self, person: int, text: str) -> None:
        assert rules.is_stop_word(text)
        self._record((person, "sms"), "marketing", "withdrawn", "sms_reply", self.model.now)

    def complain(self, address: Any) -> None:
        self.walls[address]["marketing", "complaint"] = (self.model.now, None)

    def bounce(self, address: Any, days: int) -> None:
        until = self.model.now + timedelta(days=days)
        held = self.walls[address].get(("all", "hard_bounce"))
        self.walls[address]["all", "hard_bounce"] = (self.model.now, max(until, held[1]) if held else until)

    def _state(self, address: Any, purpose: str) -> str | None:
        standing = rules.state_of(self.records[address, purpose])
        return standing.action if standing else None

    def _tighten(self, people: list[int]) -> None:
        for channel in CHANNELS:
            for purpose in PURPOSES:
                states = {one: self._state((one, channel), purpose) for one in people}
                known = [state for state in states.values() if state is not None]
                strictest = known[0] if known else None
                for state in known[1:]:
                    strictest = rules.stricter(strictest, state)
                for one, state in states.items():
                    if strictest in rules.REFUSING and rules.is_looser(state, strictest):
                        self._record((one, channel), purpose, strictest, "merge", self.model.now)

    def allowed(self) -> Iterator[tuple[Any, str, bool]]:
        now = self.model.now
        for address in ADDRESSES:
            for purpose in PURPOSES:
                standing = rules.state_of(self.records[address, purpose])
                known = rules.Known(
                    address[1], purpose, "", standing.action if standing else None, None,
                    standing.valid_until if standing else None, must_ask_again=False,
                    scopes=frozenset(s for (s, _r), (_since, until) in self.walls[address].items() if not until or until > now),
                )  # fmt: skip
                yield address, purpose, not rules.why_not(known, now=now)


@settings(max_examples=300, deadline=None)
@given(steps=STEPS)
def test_the_rules_allow_exactly_what_the_model_allows(steps):
    _through_the_rules(steps)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None, phases=[Phase.generate, Phase.shrink])
@given(steps=STEPS)
def test_ten_thousand_histories_through_the_rules(steps):
    _through_the_rules(steps)


def _through_the_rules(steps: list[Any]) -> None:
    world = Rules()
    for step in steps:
        world.do(step)
        for address, purpose, is_allowed in world.allowed():
            assert is_allowed == world.model.allows(address, purpose), (address, purpose)


class Tables:
    """The same through the doors and the database."""

    def __init__(self) -> None:
        self.model, self.customers, self.edges = Model(), {}, []
        for person in PEOPLE:
            self._arrive(person)
        self.saved: Any = None

    def _arrive(self, person: int) -> None:
        said = PersonRecord(external_id=f"p{person}-{self.model.now:%s}", email=_written((person, "email")),
                            phone=_written((person, "sms")))  # fmt: skip
        self.customers[person] = testing.people(said, now=self.model.now)[0].pk

    @property
    def by(self) -> Provenance:
        return Provenance("test", "system:test", self.model.now)

    def do(self, step: tuple[Any, ...]) -> None:
        self.model.now += timedelta(minutes=1)
        verb, *said = step
        if verb in {"back_up", "restore"}:
            getattr(self, f"_{verb}")()
        elif verb == "wait":
            self.model.now += timedelta(days=said[0])
        else:
            with transaction.atomic():
                getattr(self, verb)(*said)

    def say(self, address, purpose, action, method, is_proved, lag, days) -> None:
        when = self.model.now - timedelta(days=lag)
        until = when + timedelta(days=days) if days and action in {"granted", "confirmed"} else None
        statement = consents.Statement(
            address[1], _written(address), purpose, action, method, when, evidence=FORM if is_proved else {},
            valid_until=until, key=f"{self.model.now.isoformat()}",
        )  # fmt: skip
        consents.record([statement], by=self.by)
        self.model.say(address, purpose, action, method, is_proved, lag, days)

    def stop(self, person: int, text: str) -> None:
        assert consents.stop_reply("sms", _written((person, "sms")), text, by=self.by)
        self.model.stop(person, text)

    def complain(self, address: Any) -> None:
        suppressing.suppress(address[1], _written(address), scope="marketing", reason="complaint", by=self.by)
        self.model.complain(address)

    def bounce(self, address: Any, days: int) -> None:
        until = self.model.now + timedelta(days=days)
        suppressing.suppress(
            address[1], _written(address), scope="all", reason="hard_bounce", by=self.by, expires_at=until
        )
        self.model.bounce(address, days)

    def merge(self, a: int, b: int) -> None:
        survivor, merged = self.model.root(a), self.model.root(b)
        if self.model.merge(a, b):
            made = merge(self.customers[survivor], self.customers[merged], by=BY, now=self.model.now)
            self.edges.append(made.uuid)

    def split(self, which: int) -> None:
        at = self.model.split(which)
        if at is not None:
            split(self.edges.pop(at), by=BY, now=self.model.now)

    def restrict(self, person: int, is_restricted: bool) -> None:
        forgetting.restrict(
            [self.customers[self.model.root(person)]], is_restricted=is_restricted, by=BY, now=self.model.now
        )
        self.model.restrict(person, is_restricted)

    def erase(self, person: int) -> None:
        people = self.model.one_person(person)
        held = list(self.model.edges)
        if self.model.erase(person):
            privacy.erase_person(self.customers[person], now=self.model.now)
            self.edges = [uuid for uuid, edge in zip(self.edges, held, strict=True) if not set(edge) & set(people)]

    def come_back(self, person: int) -> None:
        if self.model.come_back(person):
            self._arrive(person)

    def _back_up(self) -> None:
        if self.saved is not None:
            return
        self.saved = (
            transaction.savepoint(),
            copy.deepcopy(self.model),
            dict(self.customers),
            list(self.edges),
            self.model.now,
        )

    def _restore(self) -> None:
        """Put the tables back to the backup and replay the journal over it."""
        if self.saved is None:
            return
        point, model, customers, edges, at = self.saved
        transaction.savepoint_rollback(point)
        gone = set(self.model.gone) - model.gone
        self.model = self.model.after_restore(model)
        self.customers, self.edges, self.saved = customers, edges, None
        privacy.replay_journal(since=at, now=self.model.now)
        # Who was erased since is erased again; who they had been merged with is as the journal left them.
        self._look_around(gone)

    def _look_around(self, gone: set[int]) -> None:
        erased = set(Customer.objects.filter(erased_at__isnull=False).values_list("pk", flat=True))
        self.model.gone |= {person for person in gone if self.customers[person] in erased}
        live = dict(CustomerMerge.objects.filter(split_at=None).values_list("uuid", "pk"))
        kept = [
            (uuid, edge) for uuid, edge in zip(self.edges, self.model.edges, strict=True)
            if uuid in live and not set(edge) & self.model.gone
        ]  # fmt: skip
        self.edges, self.model.edges = [one[0] for one in kept], [one[1] for one in kept]

    def allowed(self) -> Iterator[tuple[Any, str, bool]]:
        for person in PEOPLE:
            if person in self.model.gone:
                continue
            holder = self.customers[self.model.root(person)]
            points = {point.id: point.value for point in queries.reach_of([holder]).contacts}
            for one in queries.permissions_of(holder, now=self.model.now):
                address = (person, one.known.channel)
                if address in ADDRESSES and points[one.contact_id] == _written(address):
                    yield address, one.known.purpose, one.is_permitted


def _written(address: tuple[int, str]) -> str:
    return f"p{address[0]}@shop.example" if address[1] == "email" else f"+861380000111{address[0]}"


_SETTINGS = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}


@pytest.fixture
def own_journal(settings, tmp_path):
    """A journal of this test alone."""
    settings.SHUKE_HOME = tmp_path


@settings(**_SETTINGS, max_examples=8)
@given(steps=STEPS)
def test_the_tables_allow_nothing_that_the_model_denies(company, own_journal, steps):
    _through_the_tables(steps)


@pytest.mark.slow
@settings(**_SETTINGS, max_examples=250)
@given(steps=STEPS)
def test_many_histories_through_the_tables(company, own_journal, steps):
    _through_the_tables(steps)


def _through_the_tables(steps: list[Any]) -> None:
    with transaction.atomic():
        world = Tables()
        for step in steps:
            world.do(step)
            for address, purpose, is_allowed in world.allowed():
                assert not is_allowed or world.model.allows(address, purpose), (address, purpose, step)
        assert queries.verify_chain().broken_at is None
        transaction.set_rollback(True)


def test_the_machine_is_not_silent(company, own_journal):
    """What it checks is worth checking: in an ordinary history the tables allow what the model allows."""
    steps = [
        ("say", (0, "email"), "marketing", "confirmed", "web_form", True, 0, None),
        ("say", (1, "sms"), "marketing", "granted", "web_form", True, 0, None),
        ("bounce", (1, "sms"), 5), ("wait", 20),
    ]  # fmt: skip
    with transaction.atomic():
        world = Tables()
        for step in steps:
            world.do(step)
        allowed = {(address, purpose) for address, purpose, is_allowed in world.allowed() if is_allowed}
        assert allowed == {((0, "email"), "marketing"), ((1, "sms"), "marketing")}
        assert all(world.model.allows(*one) for one in allowed)
        transaction.set_rollback(True)
