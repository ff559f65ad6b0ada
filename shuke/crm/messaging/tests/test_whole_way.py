"""A real template, from asking to the outbox page and back through its links."""

import re
from urllib.parse import urlsplit

import pytest

from shuke.cdp.customers.models import Suppression
from shuke.crm.channels.models import OutboxMessage
from shuke.crm.channels.queries import shown
from shuke.crm.messaging.actions import dispatching, restoring
from shuke.crm.messaging.actions.requesting import Candidate, request
from shuke.crm.messaging.models import Message, State
from shuke.crm.messaging.queries import links, templates
from shuke.crm.messaging.tests.conftest import NOW
from shuke.crm.templates import testing as templates_testing

PHONE = {"User-Agent": "Mozilla/5.0 (iPhone)"}
REAL = templates.what_of


@pytest.fixture(autouse=True)
def real_templates(monkeypatch, known_templates, settings, tmp_path):
    monkeypatch.setattr(templates, "what_of", REAL)
    settings.SHUKE_HOME = tmp_path
    restoring.forget_process()


def test_from_asking_to_leaving(crowd, client):
    letter = templates_testing.published(now=NOW)
    asked = [Candidate(one.pk, "email", str(letter.uuid), f"k{one.pk}", "campaign", 1) for one in crowd]

    assert sum(one.is_allowed for one in request(asked, now=NOW)) == 4
    assert dispatching.run(lambda: NOW, worker="here/1/send-0") == 4

    assert {one.state for one in Message.objects.all()} == {State.ACCEPTED}
    read = shown(OutboxMessage.objects.order_by("pk").first())
    html = read.content["html"]
    out = read.headers["List-Unsubscribe"].strip("<>")
    assert out in html
    assert re.search(r"/p/o/[\w-]+\.gif", html)
    message = Message.objects.order_by("pk").first()
    assert client.get(urlsplit(links.view_url(message.uuid)).path).status_code == 200
    assert client.post(urlsplit(out).path, {"List-Unsubscribe": "One-Click"}, headers=PHONE).status_code == 200
    assert Suppression.objects.count() == 1
    assert client.get(urlsplit(out).path.replace("/p/u/", "/p/preferences/")).status_code == 200
