"""A company with people who agreed to letters, a list of them, and templates."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from shuke.cdp.customers.actions import PersonRecord, consents
from shuke.cdp.customers.testing import people
from shuke.cdp.events.actions import Provenance
from shuke.crm.messaging.queries import templates as seen
from shuke.crm.messaging.queries.templates import What
from shuke.crm.templates import queries as templates
from shuke.crm.templates.testing import published
from shuke.insight.segments.actions import define, lists
from shuke.journeys.campaigns.testing import planned
from shuke.platform.company.actions import found
from shuke.platform.staff.actor import Actor

# A Saturday, noon in London.
NOW = datetime(2024, 6, 15, 11, 0, tzinfo=UTC)
ADA, BEN = Actor("staff", "1", "Ada"), Actor("staff", "2", "Ben")
SIZE = 120


def what_of(public_ids):
    rows = templates.found(list(public_ids))
    return {key: What(key, one.published_id, one.channel, one.purpose, one.topic) for key, one in rows.items()}


@pytest.fixture
def home(db, monkeypatch):
    monkeypatch.setattr(seen, "what_of", what_of)
    found(name="Willow", currency="GBP", time_zone="Europe/London", language="en", now=NOW)
    yield
    templates.forget_compiled()


@pytest.fixture
def crowd(home):
    """People of whom nine of ten agreed."""
    ids = [
        one.pk
        for one in people(
            *(
                PersonRecord(
                    external_id=f"p{n}", name=f"Person {n}", email=f"p{n}@example.com", country="United Kingdom"
                )
                for n in range(SIZE)
            ),
            now=NOW,
        )
    ]
    said = [
        consents.Statement(
            channel="email", address=f"p{n}@example.com", purpose="marketing", topic="", action="confirmed",
            method="web_form", evidence={"form": "footer"}, occurred_at=NOW - timedelta(minutes=1), region="GB",
        )
        for n in range(SIZE)
        if n % 10
    ]  # fmt: skip
    with transaction.atomic():
        consents.record(said, by=Provenance("web", "system:test", NOW))
    return ids


def a_list(ids, name="Everybody"):
    made = define.create_list(name=name, by=ADA, now=NOW)
    lists.add(made, ids, by=ADA, now=NOW)
    return str(made.uuid)


@pytest.fixture
def campaign(crowd):
    """Return a maker of drafts to everybody."""
    everybody = a_list(crowd)

    def make(versions=1, **said):
        public_ids = [str(published(now=NOW).uuid) for _version in range(versions)]
        usual = {"is_guarded": False, "holdout": 0.2}
        return planned(segment=everybody, templates=public_ids, now=NOW, **{**usual, **said})

    return make
