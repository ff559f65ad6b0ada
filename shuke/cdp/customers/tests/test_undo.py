"""Taking back an import's customers."""

import pytest
from django.db import transaction

from shuke.cdp.customers import actions
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.models import ContactPoint, Customer, Identity
from shuke.cdp.customers.testing import people
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance


@pytest.mark.engine
def test_removes_whom_only_the_import_knows_and_lists_the_rest(company, actor, now):
    ids = [f"{n}" for n in range(6)]
    made = people(*(PersonRecord(external_id=n, email=f"{n}x@example.com") for n in ids), historical=True, import_id=7)
    earlier = people(PersonRecord(external_id="earlier"))[0]
    gone, tagged, known, reached, visited, _ = made
    actions.tag([tagged.pk], "VIP", by=actor, now=now)
    people(PersonRecord(external_id="2", phone="+442079460958"))
    ContactPoint.objects.create(customer=reached, channel="email", sealed=b"x", blind_index=b"y", created_at=now)
    with transaction.atomic():
        origin = Provenance(source="site", actor="system:site", now=now)
        seen = NewEvent("Product Viewed", visited.pk, now, now, origin.source, origin.actor, {})
        events.publish([seen])

    removal = actions.remove_created_by(7, [*(c.pk for c in made), earlier.pk])

    assert removal.removed == (gone.pk, made[5].pk)
    assert dict(removal.kept) == {
        tagged.pk: "tags", known.pk: "identities", reached.pk: "contacts", visited.pk: "events", earlier.pk: "not_created",
    }  # fmt: skip
    assert set(Customer.objects.values_list("pk", flat=True)) == set(dict(removal.kept))
    assert not Identity.objects.filter(customer_id=gone.pk).exists()


def test_additions_to_known_customers_are_taken_back(company, now):
    known = people(PersonRecord(external_id="1"))[0]
    people(PersonRecord(external_id="1", email="a@example.com", address="1 Road"), historical=True, import_id=7)

    changed = actions.remove_additions(7)

    assert changed == [known.pk]
    assert actions.remove_additions(7) == []
    assert not ContactPoint.objects.exists()
    assert Identity.objects.get().value == "1"
