"""Tags."""

import pytest

from shuke.cdp.customers import actions, errors, queries
from shuke.cdp.customers.models import CustomerTag, Tag
from shuke.cdp.customers.testing import customer
from shuke.cdp.events.models import Event
from shuke.platform.audit.models import AuditEntry


def _events(name):
    return list(Event.objects.filter(name=name).order_by("id").values_list("customer_id", "properties"))


@pytest.mark.engine
def test_tagging_is_recorded_once(actor, now):
    one, two = customer(), customer()

    first = actions.tag([one.pk, two.pk, 999_999], " VIP ", by=actor, now=now)
    second = actions.tag([one.pk], "VIP", by=actor, now=now)

    tag = Tag.objects.get()
    assert (first, second) == (2, 0)
    assert tag.name == "VIP"
    assert _events("customer.tagged") == [(pk, {"tag_id": tag.pk, "tag": "VIP"}) for pk in (one.pk, two.pk)]
    assert AuditEntry.objects.get(verb="customers.tagged").summary == {"customers": 2}
    assert [t.name for t in queries.tags_of([one.pk])[one.pk]] == ["VIP"]
    assert queries.tag_counts() == {tag.pk: 2}


@pytest.mark.engine
def test_untagging_tells_only_of_those_who_had_it(actor, now):
    one, two = customer(), customer()
    actions.tag([one.pk], "VIP", by=actor, now=now)
    tag = Tag.objects.get()

    count = actions.untag([one.pk, two.pk], tag.pk, by=actor, now=now)

    assert count == 1
    assert _events("customer.untagged") == [(one.pk, {"tag_id": tag.pk, "tag": "VIP"})]
    assert not CustomerTag.objects.exists()


def test_a_tag_cannot_take_anothers_name(actor, now):
    actions.create_tag("VIP", "red", by=actor, now=now)
    other = actions.create_tag("New", "nonsense", by=actor, now=now)

    with pytest.raises(errors.TagNameTaken):
        actions.change_tag(other.pk, name="VIP", color="red", by=actor, now=now)
    with pytest.raises(errors.TagNameTaken):
        actions.create_tag("VIP", "red", by=actor, now=now)
    with pytest.raises(errors.BadTagName):
        actions.create_tag("  ", "red", by=actor, now=now)

    assert {t.name: t.color for t in Tag.objects.all()} == {"VIP": "red", "New": "blue"}


def test_merging_a_tag_pours_its_customers_into_the_other(actor, now):
    one, two = customer(), customer()
    actions.tag([one.pk, two.pk], "vip", by=actor, now=now)
    actions.tag([two.pk], "VIP", by=actor, now=now)
    low, high = Tag.objects.get(name="vip"), Tag.objects.get(name="VIP")

    while actions.pour_tag(low.pk, high.pk, by=actor, now=now):
        pass
    actions.delete_tag(low.pk, by=actor, now=now)

    assert queries.tag_counts() == {high.pk: 2}
    assert Tag.objects.get() == high


def test_deleting_a_tag_takes_it_off_everyone_with_events(actor, now):
    one = customer()
    actions.tag([one.pk], "VIP", by=actor, now=now)
    tag = Tag.objects.get()

    actions.delete_tag(tag.pk, by=actor, now=now)

    assert not Tag.objects.exists()
    assert len(_events("customer.untagged")) == 1
    with pytest.raises(errors.UnknownTag):
        queries.tag(tag.pk)
