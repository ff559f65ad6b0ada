"""Handing over: nothing without an approval of its own; what may have left is never called not sent."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shuke.cdp.customers import testing as customer_testing
from shuke.crm.channels import queries, testing
from shuke.crm.channels.actions import receiving, sending
from shuke.crm.channels.actions.approving import approve
from shuke.crm.channels.actions.outbox import OutboxCarrier
from shuke.crm.channels.errors import NotApproved, UnknownAccount, Withheld
from shuke.crm.channels.extensions import MessagesPersonalData, OldOutbox, OldReceipts
from shuke.crm.channels.kinds.kind import Heard
from shuke.crm.channels.models import ChannelAccount, OutboxMessage, Receipt
from shuke.crm.channels.rules.parcels import Handed
from shuke.kernel.messages import Content

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
NOW = testing.NOW


def test_a_new_installation_has_an_account_for_every_channel() -> None:
    found = queries.accounts()

    assert [one.channel for one in found] == list(queries.CHANNELS)
    assert all(one.is_test and one.is_default for one in found)
    assert [one.pk for one in queries.accounts()] == [one.pk for one in found]
    assert queries.capability(found[0].pk).is_html
    assert queries.capability(testing.default("wechat_oa").pk).hold_window == timedelta(hours=48)


@pytest.mark.engine
def test_a_message_is_shown_once_however_often_it_is_handed_over() -> None:
    account, parcel = testing.default("email"), testing.parcel("ada@shop.example", headers={"List-Unsubscribe": "<x>"})

    first, second = testing.handed(account, parcel), testing.handed(account, parcel)

    assert [one.state for one in first + second] == ["accepted", "accepted"]
    (shown,) = testing.outbox()
    assert (shown.address, shown.title, shown.headers) == (
        "ada@shop.example",
        "Your order",
        {"List-Unsubscribe": "<x>"},
    )
    assert b"ada@" not in bytes(OutboxMessage.objects.get().sealed)


def test_a_batch_takes_the_same_number_of_queries_whatever_its_size() -> None:
    account = testing.default("sms")
    counts = []
    for size in (2, 100):
        with CaptureQueriesContext(connection) as asked:
            testing.handed(account, *(testing.parcel("+8613800138000") for _ in range(size)))
        counts.append(len(asked))

    assert counts[0] == counts[1] <= 8


@pytest.mark.parametrize("what", ["none", "forged", "expired", "other message", "other moment", "other contact"])
def test_nothing_of_a_batch_leaves_if_one_has_no_approval_of_its_own(what: str) -> None:
    good, bad = testing.parcel(), testing.parcel()
    decision = bad.decision
    wrong = {
        "none": None,
        "forged": replace(decision, seal=b"x" * 32),
        "expired": approve(decision_id=1, contact_point_id=1, key=bad.key, expires_at=NOW),
        "other message": good.decision,
        "other moment": replace(decision, expires_at=NOW + timedelta(days=1)),
        "other contact": replace(decision, contact_point_id=99),
    }[what]
    reported: list[str] = []

    with pytest.raises(NotApproved):
        sending.hand_over(
            testing.default("email").pk, [good, replace(bad, decision=wrong)], now=NOW, report=reported.append
        )

    assert (reported, OutboxMessage.objects.count()) == ([], 0)


def test_a_carrier_takes_nothing_but_what_was_approved() -> None:
    carrier = OutboxCarrier(testing.default("email"), NOW)

    with pytest.raises(NotApproved):
        list(carrier.carry([testing.parcel()], lambda _key: True))


def test_whoever_is_told_can_keep_one_back() -> None:
    first, second = testing.parcel(), testing.parcel()

    def report(key: str) -> None:
        if key == first.key:
            raise Withheld("unsubscribed a moment ago")

    said = sending.hand_over(testing.default("email").pk, [first, second], now=NOW, report=report)

    assert [(one.key, one.state, one.code) for one in said] == [
        (first.key, "not_started", "withheld"),
        (second.key, "accepted", ""),
    ]
    assert OutboxMessage.objects.get().key == second.key


def test_what_cannot_be_recorded_does_not_leave_nor_does_anything_after_it() -> None:
    parcels = [testing.parcel() for _ in range(3)]

    def report(key: str) -> None:
        if key == parcels[1].key:
            raise OSError("disk full")

    said = sending.hand_over(testing.default("email").pk, parcels, now=NOW, report=report)

    assert [(one.state, one.code) for one in said] == [
        ("accepted", ""),
        ("not_started", "not_recorded"),
        ("not_started", "not_recorded"),
    ]


def test_a_carrier_that_breaks_down_leaves_unknown_what_it_was_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    class Breaking:
        def carry(self, load: object, may_go: object) -> Iterator[Handed]:
            parcels = load.parcels  # type: ignore[attr-defined]
            may_go(parcels[0].key)  # type: ignore[operator]
            yield Handed(parcels[0].key, "accepted")
            may_go(parcels[1].key)  # type: ignore[operator]
            raise RuntimeError("gone")

        def close(self) -> None: ...

    monkeypatch.setattr(sending, "_carrier", lambda _account, _now: Breaking())
    said = testing.handed(testing.default("email"), *(testing.parcel() for _ in range(3)))

    assert [one.state for one in said] == ["accepted", "unknown", "not_started"]


def test_a_closed_account_takes_nothing() -> None:
    account = testing.default("email")
    ChannelAccount.objects.filter(pk=account.pk).update(closed_at=NOW)

    with pytest.raises(UnknownAccount):
        testing.handed(account, testing.parcel())


@pytest.mark.engine
def test_what_a_provider_says_twice_counts_once_and_is_read_in_order() -> None:
    account = testing.default("sms")
    said = [
        Heard("delivered", "r1", key="k1", occurred_at=NOW),
        Heard("replied", "r2", address="+8613800138000", text="退订", occurred_at=NOW + timedelta(days=1)),
    ]

    assert receiving.keep(account, said, now=NOW) == 2
    assert receiving.keep(account, [*said, said[0]], now=NOW) == 0
    first, second = queries.receipts_after(0)
    assert (first.what, first.key, second.text, second.occurred_at) == ("delivered", "k1", "退订", NOW)
    assert queries.receipts_after(first.position) == [second]
    assert queries.receipts_after(second.position) == []


def test_a_person_sees_what_was_kept_and_is_forgotten() -> None:
    ada = customer_testing.customer(external_id="a1", email="ada@shop.example")
    customer_testing.customer(external_id="b1", email="bob@shop.example")
    email = testing.default("email")
    testing.handed(email, testing.parcel("ada@shop.example"), testing.parcel("bob@shop.example"))
    receiving.keep(email, [Heard("bounced", "r1", address="ada@shop.example", detail="no such box")], now=NOW)
    testing.handed(testing.default("webhook"), testing.parcel(str(ada.uuid)))
    port = MessagesPersonalData()

    copy = port.export([ada.pk])
    assert [one["channel"] for one in copy["outbox"]] == ["email", "webhook"]
    assert [one["detail"] for one in copy["receipts"]] == ["no such box"]
    assert port.erase([ada.pk], now=NOW) == {"outbox_messages": 2, "receipts_emptied": 1}
    assert port.erase([ada.pk], now=NOW) == {}
    assert port.export([ada.pk]) == {"outbox": [], "in_the_shop": [], "receipts": []}
    assert (OutboxMessage.objects.count(), Receipt.objects.count()) == (1, 1)


def test_messages_and_words_are_kept_for_a_time() -> None:
    email = testing.default("email")
    testing.handed(email, testing.parcel())
    receiving.keep(email, [Heard("bounced", "r1", address="ada@shop.example")], now=NOW)
    later = NOW + timedelta(days=1)

    assert (OldOutbox().count(later), OldReceipts().count(later)) == (1, 1)
    assert (OldOutbox().remove_some(later, now=later), OldReceipts().remove_some(later, now=later)) == (1, 1)
    assert (OldOutbox().count(later), OldReceipts().count(later)) == (0, 0)
    assert queries.receipts_after(0)[0].address == ""


def test_content_without_a_place_is_kept_as_it_is() -> None:
    content = Content(provider_code="T1", params={"name": "李雷"}, text="您好")
    testing.handed(testing.default("wechat_oa"), testing.parcel("oABC", content=content))

    (shown,) = testing.outbox()
    assert (shown.content["params"], shown.content["provider_code"]) == ({"name": "李雷"}, "T1")
