"""A company with a member of staff, and templates to write with."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from shuke.crm.templates import queries
from shuke.platform.company.actions import found
from shuke.platform.staff.actor import Actor

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
ADA = Actor("staff", "1", "Ada")
BEN = Actor("staff", "2", "Ben")

LETTER = {
    "subject": "Hello {{ customer.given_name | default: 'there' }}",
    "preheader": "News",
    "blocks": [
        {"kind": "heading", "text": "Dear {{ customer.name | default: 'friend' }}"},
        {"kind": "text", "text": "You live in {{ customer.city | default: 'a fine place' }}."},
        {"kind": "button", "text": "To the shop", "href": "https://shop.example/?a=1&b=2"},
        {"kind": "footer"},
    ],
}


@pytest.fixture
def home(db) -> Iterator[None]:
    found(name="Tea & Co", currency="EUR", time_zone="UTC", language="en", now=NOW)
    yield
    queries.forget_compiled()
