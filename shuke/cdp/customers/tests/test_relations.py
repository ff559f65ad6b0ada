"""Who is connected with whom."""

from typing import Any

import pytest

from shuke.cdp.customers import actions, errors
from shuke.cdp.customers.models import CustomerKind, Relation, RelationKind
from shuke.cdp.customers.queries import relations
from shuke.cdp.customers.testing import customer
from shuke.platform.staff.actor import Actor

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


def connect(one: Any, other: Any, kind: str, now: Any) -> bool:
    return actions.relate(one.pk, other.pk, kind, by=BY, now=now)[1]


def seen_by(person: Any) -> list[tuple[str, int]]:
    return [(str(tie.words), tie.other.pk) for tie in relations.ties_of(person.pk)]


def test_each_end_reads_its_own_words(now: Any) -> None:
    ada, bob = customer(), customer()
    assert connect(ada, bob, RelationKind.REFERRER, now)

    assert seen_by(ada) == [("Was referred by", bob.pk)]
    assert seen_by(bob) == [("Referred", ada.pk)]


def test_a_household_is_one_from_whichever_end_it_is_made(now: Any) -> None:
    ada, bob, cy = customer(), customer(), customer()
    assert connect(bob, ada, RelationKind.HOUSEHOLD, now)
    assert not connect(ada, bob, RelationKind.HOUSEHOLD, now)
    connect(bob, cy, RelationKind.HOUSEHOLD, now)

    assert Relation.objects.count() == 2
    assert relations.household_of(cy.pk) == [ada.pk, bob.pk, cy.pk]
    assert seen_by(ada) == [("Lives in one household with", bob.pk)]


def test_only_a_company_is_bought_for(now: Any) -> None:
    ada, firm = customer(), customer(name="Willow Ltd")
    with pytest.raises(errors.UnknownRelation):
        connect(ada, firm, RelationKind.EMPLOYER, now)
    assert actions.set_kind(firm.pk, CustomerKind.COMPANY, by=BY, now=now)
    connect(ada, firm, RelationKind.EMPLOYER, now)

    assert relations.buyers_of(firm.pk) == [ada.pk]
    with pytest.raises(errors.UnknownRelation):
        actions.set_kind(firm.pk, CustomerKind.PERSON, by=BY, now=now)
    with pytest.raises(errors.UnknownRelation):
        connect(ada, ada, RelationKind.HOUSEHOLD, now)


def test_a_relation_is_removed_from_either_end_but_not_by_strangers(now: Any) -> None:
    ada, bob, cy = customer(), customer(), customer()
    made, _new = actions.relate(ada.pk, bob.pk, RelationKind.REFERRER, by=BY, now=now)

    with pytest.raises(errors.UnknownRelation):
        actions.unrelate(made.pk, of=cy.pk, by=BY, now=now)
    actions.unrelate(made.pk, of=bob.pk, by=BY, now=now)
    assert not Relation.objects.exists()


def test_those_at_one_address_are_suggested_unless_it_is_everybodys(company: Any, now: Any) -> None:
    home = {"address": "1 High Street", "postcode": "AB1 2CD", "city": "London", "country": "United Kingdom"}
    ada, bob = customer(external_id="a", **home), customer(external_id="b", **home)
    customer(external_id="c", address="2 Low Road", city="London", country="United Kingdom")

    assert [one.pk for one in relations.at_the_same_address(ada.pk)] == [bob.pk]
    assert relations.at_the_same_address(ada.pk, without=[bob.pk]) == []
    for number in range(relations.MOST_AT_HOME):
        customer(external_id=f"n{number}", **home)
    assert relations.at_the_same_address(ada.pk) == []
