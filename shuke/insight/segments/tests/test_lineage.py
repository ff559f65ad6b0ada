"""What segments rest on stays while they do."""

from typing import Any

import pytest
from django.test import Client

from shuke.cdp.attributes import actions as attributes
from shuke.cdp.attributes import errors as attribute_errors
from shuke.cdp.attributes.models import Attribute
from shuke.cdp.attributes.testing import attribute
from shuke.cdp.customers import actions, errors
from shuke.cdp.customers.models import Tag
from shuke.insight.segments import errors as segment_errors
from shuke.insight.segments.actions import define
from shuke.insight.segments.testing import segment
from shuke.platform.staff.actor import Actor

BY = Actor.system("test")


def test_a_tag_in_use_is_not_deleted(marketer: Any, company: Any, now: Any) -> None:
    tag = actions.tag_named("VIP", now=now)
    rule = {"all": [{"field": "customer.tag", "op": "has_any", "value": [tag.pk]}]}
    define.create(name="Very important", rule=rule, by=BY, now=now)
    browser = Client()
    browser.force_login(marketer)

    page = browser.get(f"/customers/tags/{tag.pk}/").content.decode()
    browser.post(f"/customers/tags/{tag.pk}/delete/")

    assert "Very important" in page
    assert Tag.objects.filter(pk=tag.pk).exists()
    with pytest.raises(errors.TagInUse):
        actions.delete_tag(tag.pk, by=BY, now=now)


def test_an_attribute_in_use_keeps_its_kind_and_is_not_archived(company: Any, now: Any) -> None:
    size = attribute("size", "number")
    made = segment({"all": [{"field": "attribute.size", "op": "at_least", "value": 41.5}]})

    with pytest.raises(attribute_errors.AttributeInUse):
        attributes.archive(size, by=BY, now=now)
    with pytest.raises(attribute_errors.AttributeInUse):
        attributes.change(size, attributes.Definition(attributes.Kind.TEXT), by=BY, now=now)

    define.archive(made, by=BY, now=now)
    attributes.archive(Attribute.objects.get(), by=BY, now=now)
    assert Attribute.objects.get().state == "archived"


@pytest.mark.parametrize(
    ("code", "op", "said"),
    [
        ("missing", "is_known", {}),
        ("secret", "is_known", {}),
        ("size", "contains", {"value": "x"}),
        ("size", "is_yes", {}),
    ],
)
def test_what_an_attribute_cannot_be_asked_is_refused_when_saving(
    company: Any, code: str, op: str, said: dict[str, Any]
) -> None:
    attribute("size", "number")
    attribute("secret", is_personal=True)

    with pytest.raises(segment_errors.InvalidRule):
        segment({"all": [{"field": f"attribute.{code}", "op": op, **said}]})
