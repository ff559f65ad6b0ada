"""Messages in the shop: laid out once, fetched by the visitor's own browser, and what they did with them."""

from datetime import timedelta

import pytest

from shuke.cdp.customers import testing as customer_testing
from shuke.cdp.customers.models import Identity
from shuke.cdp.ingest import testing as ingest_testing
from shuke.crm.channels import queries, testing
from shuke.crm.channels.actions import connecting
from shuke.crm.channels.api import onsite as door
from shuke.crm.channels.extensions import MessagesPersonalData, OldOutbox
from shuke.crm.channels.models import OnsiteMessage
from shuke.kernel.messages import Content

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
NOW = testing.NOW
BROWSER = "3f2b8c1e-0f6d-4a7b-9a53-1c2d3e4f5a6b"


@pytest.fixture
def visit(actor):
    """Ada's browser, known to the shop's tracker: what it asks with, and the account that lays messages out."""
    source = ingest_testing.source()
    ada = customer_testing.customer(external_id="a1", shop=source.shop.code)
    Identity.objects.create(
        customer=ada, type="anonymous_id", namespace=source.shop.code, value=BROWSER, created_at=NOW
    )
    account = connecting.connect("onsite", "Shop", secrets={}, settings={}, is_test=False, by=actor, now=NOW)
    return ada, account, {"writeKey": source.write_key, "anonymousId": BROWSER}


def _ask(asked, path: str = "messages", *, at=NOW, **more):
    return door.take(path, asked | more, now=at)


def test_a_message_waits_for_its_visitor_until_it_is_clicked(visit) -> None:
    ada, account, asked = visit
    parcel = testing.parcel(
        str(ada.uuid), content=Content(title="Hello", body="A coupon", url="https://shop.example/c")
    )

    for _time in range(2):
        assert testing.handed(account, parcel)[0].state == "accepted"
    waiting = {"key": parcel.key, "title": "Hello", "body": "A coupon", "url": "https://shop.example/c", "image": ""}
    for _time in range(2):
        assert _ask(asked) == (200, {"messages": [waiting]})
        assert _ask(asked, "seen", key=parcel.key, what="opened") == (200, {"success": True})
    _ask(asked, "seen", key=parcel.key, what="clicked")

    assert _ask(asked) == (200, {"messages": []})
    assert [(one.what, one.key) for one in queries.receipts_after(0)] == [
        ("opened", parcel.key),
        ("clicked", parcel.key),
    ]
    assert b"coupon" not in bytes(OnsiteMessage.objects.get().sealed)


def test_only_the_own_browser_is_told_anything(visit) -> None:
    ada, account, asked = visit
    parcel = testing.parcel(str(ada.uuid))
    testing.handed(account, parcel)
    other = ingest_testing.source("Other", shop="other")

    nothing = (200, {"messages": []})
    assert _ask(asked, anonymousId="3f2b8c1e-0f6d-4a7b-9a53-1c2d3e4f5a6c") == nothing
    assert _ask(asked, anonymousId="a1") == _ask(asked, anonymousId="") == _ask(asked, anonymousId="\0" * 20) == nothing
    assert _ask(asked, writeKey=other.write_key) == nothing
    assert _ask(asked, writeKey="wrong") == _ask(asked, writeKey="") == (401, {})
    assert _ask(asked, "seen", key="0190", what="opened") == (200, {"success": False})
    assert _ask(asked, "seen", key=parcel.key, what="bounced") == (200, {"success": False})
    assert _ask(asked, "seen", key=parcel.key, what="opened", anonymousId="x" * 30) == (200, {"success": False})
    assert queries.receipts_after(0) == []
    Identity.objects.filter(value=BROWSER).update(is_shared=True)
    assert _ask(asked) == nothing


def test_a_message_is_closed_or_too_late(visit) -> None:
    ada, account, asked = visit
    first, second = testing.parcel(str(ada.uuid)), testing.parcel(str(ada.uuid))
    said = testing.handed(
        account, first, second, testing.parcel(str(ada.uuid), content=Content(subject="x")), testing.parcel("")
    )

    _ask(asked, "seen", key=first.key, what="closed")

    assert [(one.state, one.code) for one in said[2:]] == [("failed", "empty"), ("failed", "bad_address")]
    assert [one["key"] for one in _ask(asked)[1]["messages"]] == [second.key]
    later = NOW + timedelta(days=15)
    assert _ask(asked, at=later)[1]["messages"] == []
    assert OldOutbox().count(later) == OldOutbox().remove_some(later, now=later) == 2


def test_what_waits_is_shown_in_a_copy_and_forgotten(visit) -> None:
    ada, account, asked = visit
    testing.handed(account, testing.parcel(str(ada.uuid)))
    port = MessagesPersonalData()

    assert [one["title"] for one in port.export([ada.pk])["in_the_shop"]] == ["Your order"]
    assert port.erase([ada.pk], now=NOW) == {"outbox_messages": 1}
    assert _ask(asked)[1]["messages"] == []
