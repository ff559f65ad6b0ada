"""What is learned from made-up reviews, and what is said of it."""

from random import Random

import numpy as np
import pytest

from shuke.insight.voice.engine import grams
from shuke.insight.voice.engine.classifier import Model
from shuke.insight.voice.engine.explaining import pushes
from shuke.insight.voice.engine.grams import plain
from shuke.insight.voice.engine.training import Example, learn
from shuke.insight.voice.testing import reviews, sentence
from tests.data import real_data


def examples(count, *, labels=True, stars=True, dice=None):
    return [
        Example(
            record.body, "en" if place % 2 == 0 else "zh", truth if labels else None,
            (0 if record.rating == 3 else 1 if record.rating > 3 else -1) if stars else None, place // 2, f"c{place % 3}",
        )
        for place, (record, truth) in enumerate(reviews(count, dice=dice))
    ]  # fmt: skip


@pytest.fixture(scope="module")
def learned():
    return learn(examples(300))


def test_grams_are_the_runs_of_each_text():
    ids, owners, places = grams.grams_of([plain("ab"), plain("太小")])

    def written(number):
        return "".join(chr(number >> shift & (1 << 21) - 1) for shift in (42, 21, 0) if number >> shift)

    found = sorted(
        (int(owner), int(place), written(int(one))) for one, owner, place in zip(ids, owners, places, strict=True)
    )

    expected = [
        (owner, start - 1, framed[start : start + size])
        for owner, framed in enumerate((" ab ", " 太小 "))
        for size in (1, 2, 3)
        for start in range(len(framed) - size + 1)
    ]
    assert found == sorted(expected)


def test_it_is_right_on_texts_it_did_not_learn_from(learned):
    found = learned["findings"]
    model = Model.unpacked(learned["model"])
    dice = Random(99)
    truth = [
        (sentence(dice, language, sentiment), sentiment)
        for language in ("en", "zh")
        for sentiment in (-1, 0, 1)
        for _ in range(30)
    ]
    said = [model.classes[place] for place in model.chances([plain(text) for text, _ in truth]).argmax(axis=1)]

    fresh = np.mean([one == sentiment for one, (_, sentiment) in zip(said, truth, strict=True)])
    assert fresh > 0.8
    # What it says of itself holds on texts that nobody held out for it.
    assert found["low"] - 0.06 < fresh
    assert found["low"] < found["accuracy"] < found["high"]
    assert found["usual"]["low"] > 0
    assert {one["name"] for one in found["languages"]} == {"zh", "en"}
    assert sum(map(sum, found["confusion"])) == found["tested"] == 300
    assert found["ece"] < 0.1


def test_words_that_spoke_are_those_that_differ(learned):
    model = Model.unpacked(learned["model"])

    pieces = pushes(model, "The lamp arrived broken. For my mother.")

    assert "".join(text for text, _ in pieces) == "The lamp arrived broken. For my mother."
    loud = " ".join(text for text, push in pieces if push >= 2)
    assert "arrived" in loud or "broken" in loud
    assert any(push > 0 and set(text) & set("坏漏味慢散") for text, push in pushes(model, "收到就坏了，到处漏水"))


def test_what_cannot_be_learned_is_refused_with_its_reason():
    assert learn([])["refusal"]["code"] == "no_labels"
    one_class = [Example(f"Lovely {n}", "en", 1, None, n, "") for n in range(100)]
    refused = learn(one_class)
    assert (refused["model"], refused["refusal"]["code"], refused["refusal"]["facts"]["only"]) == (None, "one_class", 1)
    assert learn(examples(30, stars=False))["refusal"]["code"] == "few_labels"
    rare = [*one_class, *[Example(f"Awful {n}", "en", -1, None, n, "") for n in range(6)]]
    assert learn(rare)["refusal"]["facts"] == {"rare": -1, "labels": 6, "missing": 9}


def test_stars_stand_in_where_nobody_labelled_and_say_so():
    found = learn(examples(200, labels=False))["findings"]

    assert found["basis"] == "stars"
    assert found["stars"] is None  # stars judged by stars would be right always


def test_words_without_meaning_teach_nothing():
    dice = Random(3)
    noise = [Example(sentence(dice, "en", 1), "en", dice.choice((-1, 1)), None, n, "") for n in range(200)]

    found = learn(noise)["findings"]

    assert found["usual"]["low"] < 0.05


@pytest.mark.slow
@pytest.mark.real_data
def test_real_reviews_of_shops():
    """Ten kinds of goods in Chinese, a part of them."""
    import csv
    import gzip

    with gzip.open(real_data("online_shopping_reviews/online_shopping_10_cats.csv.gz"), "rt", encoding="utf-8") as file:
        rows = {plain(row["review"]): row for row in csv.DictReader(file) if plain(row["review"] or "")}
    some = Random(1).sample(sorted(rows), 6_000)
    found = learn([
        Example(text, "zh", 1 if rows[text]["label"] == "1" else -1, None, place, rows[text]["cat"])
        for place, text in enumerate(some)
    ])["findings"]  # fmt: skip

    assert found["accuracy"] > 0.9
    assert found["ece"] <= 0.03
    assert found["usual"]["low"] > 0.3
