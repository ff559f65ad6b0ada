"""Topics and rising complaints: found where they are, and not where nothing changed."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from shuke.insight.voice.engine.judging import about, complaints
from shuke.insight.voice.engine.topics import found_in
from shuke.insight.voice.engine.words import is_stop, terms_of
from shuke.insight.voice.rules.rising import Counts, risen, tail


def quiet(dice, *, words=80, recent=120, before=360):
    """People who complain of words as often recently as before, each word with a rate of its own."""
    rates = [0.002 + 0.08 * dice.random() ** 3 for _ in range(words)]
    return {
        f"word{n}": Counts(
            sum(dice.random() < rate for _ in range(recent)), recent, sum(dice.random() < rate for _ in range(before)), before
        )
        for n, rate in enumerate(rates)
    }  # fmt: skip


def test_quiet_weeks_hardly_raise_an_alarm():
    dice = Random(17)

    weeks = [bool(risen(quiet(dice))) for _ in range(150)]

    # At most one week in twenty, and what chance adds to that over 150 of them.
    assert sum(weeks) <= 150 * 0.05 + 2 * (150 * 0.05 * 0.95) ** 0.5


def test_what_really_rose_is_found_among_much_that_did_not():
    told = quiet(Random(4)) | {"leaks": Counts(18, 120, 6, 360)}

    assert risen(told)[0].key == "leaks"


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_the_chance_is_that_of_fisher(recent_of, before_of, data):
    counts = Counts(data.draw(st.integers(0, recent_of)), recent_of, data.draw(st.integers(0, before_of)), before_of)
    table = [[counts.recent, counts.before], [counts.recent_of - counts.recent, counts.before_of - counts.before]]

    assert abs(tail(counts) - fisher_exact(table, alternative="greater").pvalue) < 1e-9


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.text("abc", min_size=1, max_size=4), st.tuples(st.integers(0, 30), st.integers(0, 90)), max_size=12
    )
)
def test_only_what_rose_is_shown(told):
    counts = {key: Counts(recent, 40, before, 120) for key, (recent, before) in told.items()}

    for one in risen(counts):
        assert one.counts.recent / 40 > one.counts.before / 120
        assert one.counts.recent >= 4


def corpus(language, dice, count=160):
    about_what = {
        "en": (
            ("zip", "seam", "stitching", "button"), ("courier", "parcel", "delivery", "late"), ("smell", "scent", "perfume", "faint"),
            ("lid", "spout", "leak", "handle"),
        ),
        "zh": (("拉链", "纽扣", "线头", "做工"), ("快递", "物流", "包裹", "延误"), ("气味", "香精", "刺鼻", "味道"), ("壶盖", "壶嘴", "漏水", "把手")),
    }[language]  # fmt: skip
    fill = {"en": "I was very much and it is the of this", "zh": "我的这个真的是很非常觉得一个"}[language]
    texts = []
    for n in range(count):
        words = dice.sample(about_what[n % 4], 3)
        texts.append((" " if language == "en" else "的").join([fill, *words]))
    return texts


def test_topics_are_found_without_stop_words():
    for language in ("en", "zh"):
        found = found_in(terms_of(corpus(language, Random(2)), language))

        words = {word for one in found for word, _weight in one.words}
        assert found
        assert not [word for word in words if is_stop(word)]
        assert {"zip", "parcel"} <= words or {"拉链", "包裹"} <= words
        for one in found:
            mine = {word for word, weight in one.words if weight > 0.5}
            # What belongs together stands together.
            assert not ({"zip", "拉链"} & mine and {"courier", "快递"} & mine)
            assert one.coherence > 0


def test_too_few_texts_have_no_topics():
    assert found_in(terms_of(corpus("en", Random(2), count=20), "en")) == []


def test_a_text_is_about_what_its_words_weigh():
    topics = [(1, "en", [["zip", 1.0], ["seam", 0.6], ["button", 0.5]]), (2, "", [["退款", 1.0], ["Refund", 1.0]])]

    assert about("The zips!", "en", topics) == [1]
    assert about("seam and button", "en", topics) == [1]
    assert about("only a seam", "en", topics) == []
    assert about("zipped", "en", topics) == []
    assert about("我要退款", "zh", topics) == [2]
    assert about("Where is my refund?", "en", topics) == [2]


def test_a_person_who_complains_often_counts_once():
    texts = [("the zip is broken", "en", True, True, 1)] * 9 + [
        ("the zip is broken", "en", False, True, n) for n in range(2, 6)
    ]
    texts += [("lovely colour", "en", True, False, n) for n in range(10, 80)]

    assert tuple(complaints({"texts": texts})["en"]["zip"]) == (1, 4)
