"""Texts that were learned from: judged, labelled, shown, masked, forgotten."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import translation

from shuke.cdp.customers.testing import customer
from shuke.cdp.events.models import Event
from shuke.cdp.privacy.actions.erasing import erase_person
from shuke.cdp.warehouse.testing import fresh_warehouse
from shuke.insight.voice import actions, extensions, queries
from shuke.insight.voice.actions import TextRecord, arranging
from shuke.insight.voice.errors import BadTopic
from shuke.insight.voice.models import Judge, Text, TextTopic, Topic
from shuke.insight.voice.queries.words import body_of
from shuke.insight.voice.testing import NOW, reviews, taken
from shuke.platform.jobs.models import Job
from shuke.platform.staff.models import Staff

WORDS = "The kettle leaks, call Ada Byron on 13912345678"


def one(**said):
    return TextRecord(**{"external_id": "r1", "body": WORDS, "written_at": NOW - timedelta(days=2), **said})


def queries_actor():
    from shuke.platform.staff.actor import Actor

    return Actor("staff", "7", "Zoe")


@pytest.fixture
def trained(db, learned):
    """What was learned, for one test, which may change everything."""
    return learned


@pytest.fixture(scope="module")
def learned(module_db, tmp_path_factory):
    """Two hundred reviews, most of them labelled, learned from once."""
    from shuke.platform.company import actions as company_actions

    company_actions.found(name="Willow", currency="GBP", time_zone="UTC", language="en", now=NOW)
    ada = customer(external_id="ada", name="Ada Byron")
    said = reviews(240)
    texts = taken([replace(record, customer_id=ada.pk if n < 2 else None) for n, (record, _) in enumerate(said)])
    actions.label_many(
        {text.pk: truth for text, (_, truth) in list(zip(texts, said, strict=True))[:160]}, by=queries_actor(), now=NOW
    )
    with fresh_warehouse(tmp_path_factory.mktemp("voice")):
        run = actions.train(now=NOW)
        yield run, texts, said


def staff(role, language="en"):
    return Staff.objects.create_user(
        f"{role}@willow.example",
        "correct horse battery",
        name=role.title(),
        role=role,
        created_at=NOW,
        time_zone="UTC",
        language=language,
    )


def test_learning_judges_the_rest_and_leaves_labels_alone(trained):
    run, texts, said = trained
    judged = {text.pk: text for text in Text.objects.all()}

    assert run.is_ready
    assert run.findings["basis"] == "labels_and_stars"
    rest = [(judged[text.pk], truth) for text, (_, truth) in list(zip(texts, said, strict=True))[160:]]
    assert {text.judge for text, _ in rest} == {"model"}
    assert sum(text.sentiment == truth for text, truth in rest) / len(rest) > 0.75
    assert all(judged[text.pk].sentiment == truth for text, (_, truth) in list(zip(texts, said, strict=True))[:160])
    assert Event.objects.filter(name="texts.judged").exists()


def test_what_comes_later_is_judged_by_what_was_learned(trained):
    (late,) = taken([one(external_id="late", body="The scarf fell apart at once and smells awful.")])

    assert actions.judge_waiting(now=NOW) == 1
    late.refresh_from_db()
    assert (late.sentiment, late.judge) == (-1, "model")


def test_the_next_to_label_is_the_least_certain_of_the_rarest(trained):
    found = queries.next_to_label("staff:1")

    counts = queries.label_counts()
    rarest = min((-1, 0, 1), key=lambda one: counts.get(one, 0))
    waiting = Text.objects.exclude(judge=Judge.PERSON).filter(sentiment=rarest)
    assert found.certainty == min(waiting.values_list("certainty", flat=True))


def test_people_who_differ_are_both_kept(trained):
    text = trained[1][0]
    first = text.labels.get().sentiment
    from shuke.platform.staff.actor import Actor

    actions.label(text, -first or 1, by=Actor("staff", "8", "Ben"), now=NOW + timedelta(hours=1))

    assert text.labels.count() == 2
    text.refresh_from_db()
    assert text.sentiment == first  # as many say one thing as the other: who said it first
    several, alpha = queries.agreement()
    assert (several, alpha) == (1, 0.0) or alpha < 0.1
    actions.unlabel(text, by=Actor("staff", "8", "Ben"), now=NOW)
    assert text.labels.count() == 1


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_shows(trained, client, language):
    client.force_login(staff("analyst", language), backend="allauth.account.auth_backends.AuthenticationBackend")
    text = trained[1][0]
    for address in ("overview", "texts", "label", "training", "topics"):
        assert client.get(reverse(f"voice:{address}")).status_code == 200
    shown = client.get(reverse("voice:text", args=[text.uuid])).content.decode()
    assert "voice-push" in shown
    with translation.override(language):
        words = {"en": "What to trust", "zh-hans": "哪些可信"}[language]
    assert words in client.get(reverse("voice:training")).content.decode()


def test_lists_take_a_fixed_number_of_queries(trained, client, django_assert_max_num_queries):
    client.force_login(staff("analyst"), backend="allauth.account.auth_backends.AuthenticationBackend")
    for address, most in (("texts", 8), ("overview", 22), ("label", 18), ("topics", 12)):
        with django_assert_max_num_queries(most):
            client.get(reverse(f"voice:{address}"))


def test_labelling_by_hand_goes_on_to_the_next(trained, client):
    client.force_login(staff("agent"), backend="allauth.account.auth_backends.AuthenticationBackend")
    offered = client.get(reverse("voice:label")).context["line"]["text"]

    client.post(reverse("voice:say", args=[offered.uuid]), {"sentiment": "-1"})
    following = client.get(reverse("voice:label")).context["line"]["text"]
    client.post(reverse("voice:say", args=[following.uuid]), {"sentiment": "skip"})

    assert Text.objects.get(pk=offered.pk).judge == Judge.PERSON
    assert client.get(reverse("voice:label")).context["line"]["text"].pk not in {offered.pk, following.pk}


def test_contacts_in_words_are_masked_for_those_who_may_not_see_them(trained, client):
    ada = trained[1][0].customer_id
    (text,) = taken([one(external_id="masked", customer_id=ada)])
    analyst, owner = staff("analyst"), staff("owner")

    client.force_login(analyst, backend="allauth.account.auth_backends.AuthenticationBackend")
    masked = client.get(reverse("voice:text", args=[text.uuid])).content.decode()
    client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    clear = client.get(reverse("voice:text", args=[text.uuid])).content.decode()

    assert "13912345678" not in masked
    assert "Byron" not in masked
    assert "13912345678" in clear


def test_erasing_a_person_removes_their_words_and_asks_for_a_new_training(trained):
    texts = trained[1]
    ada = Text.objects.get(pk=texts[0].pk).customer_id

    _, report = erase_person(ada, now=NOW)

    assert report["voice"]["texts"] >= 2
    assert not Text.objects.filter(pk=texts[0].pk).exists()
    assert Job.objects.filter(name="voice.train").exists()


def test_topics_keep_the_names_that_people_gave(trained):
    by = queries_actor()
    first, second = [one for one in queries.topics() if one.language == "en"][:2]
    arranging.rename(first, "Damage", by=by, now=NOW)
    found = {"en": [{"words": list(map(list, first.words)), "coherence": 0.4}]}

    arranging.keep_found(found, now=NOW)

    assert [one.name for one in queries.topics() if one.language == "en"] == ["Damage"]
    assert not Topic.objects.get(pk=second.pk).is_current


def test_merged_topics_count_to_the_other_from_then_on(trained):
    first, second = queries.topics()[:2]
    before = set(TextTopic.objects.filter(topic__in=(first, second)).values_list("text_id", flat=True))

    arranging.merge_into(first, second, by=queries_actor(), now=NOW)
    actions.judge_waiting(now=NOW, everything=True)

    assert set(TextTopic.objects.filter(topic=second).values_list("text_id", flat=True)) == before
    assert not TextTopic.objects.filter(topic=first).exists()
    with pytest.raises(BadTopic):
        arranging.merge_into(second, first, by=queries_actor(), now=NOW)


def test_a_pinned_topic_finds_its_texts(trained, client):
    client.force_login(staff("marketer"), backend="allauth.account.auth_backends.AuthenticationBackend")

    client.post(reverse("voice:pin"), {"name": "Leaks", "keywords": "leaks，漏水"})
    assert Job.objects.filter(name="voice.judge", arguments__everything=True).exists()
    actions.judge_waiting(now=NOW, everything=True)

    topic = Topic.objects.get(is_pinned=True)
    having = set(TextTopic.objects.filter(topic=topic).values_list("text_id", flat=True))
    assert having == {text.pk for text in Text.objects.all() if "leaks" in body_of(text) or "漏水" in body_of(text)}
    assert client.post(reverse("voice:pin"), {"name": "Empty", "keywords": " , "}).status_code == 422


def test_the_warehouse_knows_who_complained(trained):
    ada = Text.objects.filter(customer__isnull=False).first().customer_id
    latest = Text.objects.filter(customer_id=ada).order_by("-written_at", "-pk").first()

    (row,) = extensions.VoiceDataset().rows([ada])

    assert row[1] == queries.CODES[latest.sentiment]
    assert (
        queries.summaries(now=NOW, customer_ids=[ada])[0][3]
        == Text.objects.filter(customer_id=ada, sentiment=-1).count()
    )
    shown = extensions.panel(ada, SimpleNamespace(role="owner"), NOW)
    assert shown["total"] == 2
