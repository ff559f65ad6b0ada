"""Relations, companies, tags and attributes on the customer pages."""

from typing import Any

import pytest
from django.test import Client

from shuke.cdp.attributes.testing import attribute, says
from shuke.cdp.customers import actions
from shuke.cdp.customers.models import Customer, Relation
from shuke.cdp.customers.testing import customer
from shuke.platform.staff.actor import Actor

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


@pytest.fixture
def browser(marketer: Any) -> Client:
    made = Client()
    made.force_login(marketer)
    return made


def test_a_company_is_made_and_somebody_buys_for_it(browser: Client) -> None:
    browser.post("/customers/companies/new/", {"name": "Willow Ltd"})
    firm = Customer.objects.get(kind="company")
    ada = customer(name="Ada Lovelace")
    address = f"/customers/{ada.uuid}/relations/"

    assert "Willow Ltd" in browser.get(f"{address}?q=willow").content.decode()
    browser.post(address, {"other": str(firm.uuid), "way": "employer:to"})

    page = browser.get(f"/customers/{firm.uuid}/").content.decode()
    assert "Is bought for by" in page
    assert "Ada Lovelace" in page
    listed = browser.get("/customers/?kind=company").content.decode()
    assert ("Willow Ltd" in listed, "Ada Lovelace" in listed) == (True, False)

    browser.post(f"/customers/{ada.uuid}/relations/{Relation.objects.get().pk}/remove/")
    assert not Relation.objects.exists()


def test_a_household_shows_what_it_is_worth(browser: Client, now: Any) -> None:
    ada, bob = customer(name="Ada"), customer(name="Bob")
    browser.post(f"/customers/{ada.uuid}/relations/", {"other": str(bob.uuid), "way": "household:to"})

    assert "Household of 2" in browser.get(f"/customers/{bob.uuid}/").content.decode()


def test_nonsense_is_refused_politely(browser: Client) -> None:
    ada, bob = customer(), customer()
    for other, way in (("x", "household:to"), (str(bob.uuid), "friend:to"), (str(ada.uuid), "referrer:from"), ("", "")):
        answer = browser.post(f"/customers/{ada.uuid}/relations/", {"other": other, "way": way})
        assert answer.status_code == 302
    assert not Relation.objects.exists()


def test_the_list_is_narrowed_by_attributes_and_that_becomes_a_segment(browser: Client) -> None:
    attribute("tier", "choice", choices=("gold", "silver"))
    attribute("vip", "yes_no")
    attribute("secret", "choice", choices=("a",), is_personal=True)
    ada, bob = customer(name="Ada Lovelace"), customer(name="Bob Smith")
    says(ada, tier="gold", vip=True, secret="a")
    says(bob, tier="silver", vip=False)

    for query, found in (
        ("attribute=tier%3Dgold", True),
        ("attribute=vip%3Dyes", True),
        ("attribute=tier%3Dsilver", False),
    ):
        page = browser.get(f"/customers/?{query}").content.decode()
        assert ("Ada Lovelace" in page, "Bob Smith" in page) == (found, not found)
    assert "Tier: gold" in browser.get("/customers/?attribute=tier%3Dgold").content.decode()
    assert "attribute.tier" in browser.get("/customers/?attribute=tier%3Dgold").content.decode()
    # An encrypted one narrows nothing.
    assert "Bob Smith" in browser.get("/customers/?attribute=secret%3Da").content.decode()


def test_tags_of_a_rule_show_why_and_cannot_be_taken_off(browser: Client, company: Any, now: Any) -> None:
    from shuke.insight.segments.actions import define
    from shuke.insight.traits import actions as traits

    ada = customer()
    segment = define.create(name="All", rule={"all": []}, by=BY, now=now)
    actions.tag([ada.pk], "Everybody", by=BY, now=now)
    traits.bind("Everybody", segment, by=BY, now=now)

    page = browser.get(f"/customers/{ada.uuid}/").content.decode()
    assert f"/segments/{segment.uuid}/" in page
    assert "Take the tag Everybody off" not in page


def test_the_page_of_a_well_connected_customer_costs_a_constant_number_of_queries(
    browser: Client, now: Any, django_assert_max_num_queries: Any
) -> None:
    ada = customer()
    for _number in range(6):
        actions.relate(ada.pk, customer().pk, "household", by=BY, now=now)
    browser.get(f"/customers/{ada.uuid}/")

    with django_assert_max_num_queries(65):
        browser.get(f"/customers/{ada.uuid}/")
