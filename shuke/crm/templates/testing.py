"""Templates for other domains' tests, made through the front doors."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shuke.crm.templates import queries
from shuke.crm.templates.actions import publishing, writing
from shuke.crm.templates.models import Template
from shuke.platform.staff.actor import Actor

LETTER: Mapping[str, Any] = {
    "subject": "Hello {{ customer.given_name | default: 'there' }}",
    "preheader": "News",
    "blocks": [
        {"kind": "text", "text": "Dear {{ customer.name | default: 'friend' }}"},
        {"kind": "button", "text": "To the shop", "href": "https://shop.example/"},
        {"kind": "footer"},
    ],
}
_TEXTS: Mapping[str, Mapping[str, Any]] = {
    "email": LETTER,
    "sms": {"text": "Hello {{ customer.given_name | default: 'there' }}. Reply STOP to opt out"},
    "webhook": {"params": {"name": "{{ customer.name | default: '' }}"}},
}


def published(
    *,
    channel: str = "email",
    purpose: str = "marketing",
    name: str = "",
    topic: str = "",
    document: Any = None,
    now: datetime,
) -> Template:
    """Return a template that can be sent, in English; a transactional one was approved by a second person."""
    first, second = Actor.system("first"), Actor.system("second")
    said = document or _TEXTS.get(channel) or {"title": "Hello", "body": "{{ customer.name | default: 'you' }}"}
    made = writing.create(
        name=name or f"{channel} {purpose} {Template.objects.count() + 1}", channel=channel, purpose=purpose, topic=topic,
        documents={"en": said}, by=first, now=now,
    )  # fmt: skip
    version = queries.newest_of(made)
    if not publishing.publish(version, by=first, now=now):
        version.refresh_from_db()
        publishing.approve(version, by=second, now=now)
    return queries.find(made.uuid)
