"""Tags that follow a segment."""

from datetime import date
from typing import Any

import pytest

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers import errors as refusals
from shuke.cdp.customers.models import CustomerTag, Tag
from shuke.cdp.customers.testing import customer
from shuke.cdp.events.models import Event
from shuke.cdp.warehouse.testing import seed
from shuke.insight.segments import errors as segment_errors
from shuke.insight.segments.actions import compute, define
from shuke.insight.traits import actions, errors
from shuke.insight.traits.models import AutomaticTag
from shuke.platform.staff.actor import Actor

BY = Actor.system("test")
FRENCH = {"all": [{"field": "customer.country", "op": "is", "value": ["France"]}]}


@pytest.fixture
def people(warehouse: Any, company: Any) -> list[Any]:
    found = [customer() for _ in range(3)]
    country = ["France", "France", "Spain"]
    seed(
        {
            "customers": [{"customer_id": one.pk, "country": where} for one, where in zip(found, country, strict=True)],
            "orders": [{"order_id": 1, "placed_on": date(2024, 6, 1), "gross_minor": 1}],
        }
    )
    return found


def french(now: Any) -> Any:
    segment = define.create(name="French", rule=FRENCH, by=BY, now=now)
    compute.recompute(segment, by=BY, now=now)
    segment.refresh_from_db()
    return segment


def carrying() -> set[int]:
    return set(CustomerTag.objects.filter(tag__name="FR").values_list("customer_id", flat=True))


def told() -> list[tuple[str, int, bool]]:
    found = Event.objects.filter(name__in=["customer.tagged", "customer.untagged"]).order_by("pk")
    return list(found.values_list("name", "customer_id", "historical"))


def again() -> AutomaticTag:
    return AutomaticTag.objects.select_related("tag", "segment").get()


def test_a_tag_follows_its_segment_and_each_change_is_told_once(people: list[Any], now: Any) -> None:
    segment = french(now)
    customers.tag([people[2].pk], "FR", by=BY, now=now)
    actions.bind("FR", segment, by=BY, now=now)

    assert actions.follow(again(), now=now) == (2, 1)
    assert carrying() == {people[0].pk, people[1].pk}
    assert told()[1:] == [
        ("customer.tagged", people[0].pk, True), ("customer.tagged", people[1].pk, True),
        ("customer.untagged", people[2].pk, False),
    ]  # fmt: skip
    assert actions.follow(again(), now=now) == (0, 0)

    spanish = {"all": [{"field": "customer.country", "op": "is", "value": ["Spain"]}]}
    define.update(segment, name="French", rule=spanish, by=BY, now=now)
    compute.recompute(segment, by=BY, now=now)
    assert actions.follow(again(), now=now) == (1, 2)
    assert carrying() == {people[2].pk}
    assert [one for one in told()[4:] if one[2]] == []


def test_nobody_puts_it_on_or_takes_it_off_by_hand(people: list[Any], now: Any) -> None:
    actions.bind("FR", french(now), by=BY, now=now)
    actions.follow(again(), now=now)
    tag = Tag.objects.get()

    for refused in (
        lambda: customers.tag([people[2].pk], "FR", by=BY, now=now),
        lambda: customers.untag([people[0].pk], tag.pk, by=BY, now=now),
    ):
        with pytest.raises(refusals.TagFollowsRule):
            refused()
    with pytest.raises(refusals.TagInUse):
        customers.delete_tag(tag.pk, by=BY, now=now)
    assert carrying() == {people[0].pk, people[1].pk}

    actions.release(again(), by=BY, now=now)
    customers.untag([people[0].pk], tag.pk, by=BY, now=now)
    assert carrying() == {people[1].pk}


def test_a_tag_cannot_follow_what_asks_for_it_nor_exclude_others(people: list[Any], now: Any) -> None:
    customers.tag([people[0].pk], "FR", by=BY, now=now)
    tag = Tag.objects.get()
    circular = {"all": [{"field": "customer.tag", "op": "has_any", "value": [tag.pk]}]}
    segment = define.create(name="Circle", rule=circular, by=BY, now=now)
    with pytest.raises(errors.TagRefused):
        actions.bind("FR", segment, by=BY, now=now)

    group = customers.create_group("Languages", is_exclusive=True, by=BY, now=now)
    customers.create_tag("One", "blue", group.pk, by=BY, now=now)
    with pytest.raises(refusals.TagGroupConflict):
        actions.bind("One", french(now), by=BY, now=now)


def test_a_segment_stays_while_a_tag_follows_it(people: list[Any], now: Any) -> None:
    segment = french(now)
    actions.bind("FR", segment, by=BY, now=now)

    with pytest.raises(segment_errors.SegmentInUse) as refusal:
        define.archive(segment, by=BY, now=now)

    assert "FR" in str(refusal.value)
