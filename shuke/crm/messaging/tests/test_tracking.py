"""Links lead where we said and nowhere else, machines are told from people, receipts count once in any order."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from shuke.cdp.customers.models import Suppression
from shuke.cdp.events.models import Event
from shuke.crm.channels.actions.receiving import Heard, keep
from shuke.crm.channels.queries import accounts
from shuke.crm.messaging.actions import claiming, receipts, recording
from shuke.crm.messaging.actions.requesting import request
from shuke.crm.messaging.actions.tracking import follow, opened, track
from shuke.crm.messaging.errors import BadLink
from shuke.crm.messaging.models import Link, Message, State
from shuke.crm.messaging.queries import links
from shuke.crm.messaging.tests.conftest import NOW, wanted
from shuke.kernel.messages import Content

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def message(crowd):
    request([wanted(crowd[0])], now=NOW)
    claiming.claim("w/1/1", limit=5, is_journal_replayed=True, now=NOW)
    key = Message.objects.get().uuid.hex
    recording.depart([key], worker="w/1/1", now=NOW)
    recording.record({key: ("accepted", "", "", "prov-1", None, False)}, worker="w/1/1", now=NOW)
    return Message.objects.get()


def token_of(url):
    return urlsplit(url).path.rpartition("/")[2].removesuffix(".gif")


def hear(what, external_id="e1", *, key="", provider_id="", at=LATER, **said):
    account = accounts("email")[0]
    Message.objects.update(account_id=account.pk)
    keep(account, [Heard(what, external_id, key=key, provider_id=provider_id, occurred_at=at, **said)], now=at)
    return receipts.read_some(now=at)


def test_links_lead_through_us_to_where_they_led(client, message):
    html = '<a href="https://shop.example/?a=1&amp;b=2">Tea</a><a href="mailto:x@y.z">us</a>'
    html += f'<a href="{links.unsubscribe_url(message.uuid)}">out</a>'

    said = track({message.uuid: Content(html=html)}, now=NOW)[message.uuid].html

    assert "shop.example" not in said
    assert "mailto:x@y.z" in said
    assert links.unsubscribe_url(message.uuid) in said
    link = Link.objects.get()
    answer = client.get(urlsplit(links.click_url(message.uuid, link.pk)).path, headers={"User-Agent": PHONE})
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://shop.example/?a=1&b=2")


def test_a_link_that_we_did_not_make_leads_nowhere(client, message):
    Link.objects.create(digest=b"x", url="https://shop.example/", made_at=NOW)
    token = token_of(links.click_url(message.uuid, 99))

    with pytest.raises(BadLink):
        follow(token, agent=PHONE, now=LATER)
    for wrong in ("https://evil.example", "x", token[:-2], token_of(links.open_url(message.uuid))):
        assert client.get(f"/p/c/{wrong}").status_code == 404


def test_clicks_are_counted_and_scanners_are_not(message):
    link = Link.objects.create(digest=b"x", url="https://shop.example/", made_at=NOW)
    token = token_of(links.click_url(message.uuid, link.pk))

    follow(token, agent="Barracuda", now=LATER)
    follow(token, agent=PHONE, now=NOW + timedelta(seconds=1))
    assert Message.objects.get().clicks == 0
    follow(token, agent=PHONE, now=LATER)
    follow(token, agent=PHONE, now=LATER)

    assert Message.objects.get().clicks == 2
    assert list(
        Event.objects.filter(name="message.clicked").order_by("pk").values_list("properties__first", flat=True)
    ) == [True, False]


def test_an_opening_by_a_machine_gives_way_to_a_persons(message):
    token = token_of(links.open_url(message.uuid))

    said = [
        opened(token, agent=agent, now=LATER) for agent in ("Mozilla/5.0", "Mozilla/5.0", PHONE, PHONE, "Mozilla/5.0")
    ]

    assert said == [True, False, True, False, False]
    assert Message.objects.get().is_open_by_proxy is False
    assert list(
        Event.objects.filter(name="message.opened").order_by("pk").values_list("properties__by_proxy", flat=True)
    ) == [True, False]


def test_a_click_settles_what_nobody_knew(message):
    Message.objects.update(state=State.UNKNOWN, reason="worker_died")
    link = Link.objects.create(digest=b"x", url="https://shop.example/", made_at=NOW)

    follow(token_of(links.click_url(message.uuid, link.pk)), agent=PHONE, now=LATER)

    assert Message.objects.get().state == State.ACCEPTED
    assert Event.objects.filter(name="message.sent").count() == 2


def test_receipts_count_once_by_key_or_by_the_providers_id(message):
    assert hear("delivered", "d1", key=message.uuid.hex) == 1
    assert hear("delivered", "d2", provider_id="prov-1") == 1
    assert hear("delivered", "d3", provider_id="nobody's") == 1
    assert receipts.read_some(now=LATER) == 0

    assert Event.objects.filter(name="message.delivered").count() == 1
    assert Message.objects.get().delivered_at == LATER


@pytest.mark.parametrize(
    ("what", "said", "scope", "reason"),
    [
        ("bounced", {"is_permanent": True}, "all", "hard_bounce"), ("complained", {}, "marketing", "complaint"),
        ("unsubscribed", {}, "marketing", "unsubscribe"),
    ],
)  # fmt: skip
def test_what_ends_an_address_suppresses_it(message, crowd, what, said, scope, reason):
    hear(what, key=message.uuid.hex, **said)

    one = Suppression.objects.get()
    assert (one.channel, one.scope, one.reason) == ("email", scope, reason)
    (answer,) = request([wanted(crowd[0], "news", "n")], now=LATER)
    assert answer.reasons[0] == f"suppressed:{scope}"


def test_a_soft_bounce_alone_suppresses_nothing(message):
    hear("bounced", key=message.uuid.hex, is_permanent=False)

    assert not Suppression.objects.exists()
    assert Event.objects.get(name="message.bounced").properties["is_hard"] is False


def test_a_stop_word_ends_marketing_whoever_it_answers(message):
    hear("replied", address="p0@example.com", text="退订")

    assert Suppression.objects.get().scope == "marketing"
