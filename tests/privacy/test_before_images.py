"""What merges, corrections and attributes kept of how somebody was: all of it goes when that person is erased."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import models, transaction

from shuke.cdp.attributes.testing import attribute, says
from shuke.cdp.customers import actions as customers
from shuke.cdp.customers import testing
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.models import Customer, CustomerMerge
from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders import testing as order_testing
from shuke.cdp.privacy import actions as privacy
from shuke.cdp.privacy.actions.certificates import write
from shuke.cdp.privacy.queries import counting
from shuke.cdp.quality.actions import mending, searching
from shuke.cdp.quality.models import FixedValue, Flaw
from shuke.platform import manifest
from shuke.platform.crypto.sealing import unseal

CANARY = "zyxomir"


@pytest.fixture(autouse=True)
def own_journal(settings, tmp_path):
    """A journal of this test alone."""
    settings.SHUKE_HOME = tmp_path


def everything() -> dict[str, str]:
    """Return all that is stored, in lower case: sealed columns opened, the others as text."""
    sealed = {(column.model, column.field): column.context for column in manifest.sealed_columns()}
    found: dict[str, str] = {}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            values = model._default_manager.values_list(field.attname, flat=True)
            context = sealed.get((model._meta.label, field.name))
            if context is not None:
                told = [unseal(bytes(value), context=context) for value in values if value]
            elif isinstance(field, models.CharField | models.TextField | models.JSONField):
                told = [repr(value) for value in values if value]
            else:
                continue
            found[f"{model._meta.label}.{field.name}"] = " ".join(told).casefold()
    return found


def places() -> set[str]:
    """Return where the canary is."""
    return {column for column, told in everything().items() if CANARY in told}


@pytest.fixture
def three(company, now) -> tuple[Customer, Customer, Customer]:
    """Somebody whose every value sings, and two others with whom they are taken for one."""
    shop = order_testing.shop(now=now)
    people = testing.people(
        PersonRecord(external_id=f"{CANARY}-1", email=f"{CANARY}@gmial.com", name=f"{CANARY.upper()} OF QUABB",
                     city=f"{CANARY}ville", address=f"1 {CANARY} lane"),
        PersonRecord(external_id="k2", email="two@shop.example"),
        PersonRecord(external_id="k3", email="three@shop.example", name="Three"),
        shop=shop.code,
    )  # fmt: skip
    attribute("plain")
    attribute("secret", is_personal=True)
    says(people[0], "staff", at=now - timedelta(days=2), plain=f"{CANARY} says", secret=f"{CANARY} whispers")
    says(people[0], "staff", at=now - timedelta(days=1), plain="since then", secret="something else")
    with transaction.atomic():
        order_testing.recorded(shop, order_testing.order(customer=f"{CANARY}-1", at=now), now=now)
        by = Provenance("web", "system:test", now)
        customers.resolve_visitors(
            [customers.VisitorRecord(anonymous_id="d1", user_id=f"{CANARY}-1")], namespace=shop.code, by=by
        )
    return people[0], people[1], people[2]


def correct_name(person: Customer, actor: Any, now: Any) -> None:
    """Mend the shouted name: the value before is kept to undo it by."""
    searching.search_changed([person.pk], now=now)
    fix = mending.start(Flaw.NAME_UNTIDY, by=actor, now=now)
    last = 0
    while last := mending.mend_some(fix.pk, after=last, now=now):
        pass
    mending.finish(fix.pk, now=now)
    assert FixedValue.objects.filter(customer=person).exists()


HISTORIES = {
    "merged into another and told apart": ["merge 1 0", "split"],
    "survivor, then told apart": ["merge 0 1", "split"],
    "in the middle of a chain, told apart from above": ["merge 1 0", "merge 2 1", "split first"],
    "at the end of a chain": ["merge 1 0", "merge 2 1", "split", "split first"],
    "others merged into them and told apart": ["merge 0 1", "merge 0 2", "split", "split first"],
    "still one with others": ["merge 1 0", "merge 2 1"],
}


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_no_image_of_an_erased_person_is_left(three, actor, now, history):
    correct_name(three[0], actor, now)
    made: list[CustomerMerge] = []
    for at, step in enumerate(history, start=1):
        verb, *ends = step.split()
        moment = now + timedelta(minutes=at)
        if verb == "merge":
            survivor, merged = (three[int(end)].pk for end in ends)
            made.append(customers.merge(survivor, merged, by=actor, now=moment))
        else:
            customers.split(made.pop(0 if ends else -1).uuid, by=actor, now=moment)
    before = places()
    assert {"customers.Customer.name", "quality.FixedValue.images", "attributes.Change.before"} <= before
    assert ("customers.CustomerMerge.kept" in before) == bool(made) or history[-1] == "split first"

    _ids, report = privacy.erase_person(three[0].pk, now=now + timedelta(hours=1))

    assert places() == set()
    # The certificate says all of it in words.
    assert report.keys() <= counting.PLACES.keys()
    assert {name for counts in report.values() for name in counts} <= counting.COUNTED.keys()


def test_a_restored_backup_from_before_a_split_erases_only_who_was_erased(three, actor, now):
    """Erased after they had been told apart from another; the backup still shows both as one."""
    edge = customers.merge(three[2].pk, three[0].pk, by=actor, now=now)
    customers.split(edge.uuid, by=actor, now=now)
    privacy.erase_person(three[0].pk, now=now + timedelta(hours=1))
    # What the backup would put back: everything as it was while they were one, under other keys.
    again = testing.people(PersonRecord(external_id=f"{CANARY}-2", name=CANARY))[0]
    Customer.objects.filter(pk=three[0].pk).update(uuid=uuid4())
    Customer.objects.filter(pk=again.pk).update(uuid=three[0].uuid)
    customers.merge(three[2].pk, again.pk, by=actor, now=now)

    counts = privacy.replay_journal(since=now, now=now + timedelta(days=1))

    assert counts["erased"] == 1
    assert Customer.objects.get(pk=three[2].pk).name == "Three"
    assert Customer.objects.get(pk=three[2].pk).erased_at is None
    assert Customer.objects.get(pk=again.pk).erased_at is not None
    assert places() == set()


def test_a_certificate_speaks_in_words(three, client_of, owner, actor, now):
    ids, report = privacy.erase_person(three[0].pk, now=now)
    made = write("erase", ids, report, request=None, began_at=now, by=actor, now=now)

    page = client_of(owner).get(f"/privacy/certificates/{made.uuid}/").content.decode()

    assert "Contact details removed" in page
    assert "contacts_removed" not in page
