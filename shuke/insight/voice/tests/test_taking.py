"""Texts at the door: from the collector, over the API, twice, changed, or not fit to be taken."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from shuke.cdp.events.models import Event
from shuke.cdp.ingest.testing import sends, source
from shuke.insight.voice import actions
from shuke.insight.voice.actions import TextRecord
from shuke.insight.voice.errors import BadText
from shuke.insight.voice.models import Judge, Label, Run, Text
from shuke.insight.voice.queries.words import body_of
from shuke.insight.voice.testing import NOW, reviews, taken
from shuke.platform.staff import api_keys

WORDS = "The kettle leaks, call Ada Byron on 13912345678"


def one(**said):
    return TextRecord(**{"external_id": "r1", "body": WORDS, "written_at": NOW - timedelta(days=2), **said})


def test_a_review_of_the_collector_is_kept_and_stays_out_of_the_log(company):
    web = source()
    event = {
        "type": "track", "event": "Product Reviewed", "userId": "u1", "messageId": "m1",
        "properties": {"product_id": "P1", "review_id": "77", "review_body": WORDS, "rating": "2"},
    }  # fmt: skip
    for message in ("m1", "m2"):  # the same review, sent twice as two events
        sends(web, {**event, "messageId": message})

    text = Text.objects.get()
    assert body_of(text) == WORDS
    assert (text.rating, text.sentiment, text.judge, text.language) == (2, -1, Judge.STARS, "en")
    assert text.customer_id is not None
    assert text.identity_id is not None
    logged = " ".join(json.dumps(event.properties) for event in Event.objects.all())
    assert "kettle" not in logged
    assert '"review_body": "[text]"' in logged
    assert Event.objects.filter(name="text.received").count() == 1


def test_an_empty_review_stops_nothing(company):
    web = source()
    said = {
        "type": "track",
        "event": "Product Reviewed",
        "userId": "u1",
        "properties": {"product_id": "P1", "rating": 5},
    }
    sends(web, said)

    assert not Text.objects.exists()
    assert Event.objects.filter(name="Product Reviewed").count() == 1


def test_taking_twice_changes_nothing_and_new_words_replace(company, django_assert_max_num_queries):
    (text,) = taken([one()])
    actions.label(text, -1, by=queries_actor(), now=NOW)

    taken([one()])
    assert Text.objects.get().judge == Judge.PERSON
    taken([one(body="It does not leak any more")])

    text = Text.objects.get()
    assert body_of(text) == "It does not leak any more"
    assert (text.judge, text.sentiment) == ("", None)
    assert not Label.objects.exists()
    with django_assert_max_num_queries(14):
        taken([one(external_id=f"many{n}") for n in range(100)])


def queries_actor():
    from shuke.platform.staff.actor import Actor

    return Actor("staff", "7", "Zoe")


@pytest.mark.parametrize(
    ("said", "field"),
    [({"body": "  "}, "body"), ({"rating": 6}, "rating"), ({"kind": "poem"}, "kind"), ({"external_id": ""}, "external_id"),
     ({"written_at": NOW + timedelta(days=9)}, "written_at"), ({"language": "fr"}, "language")],
)  # fmt: skip
def test_what_cannot_be_taken_names_its_field(company, said, field):
    with pytest.raises(BadText) as refused:
        taken([one(**said)])
    assert refused.value.field == field


def test_the_api_takes_batches_and_refuses_one_by_one(company, client, actor):
    _, key = api_keys.create("reviews", ["texts:write", "texts:read"], by=actor, now=NOW)
    headers = {"Authorization": f"Bearer {key}"}
    items = [
        {"external_id": "a", "body": "Too small", "written_at": "2024-06-01T10:00:00Z", "rating": 1, "customer": {"external_id": "u9"}},
        {"external_id": "b", "body": "x", "written_at": "2999-01-01T00:00:00Z"},
        {"external_id": "c", "body": "很好", "written_at": "2024-06-01T10:00:00Z", "stars": 5},
    ]  # fmt: skip

    def send():
        return client.post(
            "/api/v1/texts/batch", {"shop": "web", "items": items}, "application/json", headers=headers
        ).json()

    first, again = send(), send()

    assert [one["status"] for one in first["items"]] == ["created", "refused", "refused"]
    assert first["items"][1]["errors"][0]["field"] == "written_at"
    assert again["items"][0]["status"] == "unchanged"
    (listed,) = client.get("/api/v1/texts", headers=headers).json()["items"]
    assert (listed["body"], listed["sentiment"], listed["judged_by"], bool(listed["customer"])) == (
        "Too small",
        "negative",
        "stars",
        True,
    )


def test_one_class_only_is_explained_in_words(warehouse, company, client, analyst):
    texts = taken([replace(record, rating=5) for record, _ in reviews(80)])
    run = actions.train(now=NOW)
    client.force_login(analyst)

    shown = client.get(reverse("voice:training")).content.decode()

    assert (run.is_ready, run.model_file) == (False, "")
    assert "with one class only there is nothing to tell apart" in shown
    assert {text.judge for text in Text.objects.filter(pk__in=[one.pk for one in texts])} == {"stars"}
    assert Run.objects.count() == 1
