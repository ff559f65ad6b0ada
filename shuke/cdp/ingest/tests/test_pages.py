"""Sources, live events, dead letters and the tracking plan in the browser."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shuke.cdp.events.models import Event
from shuke.cdp.ingest import testing
from shuke.cdp.ingest.models import DeadLetter, Inbox, LetterState, PlannedEvent, Source
from shuke.cdp.ingest.testing import Door
from shuke.cdp.ingest.tests.clients import track
from shuke.platform.audit.models import AuditEntry
from shuke.platform.company.models import Shop
from shuke.platform.staff.models import Staff

pytestmark = pytest.mark.django_db
LogIn = Callable[[Staff], Client]


def arrive(door: Door, *events: dict[str, object]) -> None:
    assert door.post("/v1/batch", {"batch": list(events)}, key="KEY").status == 200
    testing.settle()


def test_a_source_is_opened_changed_rotated_and_closed(admin: Staff, client_of: LogIn, web: Source) -> None:
    client = client_of(admin)
    said = {
        "name": "App",
        "kind": "mobile",
        "shop_id": Shop.objects.get().pk,
        "quota_per_second": 50,
        "consent_mode": "not_asked",
    }
    opened = client.post(reverse("ingest:source_new"), said)
    app = Source.objects.get(name="App")
    assert opened.url == reverse("ingest:source", args=[app.uuid])
    assert app.write_key in client.get(opened.url).content.decode()

    client.post(reverse("ingest:source_edit", args=[app.uuid]), {**said, "name": "Our app", "filters_bots": "on"})
    client.post(reverse("ingest:source_rotate", args=[app.uuid]))
    client.post(reverse("ingest:source_archive", args=[app.uuid]))
    changed = Source.objects.get(pk=app.pk)
    assert (changed.name, changed.previous_key, changed.archived_at is not None) == ("Our app", app.write_key, True)
    verbs = list(
        AuditEntry.objects.filter(target=f"ingest.Source:{app.pk}").order_by("pk").values_list("verb", flat=True)
    )
    assert verbs == ["ingest.source_created", "ingest.source_changed", "ingest.key_rotated", "ingest.source_archived"]
    assert not any(app.write_key in str(entry.summary) for entry in AuditEntry.objects.all())


def test_a_second_only_source_of_a_shop_is_refused_in_words(admin: Staff, client_of: LogIn, web: Source) -> None:
    testing.source("Only", is_order_truth=True)
    said = {
        "name": "Second", "kind": "server", "shop_id": web.shop_id, "quota_per_second": 0, "consent_mode": "not_asked",
        "is_order_truth": "on",
    }  # fmt: skip
    answer = client_of(admin).post(reverse("ingest:source_new"), said)

    assert answer.status_code == 422
    assert "only word" in answer.content.decode()


def test_live_events_say_what_became_of_each(admin: Staff, client_of: LogIn, door: Door) -> None:
    arrive(
        door,
        track(1),
        track(1),
        track(1, properties={"product_id": "other"}),
        {"type": "track", "userId": "u"},
        track(9, event="Odd"),
    )
    page = client_of(admin).get(reverse("ingest:live")).content.decode()

    for words in ("In the log", "Sent before", "Id used twice", "Kept aside", "Departs from the plan"):
        assert words in page
    only = (
        client_of(admin)
        .get(reverse("ingest:live"), {"outcome": "conflict"}, headers={"HX-Request": "true"})
        .content.decode()
    )
    assert "Id used twice" in only
    assert "Sent before" not in only


def test_an_event_is_shown_in_clear_only_to_those_who_see_contacts(
    admin: Staff, analyst: Staff, client_of: LogIn, door: Door
) -> None:
    arrive(door, track(1, properties={"product_id": "p1", "email": "ada@example.com"}))
    url = reverse("ingest:live_event", args=[Inbox.objects.get().pk, 0])
    assert "ada@example.com" in client_of(admin).get(url).content.decode()
    hidden = client_of(analyst).get(url).content.decode()
    assert "ada@example.com" not in hidden
    assert "[email]" in hidden
    assert str(Event.objects.get(name="Product Viewed").uuid) in hidden


def test_the_list_of_live_events_costs_the_same_for_any_number(admin: Staff, client_of: LogIn, door: Door) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            client_of(admin).get(reverse("ingest:live"))
        return len(captured)

    arrive(door, track(1))
    first = cost()
    for n in range(2, 9):
        arrive(door, track(n))
    assert cost() == first


def test_a_letter_is_mended_and_replayed_in_the_browser(admin: Staff, client_of: LogIn, door: Door) -> None:
    arrive(door, {"type": "track", "userId": "u1", "messageId": "m1"})
    letter, client = DeadLetter.objects.get(), client_of(admin)
    assert "It has no name" in client.get(reverse("ingest:letters")).content.decode()
    url = reverse("ingest:letter", args=[letter.uuid])
    assert client.post(url, {"text": "{"}).status_code == 422
    assert client.post(url, {"text": '{"type":"track","event":"Found","userId":"u1"}'}).status_code == 302
    testing.settle()

    assert Event.objects.filter(name="Found").count() == 1
    assert AuditEntry.objects.filter(verb="ingest.letter_replayed").count() == 1


def test_letters_of_one_reason_are_settled_together(admin: Staff, client_of: LogIn, door: Door) -> None:
    arrive(door, *({"type": "track", "userId": f"u{n}"} for n in range(3)), {"type": "dance", "userId": "u"})
    client_of(admin).post(reverse("ingest:letters_settle"), {"reason": "no_name", "act": "discard", "source": ""})

    assert DeadLetter.objects.filter(state=LetterState.DISCARDED).count() == 3
    assert DeadLetter.objects.filter(state=LetterState.OPEN).count() == 1


def test_the_company_plans_events_of_its_own(admin: Staff, client_of: LogIn, company: object) -> None:
    client = client_of(admin)
    said = {"name": "Quiz Finished", "description": "At the end", "properties": "score*: number\nquiz_id: text"}
    assert client.post(reverse("ingest:plan_new"), said).status_code == 302
    row = PlannedEvent.objects.get()
    assert (row.properties, row.required) == ({"score": "number", "quiz_id": "text"}, ["score"])
    assert (
        client.post(reverse("ingest:plan_event", args=[row.pk]), {**said, "properties": "score: colour"}).status_code
        == 422
    )
    client.post(reverse("ingest:plan_drop", args=[row.pk]))
    assert not PlannedEvent.objects.exists()


def test_markup_in_an_event_stays_text(admin: Staff, client_of: LogIn, door: Door) -> None:
    arrive(door, track(1, event="<script>alert(1)</script>", properties={"x": "<img src=x onerror=alert(1)>"}))
    client = client_of(admin)
    pages = [
        client.get(reverse("ingest:live")),
        client.get(reverse("ingest:live_event", args=[Inbox.objects.get().pk, 0])),
    ]
    pages.append(client.get(reverse("ingest:source", args=[Source.objects.get().uuid])))

    for page in pages:
        assert "<script>alert" not in page.content.decode()
        assert "<img src=x" not in page.content.decode()
