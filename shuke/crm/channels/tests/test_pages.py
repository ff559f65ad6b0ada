"""The outbox page: what the person would see, locked in."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shuke.crm.channels import queries, testing
from shuke.kernel.messages import Content
from shuke.platform.staff import permissions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]

LETTER = Content(
    subject="Spring is here",
    preheader="Ten new teas",
    text="See https://shop.example/plain",
    html='<html><head></head><body><script>alert(1)</script><a href="https://shop.example/t?a=1&amp;b=2">Teas</a></body></html>',
)


def _shown(*contents: tuple[str, str, Content]) -> int:
    for channel, address, content in contents:
        testing.handed(testing.default(channel), testing.parcel(address, content=content, purpose="marketing"))
    return queries.outbox().latest("pk").pk


def test_a_letter_stands_in_its_frame_with_its_links(owner, client_of) -> None:
    pk = _shown(("email", "ada@shop.example", LETTER))
    client = client_of(owner)

    page = client.get(f"/channels/outbox/{pk}/").content.decode()
    frame = client.get(f"/channels/outbox/{pk}/html/")

    assert f'src="/channels/outbox/{pk}/html/"' in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert 'href="https://shop.example/t?a=1&amp;b=2"' in page
    assert "https://shop.example/plain" in page
    assert "<script>alert" not in page
    policy = frame.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert re.search(r"sandbox allow-popups allow-popups-to-escape-sandbox(;|$)", policy)
    assert "script-src" not in policy
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert '<head><base target="_blank">' in frame.content.decode()


def test_short_messages_stand_in_a_bubble(owner, client_of) -> None:
    wechat = Content(provider_code="T1", params={"order": "N-17"}, url="https://shop.example/o")
    client = client_of(owner)

    sms = client.get(
        f"/channels/outbox/{_shown(('sms', '+8613800138000', Content(text='您好，退订回T')))}/"
    ).content.decode()
    template = client.get(f"/channels/outbox/{_shown(('wechat_oa', 'oABC', wechat))}/").content.decode()

    assert "您好，退订回T" in sms
    assert "7 characters, 1 segment" in sms
    assert "N-17" in template
    assert client.get("/channels/outbox/999999/").status_code == 404
    assert client.get(f"/channels/outbox/{queries.outbox().latest('pk').pk}/html/").status_code == 404


def test_addresses_are_masked_for_those_who_may_not_see_them(owner, client_of, monkeypatch) -> None:
    _shown(
        ("email", "ada@shop.example", LETTER), ("sms", "+8613800138000", Content(text="Hello")),
        ("wechat_oa", "oABCdef-123", Content(text="Hello")),
    )  # fmt: skip
    client = client_of(owner)
    assert "ada@shop.example" in client.get("/channels/outbox/").content.decode()
    allows = permissions.TABLE.allows
    monkeypatch.setattr(
        permissions.TABLE, "allows", lambda role, name: name != "customers.view_contacts" and allows(role, name)
    )

    page = client.get("/channels/outbox/").content.decode()

    assert "ada@shop.example" not in page
    assert "oABCdef" not in page
    assert "a***@shop.example" in page
    assert "+86138****8000" in page


def test_the_list_is_cut_by_channel_and_costs_the_same_however_long_it_is(owner, client_of) -> None:
    client = client_of(owner)
    counts = []
    for _round in range(2):
        for number in range(10):
            _shown(("sms", f"+86138001380{number:02}", Content(text=f"Hello {number}")))
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/channels/outbox/?channel=sms").status_code == 200
        counts.append(len(asked))

    assert counts[0] == counts[1]
    assert "Hello" not in client.get("/channels/outbox/?channel=email").content.decode()
