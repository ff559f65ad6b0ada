"""Ending messages through a link in one: at once, repeatable, without a log-in, and looking changes nothing."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.models import ConsentRecord, ContactPoint, Suppression
from shuke.cdp.events.models import Event
from shuke.crm.messaging.actions import people
from shuke.crm.messaging.actions.requesting import request
from shuke.crm.messaging.models import Message, Wish
from shuke.crm.messaging.queries import links
from shuke.crm.messaging.tests.conftest import BY, NOW, wanted

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
PREFETCHERS = ["Mozilla/5.0", "GoogleImageProxy", "BarracudaCentral/1.0", "curl/8.0", "facebookexternalhit/1.1"]


def path_of(url):
    return urlsplit(url).path


@pytest.fixture
def message(crowd):
    request([wanted(crowd[0], "shoes")], now=NOW)
    return Message.objects.get()


@pytest.fixture
def way_out(message):
    return path_of(links.unsubscribe_url(message.uuid))


def test_one_click_ends_it_at_once_however_often(client, way_out, crowd):
    for _time in range(10):
        assert client.post(way_out, ONE_CLICK).status_code == 200

    assert [(one.scope, one.reason) for one in Suppression.objects.all()] == [("topic:shoes", "unsubscribe")]
    assert ConsentRecord.objects.filter(action="withdrawn").count() == 1
    assert Event.objects.filter(name="message.unsubscribed").count() == 1
    (again,) = request([wanted(crowd[0], "shoes", "again")], now=NOW)
    (other,) = request([wanted(crowd[0], "news", "other")], now=NOW)
    assert "suppressed:topic:shoes" in again.reasons
    assert other.is_allowed


@pytest.mark.parametrize("agent", PREFETCHERS)
def test_looking_changes_nothing(client, way_out, agent):
    said = ConsentRecord.objects.count()

    answer = client.get(way_out, headers={"User-Agent": agent})

    assert answer.status_code == 200
    assert (Suppression.objects.count(), ConsentRecord.objects.count()) == (0, said)


def test_a_link_of_somebody_erased_merged_or_without_the_address_still_works(client, message, way_out, crowd):
    customers.merge(crowd[1].pk, crowd[0].pk, by=BY, now=NOW)
    assert client.post(way_out, ONE_CLICK).status_code == 200
    assert Suppression.objects.count() == 1

    Suppression.objects.all().delete()
    ContactPoint.objects.filter(pk=message.contact_id).delete()
    assert client.post(way_out, ONE_CLICK).status_code == 200
    assert Suppression.objects.get().scope == "topic:shoes"

    people.erase([crowd[1].pk], now=NOW)
    assert client.post(way_out, ONE_CLICK).status_code == 200


def test_forged_and_shortened_links_are_nobodys(client, message, way_out):
    token = way_out.split("/")[3]
    forged = [
        token[:-1],
        token[::-1],
        "A" * len(token),
        token[:20] + "é",
        *(token[:n] + "Z" + token[n + 1 :] for n in range(0, 42, 3)),
    ]

    for one in forged:
        if one != token:
            assert client.post(f"/p/u/{one}/", ONE_CLICK).status_code == 404, one
    assert (
        client.get(path_of(links.open_url(message.uuid)).replace("/p/o/", "/p/u/").replace(".gif", "/")).status_code
        == 404
    )
    assert not Suppression.objects.exists()


def test_the_page_offers_everything_and_says_what_happened(client, way_out):
    page = client.get(f"{way_out}?lang=zh-hans").content.decode()
    assert "List-Unsubscribe" not in page

    answer = client.post(way_out, {"everything": "yes"})

    assert answer.status_code == 200
    assert Suppression.objects.get().scope == "marketing"


def test_preferences_are_kept_for_each_topic_and_channel(client, message, crowd):
    page = path_of(links.preferences_url(message.uuid))
    shown = client.get(page).content.decode()
    assert shown.count('name="shown"') == 8  # e-mail and text, three topics and the rest
    assert shown.count("checked") == 8

    cells = [f"{channel}|{topic}" for channel in ("email", "sms") for topic in ("", "offers", "news", "tips")]
    client.post(page, {"shown": cells, "wanted": cells[:1] + cells[2:4] + cells[4:], "most": "1", "pause": "7"})

    wish = Wish.objects.get()
    assert (wish.customer_id, wish.most_per_week) == (crowd[0].pk, 1)
    assert Suppression.objects.get().scope == "topic:offers"
    (paused,) = request([wanted(crowd[0], "news", "p")], now=NOW)
    assert paused.reasons == ("paused",)

    client.post(page, {"shown": cells, "wanted": cells, "pause": "0"})
    assert Wish.objects.get().paused_until is None
    assert not Suppression.objects.filter(lifted_at=None).exists()

    client.post(page, {"nothing": "yes"})
    assert set(Suppression.objects.filter(lifted_at=None).values_list("channel", "scope")) >= {
        ("email", "marketing"),
        ("sms", "marketing"),
    }


def test_a_wish_for_few_counts_before_the_policy(crowd):
    Wish.objects.create(customer=crowd[0], most_per_week=1, changed_at=NOW)

    answers = request([wanted(crowd[0], "sale", "a"), wanted(crowd[0], "news", "b")], now=NOW)

    assert [one.is_allowed for one in answers] == [True, False]


def test_the_stricter_wish_holds_for_two_who_are_one_and_comes_apart_again(crowd):
    one, other = crowd[:2]
    Wish.objects.create(customer=one, most_per_week=3, changed_at=NOW)
    Wish.objects.create(customer=other, most_per_week=1, paused_until=NOW + timedelta(days=3), changed_at=NOW)

    merge = customers.merge(one.pk, other.pk, by=BY, now=NOW)
    held = Wish.objects.get(customer=one)
    assert (held.most_per_week, held.paused_until) == (1, NOW + timedelta(days=3))

    customers.split(merge.uuid, by=BY, now=NOW)
    assert dict(Wish.objects.values_list("customer_id", "most_per_week")) == {one.pk: 3, other.pk: 1}
