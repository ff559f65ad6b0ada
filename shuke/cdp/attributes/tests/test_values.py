"""What sources say, and which value that makes."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuke.cdp.attributes import actions, errors, queries
from shuke.cdp.attributes.actions import Limits, Said
from shuke.cdp.attributes.models import Attribute, Change, State, Statement
from shuke.cdp.attributes.rules.kinds import Kind, columns_of, of_columns, plain, read
from shuke.cdp.attributes.testing import BY, NOW, attribute, says
from shuke.cdp.customers.testing import customer
from shuke.cdp.events.actions import Provenance
from shuke.cdp.events.models import Event
from shuke.platform.jobs.testing import run_queued

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def values(person: Any) -> dict[str, Any]:
    return {held.attribute.code: held.value for held in queries.values_of([person.pk]).get(person.pk, [])}


def changed_codes() -> list[list[str]]:
    rows = Event.objects.filter(name="customer.attributes_changed").order_by("pk")
    return [row.properties["codes"] for row in rows]


def test_every_kind_is_read_kept_and_given_back() -> None:
    person = customer()
    attribute("note")
    attribute("size", "number")
    attribute("limit", "money")
    attribute("since", "date")
    attribute("tier", "choice", choices=("gold", "silver"))
    attribute("colors", "list")
    attribute("vip", "yes_no")

    said = {
        "note": " hi ", "size": "42.5", "limit": 1999, "since": "2024-03-31", "tier": "gold", "colors": ["red", "blue", "red"],
        "vip": "yes",
    }  # fmt: skip
    assert says(person, **said).refused == []

    assert values(person) == {
        "note": "hi", "size": 42.5, "limit": 1999, "since": date(2024, 3, 31), "tier": "gold",
        "colors": ("blue", "red"), "vip": True,
    }  # fmt: skip


def test_saying_it_again_changes_nothing_and_announces_nothing() -> None:
    person = customer()
    attribute("size", "number")
    says(person, size=42)
    before = list(Statement.objects.values())

    outcome = says(person, size=42)

    assert outcome.changed == {}
    assert list(Statement.objects.values()) == before
    assert changed_codes() == [["size"]]
    assert Change.objects.count() == 1


def test_the_highest_source_counts_and_a_new_order_is_judged_anew() -> None:
    person = customer()
    size = attribute("size", "number", source_order=("staff", "shop:web", "collector"))
    actions.set_by_hand(person.pk, "size", 1, by=BY, now=NOW)
    says(person, "shop:web", at=LATER, size=2)
    says(person, "collector:app", at=LATER, size=3)
    assert values(person) == {"size": 1}

    definition = actions.Definition(Kind.NUMBER, is_personal=False, source_order=("collector", "shop", "staff"))
    actions.change(size, definition, by=BY, now=LATER)
    run_queued()

    assert values(person) == {"size": 3}
    assert [past.after for past in queries.history_of([person.pk], size)] == [3, 1]


def test_taking_a_word_back_lets_the_next_source_speak_and_stays_taken_back() -> None:
    person = customer()
    attribute("size", "number")
    says(person, "shop:web", size=2)
    actions.set_by_hand(person.pk, "size", 1, by=BY, now=NOW)

    actions.set_by_hand(person.pk, "size", None, by=BY, now=LATER)
    says(person, "staff", size=1)  # an older message that arrives late

    assert values(person) == {"size": 2}


def test_what_does_not_fit_is_refused_and_counted_and_loses_no_neighbour() -> None:
    person, other = customer(), customer()
    attribute("size", "number", limits=Limits(least=30, most=50))
    attribute("note")
    by = Provenance(source="api", actor="system:test", now=NOW)

    said = [
        Said(person.pk, {"size": 99, "note": "a"}),
        Said(other.pk, {"size": "abc", "note": "b"}),
        Said(other.pk, {"!!": 1}),
    ]
    outcome = actions.set_values(said, source="api", by=by)

    assert [(one.index, one.name, one.why.key) for one in outcome.refused] == [
        (2, "!!", "code"), (0, "size", "too_large"), (1, "size", "number"),
    ]  # fmt: skip
    assert (values(person), values(other)) == ({"note": "a"}, {"note": "b"})
    assert Attribute.objects.get(code="size").misfits == 2


@pytest.mark.parametrize(
    "hostile",
    [
        float("nan"),
        float("inf"),
        10**5000,
        "\ud800",
        "x" * 9999,
        {"a": {"b": {"c": 1}}},
        [[1]],
        [None],
        "\x00",
        2**60,
        "",
    ],
    ids=["nan", "inf", "digits", "surrogate", "long", "object", "nested", "nothing", "nul", "big", "empty"],
)
def test_hostile_values_are_refused_or_kept_but_break_nothing(hostile: Any) -> None:
    person = customer()
    for kind in Kind:
        attribute(f"a_{kind.value}", kind.value, choices=("x",) if kind is Kind.CHOICE else ())

    says(person, **{f"a_{kind.value}": hostile for kind in Kind}, unheard_of=hostile)

    queries.archive_of([person.pk])


def test_what_nobody_declared_is_kept_sealed_and_can_be_declared() -> None:
    person, other = customer(), customer()
    says(person, shoeSize=42, pet={"name": "Tom"})
    says(other, shoeSize="forty")

    kept = {one.code: (one.kind, one.state) for one in Attribute.objects.all()}
    assert kept == {"shoe_size": ("text", "undeclared"), "pet_name": ("text", "undeclared")}
    assert set(Statement.objects.values_list("text", "number", "items")) == {(None, None, None)}

    found = Attribute.objects.get(code="shoe_size")
    actions.change(found, actions.Definition(Kind.NUMBER, is_personal=False), by=BY, now=LATER)
    run_queued()

    found.refresh_from_db()
    assert (found.state, found.misfits) == (State.ACTIVE, 1)
    assert values(person)["shoe_size"] == 42
    assert "shoe_size" not in values(other)
    assert list(Statement.objects.filter(attribute=found, sealed__isnull=True).values_list("number", flat=True)) == [42]


def test_undeclared_names_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shuke.cdp.attributes.actions.values.MOST_UNDECLARED", 2)
    outcome = says(customer(), a=1, b=2, c=3)

    assert Attribute.objects.count() == 2
    assert [one.why.key for one in outcome.refused] == ["full"]


def test_personal_values_stand_nowhere_in_clear() -> None:
    person = customer()
    attribute("nickname", is_personal=True)
    says(person, nickname="Tomcat")
    actions.set_by_hand(person.pk, "nickname", "Kater", by=BY, now=LATER)

    rows = [*Statement.objects.values("text", "items"), *Change.objects.values("before", "after")]
    assert all(value is None for row in rows for value in row.values())
    assert "Tomcat" not in str(list(Event.objects.values("properties")))
    past = queries.history_of([person.pk], Attribute.objects.get())
    assert [(one.before, one.after) for one in past] == [("Tomcat", "Kater"), (None, "Tomcat")]


def test_computed_values_are_not_entered() -> None:
    person = customer()
    definition = actions.Definition(Kind.NUMBER, is_personal=False)
    actions.create("orders_30d", definition, by=BY, now=NOW, is_computed=True)

    assert [one.why.key for one in says(person, orders_30d=3).refused] == ["computed"]
    with pytest.raises(errors.NotByHand):
        actions.set_by_hand(person.pk, "orders_30d", 3, by=BY, now=NOW)
    says(person, "computed", orders_30d=3)
    assert values(person) == {"orders_30d": 3}


def test_the_number_of_queries_does_not_depend_on_how_much_is_said() -> None:
    people = [customer() for _ in range(12)]
    for code in ("a", "b", "c"):
        attribute(code)
    by = Provenance(source="api", actor="system:test", now=NOW)

    def queries_for(count: int, codes: str) -> int:
        said = [Said(one.pk, {code: f"{code}{count}" for code in codes}) for one in people[:count]]
        with CaptureQueriesContext(connection) as seen:
            actions.set_values(said, source="shop:x", by=by)
        return len(seen)

    few = queries_for(1, "a")
    assert queries_for(12, "abc") <= few + 2  # both new and changed rows to write
    assert few <= 12


# -- the rules, at random


def plain_values(kind: Kind) -> st.SearchStrategy[Any]:
    texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20).filter(str.strip)
    return {
        Kind.TEXT: texts, Kind.CHOICE: texts, Kind.LIST: st.lists(texts, max_size=5), Kind.YES_NO: st.booleans(),
        Kind.NUMBER: st.floats(-1e12, 1e12), Kind.MONEY: st.integers(-(2**40), 2**40), Kind.DATE: st.dates(),
    }[kind]  # fmt: skip


@given(st.sampled_from(list(Kind)).flatmap(lambda kind: st.tuples(st.just(kind), plain_values(kind))))
def test_values_survive_keeping_and_writing(case: tuple[Kind, Any]) -> None:
    kind, said = case
    value = read(kind, Limits(), said)

    assert of_columns(kind, columns_of(value)) == value
    assert read(kind, Limits(), plain(value)) == value


words = st.lists(
    st.tuples(st.sampled_from(["staff", "shop:a", "shop:b", "api"]), st.integers(0, 9), st.none() | st.integers(0, 3)),
    min_size=1, max_size=6, unique_by=lambda word: word[:2],
)  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words, st.permutations(["staff", "shop", "api"]), st.data())
def test_the_value_in_force_is_the_same_in_whatever_order_words_arrive(
    said: list[Any], order: list[str], data: Any
) -> None:
    code = f"a{Attribute.objects.count()}"
    attribute(code, "number", source_order=order)
    one, two = customer(), customer()
    for source, hour, value in said:
        says(one, source, at=NOW + timedelta(hours=hour), **{code: value})
    for source, hour, value in data.draw(st.permutations(said)):
        says(two, source, at=NOW + timedelta(hours=hour), **{code: value})

    # The oracle: of each source the last word; of those who said something the first in the order, then the latest.
    last = {source: (hour, value) for source, hour, value in sorted(said, key=lambda word: word[1])}
    spoken = [
        (order.index(source.partition(":")[0]), -hour, source, value)
        for source, (hour, value) in last.items()
        if value is not None
    ]
    expected = {code: min(spoken)[3]} if spoken else {}
    assert values(one) == values(two) == expected
