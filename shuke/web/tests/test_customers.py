"""The customer list."""

import re
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.models import Customer, CustomerTag, SavedView, Tag
from shuke.cdp.customers.testing import customer
from shuke.cdp.events.models import Event
from shuke.insight.value.models import Standing
from shuke.platform.audit.models import AuditEntry
from shuke.platform.jobs.models import Job
from shuke.web import customer_columns, customer_listing
from shuke.web.customer_filters import read, rule_of
from shuke.web.customer_listing import Total

LIST = "/customers/"
CANARY = '"><svg/onload=alert(1)>'


def standing(who, **said):
    usual = {
        "orders": 1, "gross_minor": 1000, "refunds_minor": 0, "net_minor": 1000, "average_order_minor": 1000,
        "first_order_on": date(2024, 1, 1), "last_order_on": date(2024, 6, 1), "r": 3, "f": 3, "m": 3, "fm": 3,
        "rfm_group": "loyal", "stage": "active",
    }  # fmt: skip
    return Standing.objects.create(customer=who, **usual | said)


@pytest.fixture
def cast(company):
    ada = customer(
        external_id="A-1", name="Ada Lovelace", email="ada@example.com", phone="+442079460958", country="France"
    )
    bob = customer(external_id="B-2", name="Bob Byron", country="Spain", first_seen_at=datetime(2023, 5, 1, tzinfo=UTC))
    cai = customer(external_id="C-3", name="蔡文姬", country="China", first_seen_at=datetime(2022, 5, 1, tzinfo=UTC))
    standing(ada, net_minor=9000, orders=9, rfm_group="champions", r=5, f=5, m=5, fm=5)
    standing(bob, net_minor=50, orders=2, stage="lost", first_order_on=date(2023, 5, 2))
    return {"ada": ada, "bob": bob, "cai": cai}


def shown(response):
    """The customers on the page, in order, by id of the shop."""
    return re.findall(r'<a href="/customers/[0-9a-f-]{36}/"><strong>([^<]+)', response.content.decode())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Ada Lovelace", "Bob Byron", "蔡文姬"]),
        ("sort=first_seen", ["蔡文姬", "Bob Byron", "Ada Lovelace"]),
        ("sort=-net", ["Ada Lovelace", "Bob Byron"]),
        ("sort=orders", ["Bob Byron", "Ada Lovelace"]),
        ("sort=name", ["Ada Lovelace", "Bob Byron", "蔡文姬"]),
        ("sort=-name&country=Spain&country=China", ["蔡文姬", "Bob Byron"]),
        ("sort=-last_order&group=champions", ["Ada Lovelace"]),
        ("q=byr", ["Bob Byron"]),
        ("q=文姬", ["蔡文姬"]),
        ("q=ADA@example.com", ["Ada Lovelace"]),
        ("q=020 7946 0958", []),
        ("q=%2B44 20 7946 0958", ["Ada Lovelace"]),
        ("q=0958", ["Ada Lovelace"]),
        ("q=C-3", ["蔡文姬"]),
        ("q=nobody", []),
        ("q=lov ada&country=France&contact=phone&orders_min=1", ["Ada Lovelace"]),
        ("q=b&sort=-net", ["Bob Byron"]),
        ("country=Spain&country=China", ["Bob Byron", "蔡文姬"]),
        ("r=5&fm=5", ["Ada Lovelace"]),
        ("stage=lost", ["Bob Byron"]),
        ("net_min=0.51", ["Ada Lovelace"]),
        ("net_max=0.50&orders_min=2", ["Bob Byron"]),
        ("first_from=2023-05-01&first_to=2023-05-31", ["Bob Byron"]),
        ("seen_to=2023-05-01", ["Bob Byron", "蔡文姬"]),
        ("contact=email", ["Ada Lovelace"]),
        ("tag=999", []),
        ("r=x&tag=&net_min=abc&first_from=yesterday&segment=1&sort=password", ["Ada Lovelace", "Bob Byron", "蔡文姬"]),
    ],
)
@pytest.mark.engine
@pytest.mark.parametrize("leads_up_to", [20_000, 0])
def test_shows_whom_the_address_asks_for(cast, client_of, owner, query, expected, leads_up_to, monkeypatch):
    """Whether a filter leads or the index of the sort does, the page is the same."""
    monkeypatch.setattr(customer_listing, "LEADS_UP_TO", leads_up_to)

    assert shown(client_of(owner).get(f"{LIST}?{query}")) == expected


def test_the_inputs_show_what_is_asked_for(cast, client_of, owner):
    query = "q=a&group=champions&stage=active&country=France&net_min=5&ordered_from=2024-01-02&r=5"

    page = client_of(owner).get(f"{LIST}?{query}").content.decode()

    for shown in ('value="champions" selected', 'value="active" selected', 'value="France" selected', 'value="5"',
                  'value="2024-01-02"', '<input type="hidden" name="r" value="5">', "RFM group: Champions", "R score: 5"):  # fmt: skip
        assert shown in page, shown


@pytest.mark.engine
@pytest.mark.parametrize("leads_up_to", [20_000, 0])
def test_pages_by_key_in_every_order(company, client_of, owner, leads_up_to, monkeypatch):
    monkeypatch.setattr(customer_listing, "LEADS_UP_TO", leads_up_to)
    for number in range(120):
        standing(customer(external_id=f"n{number:03}"), net_minor=number // 7, orders=number % 5)
    client = client_of(owner)

    for sort in ("", "-net", "orders", "last_order", "first_seen", "name", "-name"):
        seen, address = [], f"{LIST}?sort={sort}&group=loyal"
        while address:
            page = client.get(address)
            seen += shown(page)
            following = re.search(r'rel="next" href="([^"]+)"', page.content.decode())
            address = LIST + following[1].replace("&amp;", "&") if following else ""
        assert len(seen) == len(set(seen)) == 120, sort


def test_whoever_may_not_see_contacts_sees_no_name_and_cannot_search_by_address(cast, client_of, analyst):
    client = client_of(analyst)

    page = client.get(LIST).content.decode()

    assert "A* L*" in page
    assert "Lovelace" not in page
    assert "Lovelace" not in client.get(f"{LIST}?q=A-1").content.decode()
    for query in ("ada@example.com", "0958", "lovel"):
        assert shown(client.get(LIST, {"q": query})) == []


def test_a_hostile_name_stays_text(company, client_of, owner):
    who = customer(name=CANARY, external_id=CANARY + "1", country=CANARY)
    customers.tag([who.pk], CANARY, by=_actor(owner), now=who.created_at)
    client = client_of(owner)

    for address in (LIST, f"{LIST}?q={CANARY}", f"/customers/{who.uuid}/", "/customers/tags/"):
        assert "<svg/onload" not in client.get(address).content.decode()


def _actor(staff):
    from shuke.platform.staff.actor import Actor

    return Actor.of(staff)


def test_the_number_of_queries_does_not_depend_on_the_number_of_customers(
    company, client_of, owner, now, django_assert_max_num_queries
):
    client = client_of(owner)
    client.get(LIST)
    for count in (2, 60):
        for _ in range(count):
            standing(customer())
        customers.tag(list(Customer.objects.values_list("pk", flat=True)), "VIP", by=_actor(owner), now=now)
        with django_assert_max_num_queries(19):
            client.get(f"{LIST}?sort=-net&group=loyal&tag={Tag.objects.get().pk}")


def test_strangers_are_sent_to_the_log_in(cast, stranger_client):
    response = stranger_client.get(LIST)

    assert response.status_code == 302
    assert "login" in response.url


@pytest.mark.parametrize("role", ["analyst", "finance"])
def test_who_may_not_edit_cannot_tag_and_nothing_changes(cast, client_of, role, request):
    client = client_of(request.getfixturevalue(role))
    before = (CustomerTag.objects.count(), Event.objects.count(), AuditEntry.objects.count())

    refused = [
        client.post("/customers/bulk/", {"act": "tag", "tag_name": "VIP", "ids": [cast["ada"].pk]}),
        client.post(f"/customers/{cast['ada'].uuid}/tags/", {"tag_name": "VIP"}),
        client.get(f"/customers/{cast['ada'].uuid}/edit/"),
        client.post(f"/customers/{cast['ada'].uuid}/contacts/1/"),
        client.get("/customers/tags/"),
    ]

    assert [response.status_code for response in refused] == [403] * 5
    assert (CustomerTag.objects.count(), Event.objects.count(), AuditEntry.objects.count()) == before


def test_the_chosen_are_tagged_and_untagged(cast, client_of, marketer):
    client = client_of(marketer)
    ids = [cast["ada"].pk, cast["bob"].pk]

    tagged = client.post("/customers/bulk/", {"act": "tag", "tag_name": "VIP", "ids": ids, "query": "country=France"})
    tag = Tag.objects.get(name="VIP")
    assert tagged.url == "/customers/?country=France"
    assert set(CustomerTag.objects.values_list("customer_id", flat=True)) == set(ids)

    client.post("/customers/bulk/", {"act": "untag", "tag_id": tag.pk, "ids": ids[:1]})
    assert set(CustomerTag.objects.values_list("customer_id", flat=True)) == set(ids[1:])
    assert Event.objects.filter(name="customer.tagged", actor=f"staff:{marketer.pk}").count() == 2


def test_all_that_match_are_tagged_by_a_job(cast, client_of, marketer, now):
    from shuke.platform.jobs.testing import run_queued

    response = client_of(marketer).post(
        "/customers/bulk/",
        {"act": "tag", "tag_name": "South", "scope_tag": "all", "query": "country=Spain&country=France"},
    )

    assert response.url == reverse("web:job", args=[Job.objects.get().pk])
    run_queued()
    assert set(CustomerTag.objects.values_list("customer_id", flat=True)) == {cast["ada"].pk, cast["bob"].pk}
    assert AuditEntry.objects.get(verb="customers.bulk_started").summary == {"act": "tag", "filters": ["country"]}


def test_views_are_saved_shared_and_deleted_by_their_owner(cast, client_of, marketer, agent):
    mine, other = client_of(marketer), client_of(agent)
    mine.post("/customers/views/", {"name": "Spain", "query": "country=Spain&after=x"})
    mine.post("/customers/views/", {"name": "Top", "query": "sort=-net", "is_shared": "1"})

    assert "Spain</" in mine.get(LIST).content.decode()
    assert SavedView.objects.get(name="Spain").query == "country=Spain"
    theirs = other.get(LIST).content.decode()
    assert "Top" in theirs
    assert "?country=Spain" not in theirs
    other.post(f"/customers/views/{SavedView.objects.get(name='Top').pk}/delete/")
    assert SavedView.objects.count() == 2
    mine.post(f"/customers/views/{SavedView.objects.get(name='Top').pk}/delete/")
    assert SavedView.objects.count() == 1


def test_the_filters_become_a_segments_rule():
    query = "group=champions&country=France&net_min=10&ordered_from=2024-01-01&shop=3&q=ada"
    rule, unsaid = rule_of(read(QueryDict(query), currency="GBP"))

    assert unsaid == ["q"]
    assert rule == {
        "all": [
            {"field": "value.group", "op": "is", "value": ["champions"]},
            {"field": "customer.country", "op": "is", "value": ["France"]},
            {"field": "value.net", "op": "at_least", "value": 1000},
            {"orders": "count", "op": "at_least", "value": 1, "period": {"from": "2024-01-01"}, "where": {"shop": [3]}},
        ]
    }


def test_says_how_many_there_are_as_well_as_it_knows(cast, client_of, owner, monkeypatch):
    client = client_of(owner)
    exact = client.get(f"{LIST}?contact=email&country=France")
    monkeypatch.setattr(customer_listing, "LEADS_UP_TO", 0)
    monkeypatch.setattr(customer_listing, "LOOKED_AT", 2)

    alone = client.get(f"{LIST}?country=France")
    together = client.get(f"{LIST}?country=France&country=Spain&orders_min=1")

    assert exact.context["total"] == Total(1)
    assert alone.context["total"] == Total(10_000, is_exact=False)
    assert "More than 10,000 customers" in alone.content.decode()
    # Of the two newest rows, Bob and Cai, one passes: about one and a half of three.
    assert together.context["total"] == Total(2, is_exact=False, is_about=True)


def test_countries_are_in_the_language_of_the_reader(cast, client_of, owner):
    owner.language = "zh-hans"
    owner.save()
    customer(external_id="D-4", name="Dan", country="Narnia")

    page = client_of(owner).get(f"{LIST}?country=France").content.decode()

    assert '<option value="France" selected>法国</option>' in page
    assert '<option value="Narnia">Narnia</option>' in page
    assert "国家/地区：法国" in page


def test_people_choose_their_columns_and_nobody_elses(cast, client_of, owner, admin):
    client = client_of(owner)
    usual = client.get(LIST).content.decode()

    response = client.post(f"{LIST}columns/", {"column": ["country", "orders", "password"], "query": "sort=-net"})

    assert response.url == f"{LIST}?sort=-net"
    owner.refresh_from_db()
    assert owner.list_columns == {"customers": ["orders", "country"]}
    chosen, others = client.get(LIST).content.decode(), client_of(admin).get(LIST).content.decode()
    assert 'data-label="Country">France<' in chosen
    assert 'data-label="RFM group"' not in chosen
    assert 'data-label="RFM group"' in others
    assert 'data-label="RFM group"' in usual
    client.post(f"{LIST}columns/", {"column": ["country"], "usual": "1"})
    assert 'data-label="RFM group"' in client.get(LIST).content.decode()


def test_every_column_can_be_shown_without_asking_more_often(cast, client_of, owner, django_assert_num_queries):
    client = client_of(owner)
    client.get(LIST)
    with CaptureQueriesContext(connection) as usual:
        client.get(LIST)
    most = len(usual)
    client.post(f"{LIST}columns/", {"column": [column.code for column in customer_columns.COLUMNS]})

    with django_assert_num_queries(most):
        client.get(LIST)


def test_who_may_not_read_names_cannot_sort_by_them(cast, client_of, analyst):
    page = client_of(analyst).get(f"{LIST}?sort=name")

    assert page.context["filters"].sort == "-first_seen"
    assert 'href="?sort=name' not in page.content.decode()


def test_names_are_sorted_by_sound_and_nobody_s_last(company, client_of, owner):
    for number, name in enumerate(["王五", "", "Zoe", "阿宝", "bob", "李四"]):
        customer(external_id=f"n{number}", name=name)

    assert shown(client_of(owner).get(f"{LIST}?sort=name")) == ["bob", "Zoe", "阿宝", "李四", "王五", "n1"]
