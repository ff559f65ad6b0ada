"""Columns of files of customers that are custom attributes."""

from datetime import timedelta

import pytest

from shuke.cdp.attributes import testing
from shuke.cdp.attributes.models import Change
from shuke.cdp.attributes.queries import values_of
from shuke.cdp.customers.models import Customer
from shuke.platform.imports import actions as importing
from shuke.platform.imports import queries as imports
from shuke.platform.imports.models import Import
from shuke.platform.imports.progress import Silent
from shuke.platform.staff.actor import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _here(company, settings, tmp_path):
    settings.SHUKE_FILES_DIR = tmp_path


def bring_in(text: str, now) -> Import:
    made = importing.start_import(
        [text.encode()], kind="customers", file_name="a.csv", shop_name="Willow", by=Actor.cli(), now=now
    )
    return importing.run_import(made.pk, Silent(), now=now)


def held_by(customer: Customer) -> dict[str, object]:
    return {held.attribute.code: held.value for held in values_of([customer.pk]).get(customer.pk, [])}


def test_attributes_are_read_by_code_or_name_and_come_back_on_an_undo(now):
    testing.attribute("size", "number", labels={"en": "Shoe size"})
    testing.attribute("wedding", "date")
    header = "customer id,Shoe size,wedding,gender\n"
    bring_in(header + "c1,38,2019年5月4日,f\n", now)
    ada = Customer.objects.get()
    history = Change.objects.count()

    made = bring_in(header + "c1,39,04/05/2019,f\nc2,large,,m\n", now + timedelta(days=1))

    assert made.report["applied"]["customer"] | {"unchanged": 0} == {
        "created": 1, "replaced": 1, "unchanged": 0, "refused": 0, "left_out": 1, "tags_left_out": 0, "consents": 0,
    }  # fmt: skip
    assert [(row.row, row.column, row.value, row.code) for row in imports.refused_rows(made)] == [
        (3, "Shoe size", "large", "bad_attribute")
    ]
    assert held_by(ada)["size"] == 39
    assert held_by(ada)["gender"] == "female"
    importing.begin_undo(made, by=Actor.cli(), now=now)
    importing.run_undo(made.pk, Silent(), now=now + timedelta(days=2))
    assert held_by(Customer.objects.get())["size"] == 38
    assert history < Change.objects.count()


def test_saying_the_same_again_changes_nothing(now):
    testing.attribute("size", "number")
    bring_in("customer id,size\nc1,38\n", now)
    history = Change.objects.count()

    made = bring_in("customer id,size\nc1,38\n", now + timedelta(days=1))

    assert made.report["applied"]["customer"]["unchanged"] == 1
    assert Change.objects.count() == history
