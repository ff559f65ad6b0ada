"""Merging and splitting on pages and over the API."""

import json

import pytest

from shuke.cdp.customers import queries
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.models import Customer, CustomerMerge
from shuke.cdp.customers.queries import identities
from shuke.cdp.customers.testing import people
from shuke.platform.audit.models import AuditEntry
from shuke.platform.staff import api_keys


@pytest.fixture
def pair(company, now):
    return people(
        PersonRecord(external_id="1", email="ada@example.com", name="Ada", city="Bath"),
        PersonRecord(external_id="2", phone="+447700900123", name="Ada Lovelace"),
        now=now,
    )


def test_two_customers_are_found_looked_at_merged_and_split_again(pair, client_of, marketer):
    ada, lovelace = pair
    client = client_of(marketer)
    search = client.get(f"/customers/{ada.uuid}/merge/?q=Lovelace").content.decode()
    assert f"?with={lovelace.uuid}" in search

    preview = client.get(f"/customers/{ada.uuid}/merge/?with={lovelace.uuid}").content.decode()
    assert "ada@example.com" not in preview
    assert "Ada Lovelace" in preview
    assert not Customer.objects.filter(merged_into__isnull=False).exists()

    done = client.post(
        f"/customers/{ada.uuid}/merge/", {"with": lovelace.uuid, "survivor": ada.uuid, "name": "survivor"}
    )
    assert done.url == f"/customers/{ada.uuid}/"
    ada.refresh_from_db()
    assert ada.name == "Ada"
    assert client.get(f"/customers/{lovelace.uuid}/").url == f"/customers/{ada.uuid}/?merged={lovelace.uuid}"
    assert "merged into this one" in client.get(f"/customers/{ada.uuid}/?merged={lovelace.uuid}").content.decode()
    why = client.get(f"/customers/{ada.uuid}/identities/").content.decode()
    assert "came with a merge" in why
    assert "+447700****" not in why
    assert "a***@example.com" in why

    edge = CustomerMerge.objects.get()
    assert "becomes a customer of their own" in client.get(f"/customers/merges/{edge.uuid}/split/").content.decode()
    assert client.post(f"/customers/merges/{edge.uuid}/split/").url == f"/customers/{lovelace.uuid}/identities/"
    assert queries.count() == 2
    assert client.get(f"/customers/{lovelace.uuid}/").status_code == 200


def test_two_chosen_in_the_list_go_to_the_preview_and_others_do_not(pair, client_of, marketer):
    client = client_of(marketer)
    ids = [customer.pk for customer in pair]

    assert client.post("/customers/merge/", {"ids": ids}).url == (
        f"/customers/{pair[0].uuid}/merge/?with={pair[1].uuid}"
    )
    assert client.post("/customers/merge/", {"ids": ids[:1]}).url == "/customers/?"


def test_an_agent_sees_why_and_may_not_merge(pair, client_of, agent, analyst):
    ada, lovelace = pair
    client = client_of(agent)
    page = client.get(f"/customers/{ada.uuid}/identities/").content.decode()
    assert "/merge/" not in page
    assert client.post(f"/customers/{ada.uuid}/merge/", {"with": lovelace.uuid}).status_code == 403
    blind = client_of(analyst).get(f"/customers/{ada.uuid}/identities/").content.decode()
    assert "example.com" not in blind
    assert CustomerMerge.objects.count() == 0


def test_what_recognises_nobody_is_edited_and_audited(company, client_of, owner):
    client = client_of(owner)
    form = client.get("/customers/recognition/").context["form"]
    said = {name: form[name].value() if form[name].value() is not None else "" for name in form.fields}

    saved = client.post(
        "/customers/recognition/",
        said | {"blocked_emails": "Till@shop.example\n", "limit_email": "2", "limit_openid": ""},
    )

    assert saved.status_code == 302
    settings = identities.settings()
    assert settings.blocked_emails == ["till@shop.example"]
    assert (settings.limit_of("email"), settings.limit_of("openid"), settings.limit_of("phone")) == (2, None, 5)
    entry = AuditEntry.objects.get(verb="customers.identities_configured")
    assert entry.summary == {"fields": ["blocked_emails", "limits"]}


def test_the_api_merges_and_splits(pair, client_of, actor, now, owner):
    from django.test import Client

    ada, lovelace = pair
    secret = api_keys.create("shop", ["customers:read", "customers:write"], by=actor, now=now)[1]
    client = Client(headers={"authorization": f"Bearer {secret}"})

    def post(path, **body):
        return client.post(f"/api/v1/customers/{path}", json.dumps(body), content_type="application/json")

    made = post("merge", survivor=str(ada.uuid), merged=str(lovelace.uuid), fields={"name": "survivor"}).json()
    assert made["customer"] == str(ada.uuid)
    assert client.get(f"/api/v1/customers/{lovelace.uuid}").json()["id"] == str(ada.uuid)
    assert post("merge", survivor=str(ada.uuid), merged=str(lovelace.uuid)).status_code == 409

    split = post("split", merge=made["merge"]).json()
    assert (split["customer"], split["survivor"]) == (str(lovelace.uuid), str(ada.uuid))
    assert post("split", merge=made["merge"]).status_code == 409
