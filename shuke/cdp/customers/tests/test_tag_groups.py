"""Groups of tags, and tags that exclude each other."""

from typing import Any

import pytest
from django.test import Client

from shuke.cdp.customers import actions, errors, queries
from shuke.cdp.customers.models import CustomerTag, Tag, TagGroup
from shuke.cdp.customers.testing import customer
from shuke.cdp.events.models import Event
from shuke.platform.staff.actor import Actor

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


def drawer(now: Any, *names: str, is_exclusive: bool = True) -> TagGroup:
    group = actions.create_group("Skin", is_exclusive=is_exclusive, by=BY, now=now)
    for name in names:
        actions.create_tag(name, "blue", group.pk, by=BY, now=now)
    return group


def carried(person: Any) -> list[str]:
    return [tag.name for tag in queries.tags_of([person.pk]).get(person.pk, [])]


def test_putting_one_tag_of_an_exclusive_group_takes_the_others_off(
    now: Any, django_assert_max_num_queries: Any
) -> None:
    one, two = customer(), customer()
    drawer(now, "dry", "oily")
    actions.tag([one.pk, two.pk], "dry", by=BY, now=now)
    actions.tag([two.pk], "VIP", by=BY, now=now)

    with django_assert_max_num_queries(20):
        actions.tag([one.pk, two.pk], "oily", by=BY, now=now)

    assert (carried(one), carried(two)) == (["oily"], ["VIP", "oily"])
    told = list(
        Event.objects.filter(name="customer.untagged").order_by("pk").values_list("customer_id", "properties__tag")
    )
    assert told == [(one.pk, "dry"), (two.pk, "dry")]
    assert CustomerTag.objects.count() == 3


def test_a_group_cannot_exclude_what_somebody_has_already(now: Any) -> None:
    person = customer()
    group = drawer(now, "dry", "oily", is_exclusive=False)
    for name in ("dry", "oily"):
        actions.tag([person.pk], name, by=BY, now=now)

    with pytest.raises(errors.TagGroupConflict):
        actions.change_group(group.pk, "Skin", is_exclusive=True, by=BY, now=now)
    actions.untag([person.pk], Tag.objects.get(name="dry").pk, by=BY, now=now)
    assert actions.change_group(group.pk, "Skin type", is_exclusive=True, by=BY, now=now).is_exclusive

    vip = actions.tag_named("VIP", now=now)
    actions.tag([person.pk], "VIP", by=BY, now=now)
    with pytest.raises(errors.TagGroupConflict):
        actions.change_tag(vip.pk, name="VIP", color="red", group_id=group.pk, by=BY, now=now)


def test_a_group_goes_and_its_tags_stay(now: Any) -> None:
    group = drawer(now, "dry")
    actions.delete_group(group.pk, by=BY, now=now)

    assert [(tag.name, tag.group) for tag in queries.tags()] == [("dry", None)]


def test_groups_are_made_and_shown_on_the_pages(marketer: Any) -> None:
    browser = Client()
    browser.force_login(marketer)
    browser.post("/customers/tags/groups/", {"name": "Skin", "is_exclusive": "on"})
    group = TagGroup.objects.get()
    browser.post("/customers/tags/", {"name": "dry", "color": "blue", "group_id": group.pk})

    page = browser.get("/customers/tags/").content.decode()
    assert "Skin" in page
    assert "at most one of these" in page
    assert 'optgroup label="Skin"' in browser.get("/customers/").content.decode()
    assert browser.post(f"/customers/tags/groups/{group.pk}/", {"name": "Hair"}).status_code == 302
    browser.post(f"/customers/tags/groups/{group.pk}/delete/")
    assert (TagGroup.objects.count(), Tag.objects.get().group) == (0, None)
