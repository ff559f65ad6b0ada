"""The pages of tags."""

import pytest

from shuke.cdp.customers import actions, queries
from shuke.cdp.customers.models import CustomerTag, Tag
from shuke.cdp.customers.pages import tags as pages
from shuke.cdp.customers.testing import customer
from shuke.platform.jobs.testing import run_queued

TAGS = "/customers/tags/"


@pytest.fixture
def vip(actor, now):
    who = [customer().pk, customer().pk]
    actions.tag(who, "VIP", by=actor, now=now)
    return Tag.objects.get()


def test_tags_are_made_listed_and_renamed(vip, client_of, marketer):
    client = client_of(marketer)

    made = client.post(TAGS, {"name": "Wholesale", "color": "red"})
    renamed = client.post(f"{TAGS}{vip.pk}/", {"name": "Very important", "color": "green"})
    taken = client.post(f"{TAGS}{vip.pk}/", {"name": "Wholesale", "color": "green"})
    page = client.get(TAGS).content.decode()

    assert (made.status_code, renamed.status_code, taken.status_code) == (302, 302, 422)
    assert "There is a tag of that name already." in taken.content.decode()
    assert "Very important" in page
    assert f'href="/customers/?tag={vip.pk}">2</a>' in page


def test_a_tag_is_merged_into_another(vip, client_of, marketer, actor, now):
    other = actions.create_tag("Gold", "yellow", by=actor, now=now)

    client_of(marketer).post(f"{TAGS}{vip.pk}/delete/", {"into": other.pk})

    assert queries.tag_counts() == {other.pk: 2}
    assert list(Tag.objects.all()) == [other]


def test_a_tag_is_deleted(vip, client_of, marketer):
    client_of(marketer).post(f"{TAGS}{vip.pk}/delete/")

    assert not Tag.objects.exists()


@pytest.mark.parametrize("merges", [False, True])
def test_a_tag_on_many_is_removed_in_the_background(vip, client_of, marketer, actor, now, monkeypatch, merges):
    monkeypatch.setattr(pages, "AT_ONCE", 1)
    other = actions.create_tag("Gold", "yellow", by=actor, now=now)

    response = client_of(marketer).post(f"{TAGS}{vip.pk}/delete/", {"into": other.pk} if merges else {})

    assert response.url.startswith("/jobs/")
    assert Tag.objects.count() == 2
    run_queued()
    assert list(Tag.objects.all()) == [other]
    assert CustomerTag.objects.count() == (2 if merges else 0)


def test_whoever_may_not_edit_is_refused_and_nothing_changes(vip, client_of, analyst, stranger_client):
    client = client_of(analyst)

    assert client.get(TAGS).status_code == 403
    assert client.post(f"{TAGS}{vip.pk}/", {"name": "x", "color": "red"}).status_code == 403
    assert client.post(f"{TAGS}{vip.pk}/delete/").status_code == 403
    assert stranger_client.post(f"{TAGS}{vip.pk}/delete/").status_code == 302
    assert Tag.objects.get().name == "VIP"


def test_an_unknown_tag_is_not_found(company, client_of, marketer):
    assert client_of(marketer).get(f"{TAGS}99/").status_code == 404
