"""New keys while people come and go; the old ones can go afterwards."""

import shutil
from pathlib import Path

import pytest
from django.db import transaction

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers import testing
from shuke.cdp.customers.actions import consents, suppressing
from shuke.cdp.customers.actions.consents import Statement
from shuke.cdp.customers.models import Customer
from shuke.cdp.customers.queries import consents as permission
from shuke.cdp.events.actions import Provenance
from shuke.cdp.privacy import errors
from shuke.cdp.privacy.actions import rotating
from shuke.platform.crypto import keys


@pytest.fixture
def own_keys(settings, tmp_path):
    """Keys of this test alone."""
    shutil.copytree(settings.SHUKE_KEYS_DIR, tmp_path / "keys", dirs_exist_ok=True)
    settings.SHUKE_KEYS_DIR = tmp_path / "keys"
    return tmp_path / "keys"


@pytest.fixture
def people(company, own_keys, now):
    found = [
        testing.customer(email=f"p{n}@shop.example", phone=f"1381234{n:04}", address=f"{n} High Street, AB1", now=now)
        for n in range(12)
    ]
    form = {"form": "newsletter"}
    said = [
        Statement("email", f"p{n}@shop.example", "marketing", "confirmed", "web_form", now, evidence=form)
        for n in range(4)
    ]
    with transaction.atomic():
        consents.record([*said, Statement("sms", "13812340005", "marketing", "objected", "web_form", now)], by=by(now))
    return found


def by(now) -> Provenance:
    return Provenance("test", "system:test", now)


def facts(now) -> list[object]:
    """Everything that can be found and read: must never change."""
    found: list[object] = []
    for customer in Customer.objects.order_by("pk"):
        contacts = customers.contacts_of([customer.pk])[customer.pk]
        found.append((customer.pk, sorted(contact.value for contact in contacts)))
        found.append(
            [(p.known.channel, p.known.purpose, p.reasons) for p in permission.permissions_of(customer.pk, now=now)]
        )
        searched = [contact.value for contact in contacts if contact.channel != "address"]
        found += [[one.pk for one in customers.find_by_text(value, sees_contacts=True)] for value in searched]
    found.append([len(permission.suppressions_of_address("phone", "13812340005"))])
    found.append([one.pk for one in customers.find_by_text("0003", sees_contacts=True)])
    return found


def quiet(*_: object) -> None:
    pass


def test_everything_is_found_and_read_before_during_and_after(people, actor, now, own_keys, monkeypatch):
    before = facts(now)
    monkeypatch.setattr(rotating, "ROWS_AT_ONCE", 5)
    looked = []

    def look(*_: object) -> None:
        # In the middle of it somebody comes back under an old address: nobody is doubled.
        again = testing.customer(email="P7@shop.example", now=now)
        assert again.pk == people[7].pk
        looked.append(facts(now) == before)

    done = rotating.rotate(by=actor, now=now, progress=look)
    chain = permission.verify_chain()
    removed = rotating.retire(by=actor, now=now)

    assert len(looked) >= 5
    assert all(looked)
    assert (done.sealed, done.stranded) == (36 + 4, 0)
    assert removed == {"sealing": [1], "blind-index": [1]}
    assert sorted(path.name for path in Path(own_keys).glob("*.[0-9]*.key")) == ["blind-index.2.key", "sealing.2.key"]
    assert facts(now) == before
    assert chain.broken_at is None
    assert permission.verify_chain() == chain
    assert consents.rebuild_consent_state() == 0


def test_a_rotation_that_broke_off_goes_on(people, actor, now, monkeypatch):
    before, left = facts(now), [3]
    monkeypatch.setattr(rotating, "ROWS_AT_ONCE", 4)

    def break_off(_name: str) -> None:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    monkeypatch.setattr(rotating, "failpoint", break_off)
    with pytest.raises(KeyboardInterrupt):
        rotating.rotate(by=actor, now=now, progress=quiet)
    with pytest.raises(errors.KeysInUse):
        rotating.retire(by=actor, now=now)
    assert facts(now) == before

    done = rotating.rotate(by=actor, now=now, progress=quiet, new_keys=False)

    assert 0 < done.sealed < 40
    assert keys.newest("sealing")[0] == 2
    assert rotating.retire(by=actor, now=now)["sealing"] == [1]
    assert facts(now) == before


def test_the_key_behind_a_fingerprint_without_an_address_stays(people, actor, now):
    suppressing.suppress("email", "gone@shop.example", scope="marketing", reason="erased", by=by(now))

    done = rotating.rotate(by=actor, now=now, progress=quiet)
    removed = rotating.retire(by=actor, now=now)

    assert done.stranded == 1
    assert removed == {"sealing": [1], "blind-index": []}
    again = testing.customer(email="Gone@shop.example", now=now)
    reasons = {
        p.known.channel: p.reasons
        for p in permission.permissions_of(again.pk, now=now)
        if p.known.purpose == "marketing"
    }
    assert "suppressed:marketing" in reasons["email"]
