"""Founding the demo company."""

import pytest

from shuke.cdp.events import queries as events
from shuke.cdp.warehouse import queries
from shuke.demo import actions, errors, rules
from shuke.platform.company import queries as company
from shuke.platform.staff.models import Staff
from shuke.platform.staff.roles import Role

SMALL = 60


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setitem(rules.SIZES, "2k", SMALL)
    monkeypatch.setitem(rules.HISTORY_MONTHS, "2k", 1)


def figures():
    return {name: rows for name, rows in queries.table_counts().items() if name != "identities"}


def test_builds_a_company_whose_warehouse_agrees_with_what_was_written(db, warehouse, small, now):
    told = []

    built = actions.build(now=now, progress=lambda *step: told.append(step))

    counts = figures()
    assert built.customers == SMALL == counts["customers"]
    assert built.orders == counts["orders"] > SMALL
    assert built.refunds == counts["refunds"]
    assert built.adjustments == counts["adjustments"] == 16
    assert counts["value_standing"] == SMALL
    assert counts["customer_tags"] > 0
    assert counts["segment_members"] > 0
    assert built.visits > 0
    assert told[0] == (SMALL, SMALL, "customers")
    assert told[-1] == (SMALL, SMALL, "done")
    assert company.company().is_demo


def test_every_role_can_log_in(db, warehouse, small, now):
    built = actions.build(now=now, password="a password of one's own")

    assert set(Staff.objects.values_list("role", flat=True)) == set(Role)
    assert Staff.objects.get(email=built.owner_email).check_password("a password of one's own")


def test_is_told_as_history(db, warehouse, small, now):
    actions.build(now=now)

    facts = [event for event in events.after(0, limit=100_000) if event.name != "customer.tagged"]
    assert facts
    assert all(event.historical and event.occurred_at <= now for event in facts)


def test_refuses_where_there_is_a_company(company, now):
    with pytest.raises(errors.NotEmpty):
        actions.build(now=now)

    assert not Staff.objects.filter(email=rules.OWNER.email).exists()


def test_refuses_a_size_it_does_not_know(db, now):
    with pytest.raises(errors.UnknownSize):
        actions.build("3k", now=now)
