"""Customers in the warehouse."""

from datetime import UTC, date, datetime

from shuke.cdp.customers import actions, extensions
from shuke.cdp.customers.models import CustomerTag, Tag
from shuke.cdp.customers.testing import customer
from shuke.cdp.events.models import Event


def test_rows_carry_traits_and_no_name(company, django_assert_max_num_queries):
    company.time_zone = "Asia/Shanghai"
    company.save()
    born = datetime(2024, 1, 1, 20, tzinfo=UTC)
    one = customer(name="Ada", email="a@example.com", country="France", birthday=date(1990, 2, 3), first_seen_at=born)

    with django_assert_max_num_queries(2):
        rows = extensions.CustomersDataset().rows([one.pk, 999])

    draw = rows[0][-1]
    assert rows == [(one.pk, born, date(2024, 1, 2), "France", "", "", "", 2, 3, draw)]
    assert 0 <= draw < 2**31 - 1
    assert list(extensions.CustomersDataset().batches(1)) == [rows]
    assert extensions.IdentitiesDataset().rows([one.pk]) == [(one.identities.get().pk, "email", "", one.pk)]


def test_events_name_whom_they_touch(actor, now):
    one, two = customer(), customer()
    actions.tag([two.pk], "VIP", by=actor, now=now)
    log = list(Event.objects.order_by("id"))
    undone = Event(name="import.rows_undone", properties={"customer_ids": [77]})

    assert extensions.CustomersDataset().touched_by([*log, undone]) == {one.pk, two.pk, 77}
    assert extensions.CustomerTagsDataset().touched_by(log) == {two.pk}
    assert extensions.CustomerTagsDataset().rows([two.pk]) == [
        (two.pk, Tag.objects.get().pk, CustomerTag.objects.get().tagged_at)
    ]
