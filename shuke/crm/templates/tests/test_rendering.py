"""From a document of blocks to what one person reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.cdp.customers.testing import customer
from shuke.crm.templates import queries
from shuke.crm.templates.actions import publishing, writing
from shuke.crm.templates.engine.liquid import Piece, Stopped, environment
from shuke.crm.templates.errors import BadTemplate, NeedsSecondPerson, NotPublishable, NotPublished
from shuke.crm.templates.rules import Needs
from shuke.crm.templates.tests.conftest import ADA, BEN, LETTER, NOW
from shuke.kernel.messages import Content

LINKS = {"unsubscribe_url": "https://crm.example/u", "preferences_url": "https://crm.example/p", "view_url": ""}


def letter(**said):
    documents = said.pop("documents", {"en": LETTER})
    usual = {"name": "Letter", "channel": "email", "purpose": "marketing", "by": ADA, "now": NOW}
    return writing.create(documents=documents, **{**usual, **said})


def published(**said):
    made = letter(**said)
    version = queries.newest_of(made)
    assert publishing.publish(version, by=ADA, now=NOW)
    return version.pk


def test_a_letter_is_filled_for_each_person_in_the_same_number_of_queries(home, django_assert_num_queries) -> None:
    version = published()
    ada = customer(name="Ada <b>Lovelace</b>", city="London")
    nobody = customer(name="")
    compiled, needed = queries.compile(version, "en-GB"), queries.needs(version)

    with django_assert_num_queries(3):
        people = queries.people([ada.pk, nobody.pk], needed, now=NOW)
    first, second = (queries.render(compiled, people[one.pk], LINKS) for one in (ada, nobody))

    assert isinstance(first, Content)
    assert isinstance(second, Content)
    assert first.subject == "Hello Ada"
    assert "Ada &lt;b&gt;Lovelace&lt;/b&gt;" in first.html
    assert "<b>Lovelace" not in first.html
    assert "You live in London." in first.text
    assert second.subject == "Hello there"
    assert "a fine place" in second.html
    assert "https://crm.example/u" in second.html
    assert "https://shop.example/?a=1&amp;b=2" in second.html
    assert "Unsubscribe: https://crm.example/u" in second.text


def test_what_is_missing_is_named_instead_of_left_out(home) -> None:
    version = published(
        documents={
            "en": {**LETTER, "subject": "Your code {{ coupon.code }} {% if order %}{{ order.number }}{% endif %}"}
        }
    )
    compiled = queries.compile(version)
    person = queries.people([customer(name="Ada").pk], queries.needs(version), now=NOW).popitem()[1]

    assert queries.render(compiled, person, LINKS) == queries.Missing(("coupon.code",))
    made = queries.render(compiled, person, {**LINKS, "coupon": {"code": "TEA"}, "order": {"number": 7}})
    assert made.subject == "Your code TEA 7"


def test_a_name_with_line_ends_stays_in_one_header(home) -> None:
    version = published()
    eve = customer(name="Eve\r\nBcc: all@example.com")
    person = queries.people([eve.pk], queries.needs(version), now=NOW)[eve.pk]
    person = queries.Person(eve.pk, "en", {**person.facts, "customer": {"given_name": "Eve\r\nBcc: all@example.com"}})

    made = queries.render(queries.compile(version), person, LINKS)

    assert made.subject == "Hello Eve Bcc: all@example.com"


def test_whoever_reads_another_language_gets_the_nearest(home) -> None:
    chinese = {**LETTER, "subject": "（广告）您好"}
    version = published(documents={"en": LETTER, "zh-hans": chinese})

    assert [queries.compile(version, one).language for one in ("zh_CN", "zh-hans", "en", "fr")] == [
        "zh-hans", "zh-hans", "en", "en",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("{% for i in (1..1000) %}{% for j in (1..1000) %}x{% endfor %}{% endfor %}", "loops"),
        ("{% assign a = 'xxxxxxxxxx' %}{% for i in (1..900) %}{% assign a = a | append: a %}{% endfor %}", "memory"),
        ("{% include 'secret' %}", "syntax"),
        ("{{ a | shell }}", "filter"),
        ("{{ a", "syntax"),
        ("{% if a %}" * 200, "syntax"),
    ],
)
def test_a_template_cannot_run_away(text, limit) -> None:
    with pytest.raises(Stopped) as refusal:
        Piece(text, escapes=False).fill({"a": "b"})

    assert refusal.value.code in {limit, "depth"}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(alphabet="a<&\"'{}%é客 ", max_size=6),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
TEXTS = st.lists(
    st.sampled_from(
        [
            "{{ a }}",
            "{{ a.b }}",
            "{{a.b.c}}",
            "{{ b | default: 'x<y' }}",
            '{{ a.c | default: "z" }}',
            "<b>",
            " & ",
            "客",
        ]
    ),
    max_size=6,
).map("".join)


@given(TEXTS, st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), st.booleans())
def test_the_short_way_says_what_liquid_says(text, values, escapes) -> None:
    known = {name: value for name, value in values.items() if not isinstance(value, dict)}
    nested = {name: value for name, value in values.items() if isinstance(value, dict)}
    piece = Piece(text, escapes=escapes)
    assert piece.is_simple

    def leaves(found):
        return {k: leaves(v) if isinstance(v, dict) else v for k, v in found.items() if v not in ({}, None)}

    filled = {**known, **leaves(nested)}
    if any(isinstance(value, dict) for value in _reached(text, filled)):
        return
    assert piece.fill(filled).text == environment(escapes=escapes).from_string(text).render(**filled)


def _reached(text, values):
    for path in ("a", "a.b", "a.b.c", "b", "a.c"):
        found = values
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        yield found


def test_a_version_is_never_changed_and_an_old_one_comes_back_as_a_new_one(home) -> None:
    made = letter()
    second = writing.revise(made, {"en": {**LETTER, "subject": "Second"}}, by=ADA, now=NOW)
    same = writing.revise(made, {"en": {**LETTER, "subject": "Second"}}, by=ADA, now=NOW)
    third = writing.restore(made, 1, by=ADA, now=NOW)

    assert (same.pk, third.number, third.restored_from) == (second.pk, 3, 1)
    assert queries.texts_of(third)["en"].document["subject"] == LETTER["subject"]
    assert queries.texts_of(second)["en"].document["subject"] == "Second"


def test_a_transactional_message_takes_two_people(home) -> None:
    made = letter(purpose="transactional", documents={"en": {**LETTER, "subject": "Your order {{ order.number }}"}})
    version = queries.newest_of(made)

    assert not publishing.publish(version, by=ADA, now=NOW)
    with pytest.raises(NotPublished):
        queries.compile(version.pk)
    version = queries.newest_of(made)
    with pytest.raises(NeedsSecondPerson):
        publishing.approve(version, by=ADA, now=NOW)
    publishing.approve(version, by=BEN, now=NOW)

    assert queries.find(made.uuid).published_id == version.pk
    assert queries.compile(version.pk).channel == "email"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"subject": "x", "blocks": [{"kind": "heading", "text": "a"}, {"kind": "button", "text": "x"}]}, "blocks 2"),
        ({"subject": "x", "blocks": [{"kind": "video"}]}, "blocks 1"),
        ({"subject": "x", "extra": 1}, "extra"),
        ([], "document"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(home, document, said) -> None:
    with pytest.raises(BadTemplate) as refusal:
        letter(documents={"en": document})

    assert said in str(refusal.value)


def test_a_text_with_an_error_is_not_published(home) -> None:
    made = letter(documents={"en": {**LETTER, "subject": "Hi {{ custmer.name }}"}})

    with pytest.raises(NotPublishable, match=r"custmer\.name"):
        publishing.publish(queries.newest_of(made), by=ADA, now=NOW)


def test_needs_survive_being_stored() -> None:
    needed = Needs(("a.b",), ("a.b",), (1, 2), (("discovery", 3),), coupon=True)

    assert Needs.of(needed.plain()) == needed
