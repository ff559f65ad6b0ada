"""Founding the demo company."""

import pytest

from shuke.cdp.attributes import queries as attributes
from shuke.cdp.events import queries as events
from shuke.cdp.ingest import actions as ingest
from shuke.cdp.ingest.queries import letters
from shuke.cdp.privacy import queries as privacy
from shuke.cdp.quality.queries import measuring, suggestions
from shuke.cdp.warehouse import queries
from shuke.demo import actions, errors, rules
from shuke.integrations.queries import connections
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
    assert built.customers == SMALL
    # A company with an account, too.
    assert SMALL + 1 <= counts["customers"] <= SMALL + built.twice + 1
    assert built.orders == counts["orders"] > SMALL
    assert built.refunds == counts["refunds"]
    assert built.adjustments == counts["adjustments"] == 16
    assert counts["value_standing"] == counts["customers"]
    assert all(counts[name] for name in ("customer_tags", "customer_attributes"))
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

    facts = [
        event
        for event in events.after(0, limit=100_000)
        if not event.name.startswith(("customer.", "anomaly.", "journey.", "message."))
    ]
    assert all(event.occurred_at <= now for event in facts)
    assert all(event.historical for event in facts)
    assert {event.name for event in facts} >= {"order.placed", "Product Viewed", "consent.granted"}


def test_every_screen_has_something_to_say(db, warehouse, monkeypatch, now):
    monkeypatch.setitem(rules.SIZES, "2k", 400)
    monkeypatch.setitem(rules.HISTORY_MONTHS, "2k", 1)

    built = actions.build(now=now)

    assert built.twice > 2
    assert suggestions.counts()["open"] > 0
    assert set(measuring.flaw_counts()) >= {"email_role", "phone_invalid"}
    assert privacy.open_count() == 3
    while ingest.work_off(now=now):
        pass
    assert letters.waiting() == 2
    assert connections()[0].shop.name.startswith("Willow pop-up")
    assert len(attributes.definitions()) == 7


def test_refuses_where_there_is_a_company(company, now):
    with pytest.raises(errors.NotEmpty):
        actions.build(now=now)

    assert not Staff.objects.filter(email=rules.OWNER.email).exists()


def test_refuses_a_size_it_does_not_know(db, now):
    with pytest.raises(errors.UnknownSize):
        actions.build("3k", now=now)
