"""Who bought things together, saved as a list: recommendations find them, segments keep them."""

import pytest
from django.db import transaction
from django.urls import reverse

from shuke.cdp.catalog.actions import ProductRecord, resolve_products
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.testing import people
from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders.testing import shop
from shuke.insight.recommendations.models import Combination, Run
from shuke.insight.recommendations.queries import combinations
from shuke.insight.segments import queries as segments

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pair(db, company, now, monkeypatch):
    """A pair that two customers bought."""
    found = people(PersonRecord(external_id="a", name="A"), PersonRecord(external_id="b", name="B"))
    monkeypatch.setattr(combinations, "customer_ids", lambda *_: [one.pk for one in found])
    Run.objects.create(as_of=now.date(), began_at=now, finished_at=now)
    by = Provenance("test", "system:test", now)
    with transaction.atomic():
        known = resolve_products(shop(now=now), [ProductRecord("mug"), ProductRecord("lid")], by)
    return Combination.objects.create(
        first_id=known["mug"],
        second_id=known["lid"],
        together=9,
        support=0.1,
        confidence=0.5,
        lift=3,
        shrunk=2,
        chance=0.01,
    )


def test_who_bought_things_together_becomes_a_list(pair, client, marketer):
    client.force_login(marketer)
    for _ in range(2):
        answered = client.post(reverse("web:combination_list", args=pair.product_ids))

    assert answered.status_code == 302
    made = list(segments.segments())
    assert [one.is_list for one in made] == [True, True]
    assert [segments.members(one).count() for one in made] == [2, 2]
    assert client.post(reverse("web:combination_list", args=[*pair.product_ids[:1], 10**6])).status_code == 404
