"""Messages follow people: merged, told apart, erased."""

from django.db import transaction

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.models import CustomerMerge
from shuke.crm.messaging.actions import people
from shuke.crm.messaging.actions.requesting import request
from shuke.crm.messaging.extensions import MessagesPersonalData
from shuke.crm.messaging.models import Message, State
from shuke.crm.messaging.tests.conftest import BY, NOW, wanted


def test_messages_count_for_the_person_and_come_back(crowd):
    one, other = crowd[:2]
    request([wanted(one, "sale", "a"), wanted(other, "sale", "b")], now=NOW)

    customers.merge(one.pk, other.pk, by=BY, now=NOW)
    assert list(Message.objects.values_list("customer_id", flat=True)) == [one.pk, one.pk]
    (answer,) = request([wanted(one, "news", "c")], now=NOW)
    assert answer.reasons == ("arbitration",)

    customers.split(CustomerMerge.objects.get().uuid, by=BY, now=NOW)
    assert dict(Message.objects.values_list("key", "customer_id")) == {"a": one.pk, "b": other.pk}


def test_a_copy_shows_messages_and_an_erasure_stops_and_empties_them(crowd):
    request([wanted(crowd[0], "receipt", "r", context={"order": "zyx-77"}), wanted(crowd[4], key="n")], now=NOW)
    Message.objects.filter(key="r").update(detail="zyx-said")

    shown = MessagesPersonalData().export([crowd[0].pk, crowd[4].pk])
    with transaction.atomic():
        counts = people.erase([crowd[0].pk], now=NOW)
        again = people.erase([crowd[0].pk], now=NOW)

    assert "zyx-77" in str(shown["messages"])
    assert "zyx-said" in str(shown["messages"])
    assert shown["messages_refused"][0]["reasons"] == ["consent:never_asked"]
    message = Message.objects.get()
    assert counts == {"messages_stopped": 1, "messages_emptied": 1}
    assert again == {"messages_stopped": 0, "messages_emptied": 0}
    assert (message.state, message.reason, message.context, message.address_index) == (
        State.SUPPRESSED,
        "erased",
        {},
        None,
    )
