"""Values through merges and splits, and forgotten."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuke.cdp.attributes import actions, extensions, queries
from shuke.cdp.attributes.models import Attribute, Change, Statement
from shuke.cdp.attributes.testing import BY, NOW, attribute, says
from shuke.cdp.customers.actions import merging
from shuke.cdp.customers.models import MergeReason
from shuke.cdp.customers.testing import customer
from shuke.platform.manifest import Join

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
SINCE = NOW + timedelta(hours=2)


def test_the_datasets_batches_hold_every_row_once() -> None:
    people = [customer() for _ in range(3)]
    attribute("colors", "list")
    for person in people:
        says(person, colors=["a", "b"])

    batches = list(extensions.AttributesDataset().batches(1))

    assert [len(batch) for batch in batches] == [2, 2, 2]


def rows(*people: Any) -> list[tuple[Any, ...]]:
    columns = ("customer_id", "attribute__code", "source", "identity_id", "text", "said_at", "is_current")
    return sorted(Statement.objects.filter(customer__in=people).values_list(*columns), key=str)


def test_a_split_gives_back_exactly_what_a_merge_took() -> None:
    one, two = customer(), customer()
    attribute("a")
    attribute("b")
    says(one, "staff", a="mine")
    says(two, "staff", at=LATER, a="theirs")
    says(two, "collector:app", identity_id=7, b="seen")
    before = rows(one, two)

    actions.merge([Join(one.pk, two.pk)], now=LATER)
    assert {held.attribute.code: held.value for held in queries.values_of([one.pk])[one.pk]} == {
        "a": "theirs",
        "b": "seen",
    }
    assert queries.values_of([two.pk]) == {}
    stays = actions.split(one.pk, two.pk, [7], merged_at=LATER, now=LATER)

    assert (rows(one, two), stays) == (before, {})


def test_what_came_since_follows_its_identity_or_stays_with_the_survivor() -> None:
    one, two = customer(), customer()
    attribute("a")
    attribute("b")
    says(two, "staff", a="theirs")
    says(two, "collector:app", identity_id=7, b="seen")
    actions.merge([Join(one.pk, two.pk)], now=LATER)
    says(one, "staff", at=SINCE, a="since")
    says(one, "collector:app", at=SINCE, identity_id=7, b="seen since")

    stays = actions.split(one.pk, two.pk, [7], merged_at=LATER, now=LATER)

    held = {
        pk: {one.attribute.code: one.value for one in found}
        for pk, found in queries.values_of([one.pk, two.pk]).items()
    }
    assert held == {one.pk: {"a": "since"}, two.pk: {"a": "theirs", "b": "seen since"}}
    assert stays == {"stays": {"attributes": 1}, "attributes": ["a"]}


said = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["staff", "api"]), st.booleans(), st.integers(0, 5), st.booleans()),
    max_size=8,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said, st.sampled_from([(1, 2), (2, 1)]), st.sampled_from([(1, 2), (2, 1)]))
def test_merges_undone_in_any_order_change_nothing(words: list[Any], done: Any, undone: Any) -> None:
    people = customer(), customer(), customer()
    if not Attribute.objects.exists():
        attribute("a")
    for whose, source, has_identity, hour, is_said in words:
        identity = people[whose].identities.get().pk if has_identity else 0
        value = f"{whose}{hour}" if is_said else None
        says(people[whose], source, at=NOW + timedelta(hours=hour), identity_id=identity, a=value)
    before = rows(*people)

    edges = {
        one: merging.merge(people[0].pk, people[one].pk, reason=MergeReason.STAFF, by=BY, now=NOW + timedelta(days=1))
        for one in done
    }
    for one in undone:
        merging.split(edges[one].uuid, by=BY, now=NOW + timedelta(days=2))

    assert rows(*people) == before


def test_an_erased_person_leaves_nothing_behind() -> None:
    one, two = customer(), customer()
    attribute("a", is_personal=True)
    for person in (one, two):
        says(person, a="secret")
    port = extensions.AttributesPersonalData()
    assert [entry["value"] for entry in port.export([one.pk])["values"]] == ["secret"]

    assert port.erase([one.pk], now=LATER) == {"attribute_values": 1, "attribute_changes": 1}
    assert port.erase([one.pk], now=LATER) == {"attribute_values": 0, "attribute_changes": 0}

    assert (Statement.objects.count(), Change.objects.count()) == (1, 1)
    assert port.export([one.pk]) == {"values": [], "history": []}
