"""A small company whose customers said what they said, and templates as the gate sees them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from shuke.cdp.customers.actions import PersonRecord, consents
from shuke.cdp.customers.testing import people
from shuke.cdp.events.actions import Provenance
from shuke.crm.messaging.queries import templates
from shuke.crm.messaging.queries.templates import What
from shuke.crm.messaging.rules.candidates import Candidate
from shuke.platform.company import actions as company_actions
from shuke.platform.staff.actor import Actor

# A Saturday, noon in London and eight in the evening in Shanghai.
NOW = datetime(2024, 6, 15, 11, 0, tzinfo=UTC)
BY = Actor.system("test")
WHATS = {
    "sale": What("sale", 1, "email", "marketing", ""),
    "sale-sms": What("sale-sms", 2, "sms", "marketing", ""),
    "shoes": What("shoes", 3, "email", "marketing", "shoes"),
    "receipt": What("receipt", 4, "email", "transactional", ""),
    "care": What("care", 5, "email", "service", ""),
    "news": What("news", 6, "email", "marketing", ""),
    "old": What("old", 7, "email", "marketing", "", "template_archived"),
    "banner": What("banner", 8, "onsite", "marketing", ""),
}


@pytest.fixture
def company(db):
    return company_actions.found(name="Willow", currency="GBP", time_zone="Europe/London", language="en", now=NOW)


@pytest.fixture(autouse=True)
def known_templates(monkeypatch):
    monkeypatch.setattr(templates, "what_of", lambda ids: {one: WHATS[one] for one in ids if one in WHATS})


def says(address, action="confirmed", *, channel="email", purpose="marketing", topic="", at=NOW, method="web_form"):
    """Note what somebody said about an address."""
    said = consents.Statement(
        channel=channel, address=address, purpose=purpose, topic=topic, action=action, method=method,
        evidence={"form": "footer"}, occurred_at=at - timedelta(minutes=1), region="GB",
    )  # fmt: skip
    with transaction.atomic():
        done = consents.record([said], by=Provenance("web", "system:test", at))
    assert done[0].status in {"recorded", "repeated"}, done


@pytest.fixture
def crowd(company):
    """Six people with an address each way; the first four agreed to e-mail, the first two to texts as well."""
    found = people(
        *(
            PersonRecord(
                external_id=f"p{n}", name=f"Person {n}", email=f"p{n}@example.com", phone=f"+4420794600{n:02}",
                country="United Kingdom",
            )
            for n in range(6)
        ),
        now=NOW,
    )  # fmt: skip
    for n in range(4):
        says(f"p{n}@example.com")
    for n in range(2):
        says(f"+4420794600{n:02}", "granted", channel="sms")
    return found


def wanted(customer, template="sale", key="", *, channel="", **said):
    """Return a candidate for a person."""
    channel = channel or (WHATS[template].channel if template in WHATS else "email")
    said = {"cause_kind": "campaign", "cause_id": 1} | said
    return Candidate(
        customer.pk,
        channel,
        template,
        key or f"{said['cause_kind']}:{said['cause_id']}:{template}:{customer.pk}",
        **said,
    )
