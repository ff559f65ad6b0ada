"""Finding customers by what a person types."""

import pytest

from shuke.cdp.customers import actions, queries
from shuke.cdp.customers.testing import customer


@pytest.fixture
def cast(company):
    company.time_zone = "Asia/Shanghai"
    company.save()
    return {
        "ada": customer(external_id="A-1", name="Ada Lovelace", email="Ada@Example.com", phone="+44 20 7946 0958"),
        "zhang": customer(external_id="5678", name="张三丰", phone="138 1234 5678"),
        "adam": customer(external_id="A-3", name="Adam Byron King"),
    }


@pytest.mark.engine
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ada", {"ada", "adam"}),
        ("ADA love", {"ada"}),
        ("king ad", {"adam"}),
        ("张", {"zhang"}),
        ("三丰", {"zhang"}),
        ("丰三", set()),
        ("ada@example.COM", {"ada"}),
        ("ada@example.co", set()),
        ("13812345678", {"zhang"}),
        ("0086 138-1234-5678", {"zhang"}),
        ("+44 (0)20 7946 0958", {"ada"}),
        ("5678", {"zhang"}),
        ("0958", {"ada"}),
        ("A-3", {"adam"}),
        ("%", set()),
        ("", set()),
    ],
)
def test_everyone_who_matches_and_nobody_else(cast, text, expected):
    found = queries.find_by_text(text, sees_contacts=True)

    assert {c.pk for c in found} == {cast[name].pk for name in expected}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ada@example.com", set()),
        ("13812345678", set()),
        ("0958", set()),
        ("ad", set()),
        ("ada", {"ada"}),
        ("A-1", {"ada"}),
    ],
)
def test_who_sees_no_contacts_cannot_search_them(cast, text, expected):
    found = queries.find_by_text(text, sees_contacts=False)

    assert {c.pk for c in found} == {cast[name].pk for name in expected}


def test_a_new_name_is_found_and_the_old_one_is_not(cast, actor, now):
    changed = actions.edit(cast["ada"].pk, {"name": "Augusta King", "city": "London"}, by=actor, now=now)

    assert changed == ["name", "city"]
    assert {c.pk for c in queries.find_by_text("king", sees_contacts=True)} == {cast["ada"].pk, cast["adam"].pk}
    assert not queries.find_by_text("lovelace", sees_contacts=True)


def test_a_look_at_an_address_is_noted(cast, actor, now):
    from shuke.platform.audit.models import AuditEntry

    point = queries.contacts_of([cast["ada"].pk])[cast["ada"].pk][0]

    shown = actions.reveal(cast["ada"].pk, point.id, reason="delivery", by=actor, now=now)

    assert shown.value == "ada@example.com"
    entry = AuditEntry.objects.get(verb="customers.contact_revealed")
    assert entry.target == f"customers.Customer:{cast['ada'].pk}"
    assert "ada@" not in str(entry.summary)


def test_countries_are_listed_once(company):
    for place in ("France", "China", "France", ""):
        customer(country=place)

    assert queries.countries() == ["China", "France"]
