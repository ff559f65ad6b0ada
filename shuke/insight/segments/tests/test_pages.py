"""The segment pages, as members of staff use them."""

import json

import pytest

from shuke.insight.segments.models import Segment
from shuke.insight.segments.testing import BUYERS, a_list, segment
from shuke.kernel.clock import utcnow
from shuke.platform.audit.models import AuditEntry

RULE = json.dumps(BUYERS)


def test_the_form_comes_filled_from_its_address(shop, marketer, client_of):
    page = client_of(marketer).get("/segments/new/", {"rule": RULE, "name": "From the map"}).content.decode()

    assert 'value="From the map"' in page
    assert "&quot;orders&quot;: &quot;count&quot;" in page
    assert 'data-island="segment-builder"' in page


def test_a_proposed_name_that_is_taken_gets_a_number(shop, marketer, client_of):
    client = client_of(marketer)
    client.post("/segments/new/", {"name": "From the map", "rule": RULE})

    page = client.get("/segments/new/", {"rule": RULE, "name": "From the map"}).content.decode()

    assert 'value="From the map (2)"' in page


def test_saving_works_the_members_out_at_once(shop, marketer, client_of, ada):
    client = client_of(marketer)

    response = client.post("/segments/new/", {"name": "Buyers", "rule": RULE})

    saved = Segment.objects.get()
    assert response.url == f"/segments/{saved.uuid}/"
    assert (saved.size, saved.created_by) == (2, f"staff:{marketer.pk}")
    page = client.get(response.url).content.decode()
    assert "Customers for whom this holds: placed at least 1 order." in page
    assert "Ada Lovelace" in page
    assert "Up to date" in page


@pytest.mark.parametrize(
    ("rule", "said"),
    [("{", "This is not JSON"), ('{"all": [{"field": "nope", "op": "is"}]}', "all[0].field: unknown field “nope”")],
)
def test_a_rule_that_cannot_be_read_is_shown_again_with_the_reason(shop, marketer, client_of, rule, said):
    response = client_of(marketer).post("/segments/new/", {"name": "Bad", "rule": rule})

    assert response.status_code == 422
    assert said in response.content.decode()
    assert Segment.objects.count() == 0


def test_the_builder_is_told_who_a_rule_finds(shop, marketer, client_of):
    answer = client_of(marketer).post("/segments/preview/", {"rule": RULE}).json()

    assert (answer["count"], answer["sentence"]) == (2, "Customers for whom this holds: placed at least 1 order.")
    assert {one["name"] for one in answer["sample"]} == {"Ada Lovelace", "=Bob"}


def test_the_builder_is_told_what_is_wrong(shop, marketer, client_of):
    answer = client_of(marketer).post("/segments/preview/", {"rule": '{"all":[{"event":"","op":"did"}]}'}).json()

    assert answer == {"problems": [{"path": "all[0].event", "text": "expected a text that is not empty"}]}


def test_names_are_masked_for_an_analyst(shop, analyst, client_of):
    client = client_of(analyst)
    buyers = segment(is_computed=True)

    pages = [
        client.post("/segments/preview/", {"rule": RULE}).content.decode(),
        client.get(f"/segments/{buyers.uuid}/").content.decode(),
        client.get(f"/segments/{buyers.uuid}/history/").content.decode(),
    ]

    assert all("A* L*" in page and "Lovelace" not in page for page in pages)


def test_the_builder_offers_what_occurs(shop, marketer, client_of):
    client = client_of(marketer)

    found = client.get("/segments/suggest/", {"kind": "customer.country", "q": "fra"}).json()

    assert found == {"options": [{"value": "France", "label": "France"}]}
    assert client.get("/segments/suggest/", {"kind": "customer.email", "q": "a"}).json() == {"options": []}


def test_why_not_is_answered_clause_by_clause(shop, agent, client_of, cy):
    buyers = segment()

    page = client_of(agent).get(f"/segments/{buyers.uuid}/explain/", {"customer": str(cy.uuid)}).content.decode()

    assert "does not belong" in page
    assert "In fact: 0 orders" in page


def test_the_list_shows_sizes_and_how_fresh_they_are(shop, finance, client_of):
    segment(is_computed=True, now=utcnow())
    segment(BUYERS, name="Yesterday's", is_computed=True)
    segment(BUYERS, name="Waiting")
    a_list(name="By hand")

    page = client_of(finance).get("/segments/").content.decode()

    assert all(
        said in page
        for said in ("Up to date", "Not worked out for a while", "Not worked out yet", "changed by hand only")
    )
    assert "New segment" not in page


def test_archiving_refuses_politely_while_in_use(shop, marketer, client_of):
    base = segment()
    segment({"all": [{"field": "segment", "op": "in", "value": [str(base.uuid)]}]}, name="Built on it")

    page = client_of(marketer).post(f"/segments/{base.uuid}/archive/", follow=True).content.decode()

    assert "This segment is used by: Segment “Built on it”" in page


def test_a_list_is_changed_from_its_page(shop, marketer, client_of, ada):
    client, mine = client_of(marketer), a_list()

    client.post(f"/segments/{mine.uuid}/add/", {"customer": str(ada.uuid)})
    assert "Ada Lovelace" in client.get(f"/segments/{mine.uuid}/").content.decode()
    client.post(f"/segments/{mine.uuid}/remove/", {"customer": str(ada.uuid)})

    mine.refresh_from_db()
    assert mine.size == 0
    client.post(f"/segments/{mine.uuid}/add/", {"customer": "nobody"})
    mine.refresh_from_db()
    assert mine.size == 0


def test_who_may_only_look_changes_nothing(shop, agent, finance, client_of, ada):
    buyers, mine = segment(), a_list()
    before = list(Segment.objects.order_by("pk").values()), AuditEntry.objects.count()
    calls = [
        ("/segments/new/", {"name": "x", "rule": RULE}), ("/segments/new-list/", {"name": "x"}), ("/segments/preview/", {"rule": RULE}),
        *((f"/segments/{buyers.uuid}/{verb}/", {"name": "x", "rule": RULE}) for verb in ("edit", "archive", "duplicate", "recompute", "restore", "export")),
        *((f"/segments/{mine.uuid}/{verb}/", {"customer": str(ada.uuid)}) for verb in ("add", "remove")),
    ]  # fmt: skip

    for staff in (agent, finance):
        client = client_of(staff)
        assert {client.post(url, said).status_code for url, said in calls} == {403}

    assert (list(Segment.objects.order_by("pk").values()), AuditEntry.objects.count()) == before


def test_a_stranger_is_asked_to_log_in(shop, stranger_client):
    buyers = segment()

    for url in ("/segments/", "/segments/new/", f"/segments/{buyers.uuid}/", f"/segments/{buyers.uuid}/history/"):
        assert stranger_client.get(url).url.startswith("/accounts/login/")
    assert stranger_client.post(f"/segments/{buyers.uuid}/export/").status_code == 302


def test_an_unknown_segment_is_not_found(company, marketer, client_of):
    assert client_of(marketer).get("/segments/0190b0a0-0000-7000-8000-000000000001/").status_code == 404


def test_the_detail_page_takes_the_same_queries_for_many_members(
    shop, marketer, client_of, django_assert_max_num_queries
):
    buyers = segment(is_computed=True)
    client = client_of(marketer)
    client.get(f"/segments/{buyers.uuid}/")

    with django_assert_max_num_queries(24):
        client.get(f"/segments/{buyers.uuid}/")


def test_countries_are_found_by_the_name_the_reader_gives_them(shop, marketer, client_of):
    marketer.language = "zh-hans"
    marketer.save()
    client = client_of(marketer)
    rule = {"all": [{"field": "customer.country", "op": "is", "value": ["France"]}]}

    found = client.get("/segments/suggest/", {"kind": "customer.country", "q": "法"}).json()
    form = client.get("/segments/new/", {"rule": json.dumps(rule), "name": "France"})
    said = client.post("/segments/preview/", {"rule": json.dumps(rule)}).json()["sentence"]

    assert found == {"options": [{"value": "France", "label": "法国"}]}
    assert form.context["builder"]["names"]["customer.country"] == {"France": "法国"}
    assert "国家/地区为法国" in said
