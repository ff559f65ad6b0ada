"""What brought a visitor: first and last touch, on whoever they turn out to be."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.cdp.customers.models import Customer
from shuke.cdp.ingest import testing
from shuke.cdp.ingest.models import Acquisition
from shuke.cdp.ingest.queries import acquisition
from shuke.cdp.ingest.rules.touches import Touch, earliest, latest, touch
from shuke.cdp.ingest.testing import Door
from shuke.cdp.ingest.tests.clients import track

NOW = testing.NOW
AD = {"campaign": {"source": "red", "medium": "social", "name": "autumn", "referral_code": "MEI7"}}
LINK = {"referrer": {"url": "https://www.baidu.com/s?wd=tea"}}


def sent(door: Door, n: int, context: dict[str, Any], *, minutes: int, **said: Any) -> None:
    at = (NOW - timedelta(minutes=minutes)).isoformat()
    door.post("/v1/track", {**track(n, context=context, timestamp=at), **said}, key="KEY")
    testing.settle()


@pytest.mark.django_db
def test_the_first_touch_stays_and_a_direct_visit_hides_no_campaign(door: Door) -> None:
    sent(door, 1, LINK, minutes=50)
    sent(door, 2, AD, minutes=30)
    sent(door, 3, {}, minutes=10)

    row = Acquisition.objects.get()
    assert row.first == {"source": "baidu.com", "medium": "search", "referrer": "baidu.com"}
    assert row.last == {"source": "red", "medium": "social", "campaign": "autumn", "referral_code": "MEI7"}


@pytest.mark.django_db
def test_what_arrives_late_may_have_been_first(door: Door) -> None:
    sent(door, 1, AD, minutes=10)
    sent(door, 2, LINK, minutes=90)

    row = Acquisition.objects.get()
    assert (row.first["source"], row.last["source"]) == ("baidu.com", "red")


@pytest.mark.django_db
def test_it_follows_to_the_person_over_their_devices(door: Door) -> None:
    sent(door, 1, LINK, minutes=50, anonymousId="phone")
    sent(door, 2, AD, minutes=30, anonymousId="laptop")
    for number, device in enumerate(("phone", "laptop"), 3):
        sent(door, number, {}, minutes=5, anonymousId=device, userId="u1", type="identify")
        door.post("/v1/identify", {"userId": "u1", "anonymousId": device, "messageId": f"i{number}"}, key="KEY")
        testing.settle()

    brought = acquisition.of_customer(Customer.objects.get().pk)
    assert brought is not None
    assert (brought.first.source, brought.last.source) == ("baidu.com", "red")


@pytest.mark.parametrize(
    "junk", [None, 7, "x", [], {"campaign": 3}, {"referrer": {"url": "http://[broken"}}, {"landing": 1}]
)
def test_junk_is_a_direct_visit(junk: Any) -> None:
    found = touch(junk if isinstance(junk, dict) else {"campaign": junk, "referrer": junk}, at=NOW)

    assert found.is_direct or found.source == "x"


_TOUCHES = st.builds(
    Touch,
    at=st.one_of(st.integers(0, 120), st.integers(0, 50_000)).map(lambda minutes: NOW - timedelta(minutes=minutes)),
    source=st.sampled_from(["", "red", "blue"]),
)


@given(st.lists(_TOUCHES, min_size=1, max_size=8, unique_by=lambda one: one.at), st.randoms(use_true_random=False))
def test_their_order_of_arrival_does_not_matter(touches: list[Touch], dice: Any) -> None:
    def told(some: list[Touch]) -> tuple[Touch | None, Touch | None]:
        first = last = None
        for one in some:
            first, last = earliest(first, one), latest(last, one)
        return first, last

    shuffled = list(touches)
    dice.shuffle(shuffled)

    assert told(shuffled) == told(touches)
