"""The pages of attributes."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from shuke.cdp.attributes import queries
from shuke.cdp.attributes.models import Attribute
from shuke.cdp.attributes.testing import NOW, attribute, says
from shuke.cdp.customers.testing import customer

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def value_of(person: Any, code: str) -> Any:
    return next((one.value for one in queries.values_of([person.pk], codes=[code]).get(person.pk, [])), None)


FORM = {
    "code": "tier", "label_en": "Tier", "label_zh": "等级", "kind": "choice", "choices": "gold | Gold | 金卡\nsilver",
    "source_order": "staff\nshop:web",
}  # fmt: skip


def test_a_definition_is_made_changed_and_archived(marketer: Any) -> None:
    browser = signed_in(marketer)
    assert browser.post("/attributes/new/", FORM).status_code == 302
    made = Attribute.objects.get()
    assert made.choices == [
        {"code": "gold", "labels": {"en": "Gold", "zh-hans": "金卡"}},
        {"code": "silver", "labels": {}},
    ]
    assert made.source_order == ["staff", "shop:web"]
    assert "Gold" in browser.get(f"/attributes/{made.pk}/").content.decode()

    again = browser.post("/attributes/new/", FORM)
    assert (again.status_code, "already an attribute" in again.content.decode()) == (422, True)
    assert browser.post("/attributes/new/", FORM | {"code": "Not A Code"}).status_code == 422

    browser.post(f"/attributes/{made.pk}/edit/", FORM | {"label_en": "Level"})
    made.refresh_from_db()
    assert made.labels["en"] == "Level"
    browser.post(f"/attributes/{made.pk}/archive/")
    made.refresh_from_db()
    assert made.state == "archived"


def test_limits_of_money_are_entered_in_major_units(marketer: Any) -> None:
    said = {"code": "credit", "kind": "money", "least": "10", "most": "99.50"}
    signed_in(marketer).post("/attributes/new/", said)

    made = Attribute.objects.get()
    assert made.limits == {"least": 1000, "most": 9950}
    assert 'value="99.50"' in signed_in(marketer).get(f"/attributes/{made.pk}/edit/").content.decode()


def test_undeclared_ones_are_listed_and_declared(marketer: Any) -> None:
    person = customer()
    says(person, shoeSize=42)
    browser = signed_in(marketer)
    found = Attribute.objects.get()

    assert "shoe_size" in browser.get("/attributes/?state=undeclared").content.decode()
    browser.post(f"/attributes/{found.pk}/edit/", {"kind": "number", "label_en": "Shoe size"})

    found.refresh_from_db()
    assert (found.state, value_of(person, "shoe_size")) == ("active", 42)


def test_staff_set_a_value_on_the_customers_page(agent: Any) -> None:
    person = customer()
    attribute("size", "number")
    says(person, "shop:web", size=41)
    browser = signed_in(agent)
    address = f"/attributes/of/{person.uuid}/size/"

    assert ">41<" in browser.get(f"/customers/{person.uuid}/").content.decode()
    assert browser.post(f"{address}set/", {"value": "42"}).status_code == 302
    assert value_of(person, "size") == 42
    shown = browser.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "41 → 42" in shown
    assert "<html" not in shown

    refused = browser.post(f"{address}set/", {"value": "many"})
    assert refused.status_code == 422
    browser.post(f"{address}set/", {"value": ""})
    assert value_of(person, "size") == 41


def test_encrypted_values_show_only_to_those_who_may_see_contacts(agent: Any, analyst: Any) -> None:
    person = customer()
    attribute("nickname", is_personal=True)
    says(person, nickname="Tomcat")
    address = f"/attributes/of/{person.uuid}/nickname/"

    assert "Tomcat" in signed_in(agent).get(f"/customers/{person.uuid}/").content.decode()
    assert "Tomcat" not in signed_in(analyst).get(f"/customers/{person.uuid}/").content.decode()
    assert (signed_in(agent).get(address).status_code, signed_in(analyst).get(address).status_code) == (200, 403)


def test_the_card_costs_the_same_for_many_attributes(agent: Any, django_assert_max_num_queries: Any) -> None:
    person = customer()
    browser = signed_in(agent)
    browser.get(f"/customers/{person.uuid}/")
    for number in range(8):
        attribute(f"a{number}")
        says(person, **{f"a{number}": "x"})

    with django_assert_max_num_queries(48):
        browser.get(f"/customers/{person.uuid}/")
    with django_assert_max_num_queries(16):
        browser.get("/attributes/")
