"""The pages of duplicates and of data quality."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.models import Customer, CustomerMerge
from shuke.cdp.customers.testing import people
from shuke.cdp.quality.actions import measuring, reading, searching
from shuke.cdp.quality.models import Fix, FixState, Suggestion, Verdict
from shuke.cdp.quality.queries.suggestions import settings as chosen
from shuke.kernel.clock import utcnow
from shuke.platform.jobs.models import Job
from shuke.platform.jobs.testing import run_queued

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
QUEUE, QUALITY = "/quality/duplicates/", "/quality/"


def record(at: int, **said) -> PersonRecord:
    usual = {
        "external_id": str(at),
        "name": "张三丰",
        "birthday": date(1990, 2, 15),
        "address": "杭州市西湖区文三路12号",
    }
    return PersonRecord(**(usual | said))


@pytest.fixture
def pair(company):
    one = people(record(1, email="sanfeng@gmial.com"), shop="web")[0]
    two = people(record(2, name="Zhang Sanfeng", phone="13812345678"), shop="tmall")[0]
    searching.search_changed([one.pk, two.pk], now=NOW)
    return Suggestion.objects.get()


def test_the_queue_shows_pairs_with_reasons_masked_as_the_viewer_may_see(pair, client_of, owner, analyst):
    full = client_of(owner).get(QUEUE).content.decode()
    masked = client_of(analyst).get(QUEUE).content.decode()

    assert "张三丰" in full
    assert "s***@gmial.com" in full
    assert "Same birthday" in full
    assert "张三丰" not in masked
    assert "gmial" not in masked
    assert "张*" in masked


def test_a_list_takes_as_many_queries_for_many_as_for_few(pair, client_of, owner):
    client = client_of(owner)
    with CaptureQueriesContext(connection) as few:
        client.get(QUEUE)
    more = people(*(record(at, email=f"z{at}@qq.com") for at in range(10, 16)))
    searching.search_changed([one.pk for one in more], now=NOW)
    with CaptureQueriesContext(connection) as many:
        shown = client.get(QUEUE).content.decode()

    assert shown.count("/quality/duplicates/") > 15
    assert len(many) == len(few)


def test_two_are_compared_and_merged(pair, client_of, marketer):
    client = client_of(marketer)
    page = client.get(f"{QUEUE}{pair.pk}/").content.decode()

    answer = client.post(f"{QUEUE}{pair.pk}/accept/", {"survivor": pair.low_id, "seen_at": NOW.isoformat()})

    assert "Same family name" in page
    assert "One person: merge" in page
    assert answer.status_code == 302
    assert CustomerMerge.objects.get().survivor_id == pair.low_id
    assert "merged" in client.get(f"{QUEUE}{pair.pk}/").content.decode()


def test_the_other_may_stay(pair, client_of, marketer):
    page = client_of(marketer).get(f"{QUEUE}{pair.pk}/?keep={pair.high_id}").content.decode()

    assert f'name="survivor" value="{pair.high_id}"' in page


def test_a_decision_that_comes_too_late_is_said_not_done(pair, client_of, marketer):
    client = client_of(marketer)
    client.post(f"{QUEUE}{pair.pk}/apart/")

    late = client.post(f"{QUEUE}{pair.pk}/accept/", {"survivor": pair.low_id}, follow=True)

    assert "decided about these two already" in late.content.decode()
    assert not CustomerMerge.objects.exists()


@pytest.mark.parametrize("survivor", ["", "x", "999999"])
def test_nonsense_merges_nobody(pair, client_of, marketer, survivor):
    client_of(marketer).post(f"{QUEUE}{pair.pk}/accept/", {"survivor": survivor})

    assert not CustomerMerge.objects.exists()


def test_a_suggestion_that_is_gone_is_not_found(client_of, marketer):
    assert client_of(marketer).get(f"{QUEUE}77/").status_code == 404


def test_different_people_are_listed_and_taken_up_again(pair, client_of, marketer):
    client = client_of(marketer)
    client.post(f"{QUEUE}{pair.pk}/apart/")

    listed = client.get(f"{QUEUE}?show=apart").content.decode()
    client.post(f"{QUEUE}{pair.pk}/reconsider/")

    assert "Zhang Sanfeng" in listed
    assert Suggestion.objects.get().verdict == Verdict.OPEN


def test_many_are_accepted_in_the_background(pair, client_of, owner):
    client = client_of(owner)
    offered = client.get(f"{QUEUE}accept/").content.decode()

    client.post(f"{QUEUE}accept/", {"probability": "0.9"})
    run_queued(now=utcnow() + timedelta(minutes=1))

    assert "90% and more" in offered
    assert CustomerMerge.objects.get().reason == "duplicate"


def test_a_threshold_is_tried_before_it_is_saved(pair, client_of, owner):
    client = client_of(owner)

    tried = client.post(f"{QUEUE}settings/", {"merge_from": "0.9", "try": "1"}).content.decode()
    assert "merge 1 customer into another" in tried
    assert chosen().merge_from is None
    client.post(f"{QUEUE}settings/", {"merge_from": "0.9"})

    assert chosen().merge_from == 0.9
    assert not CustomerMerge.objects.exists()


def test_the_page_of_a_customer_says_whom_they_may_be(pair, client_of, owner):
    page = client_of(owner).get(f"/customers/{Customer.objects.get(pk=pair.low_id).uuid}/").content.decode()

    assert f"{QUEUE}{pair.pk}/" in page


def test_a_search_is_queued_once(company, client_of, owner):
    client = client_of(owner)
    client.post(f"{QUEUE}search/")
    client.post(f"{QUEUE}search/")

    assert Job.objects.filter(name="quality.search").count() == 1


def test_quality_is_shown_by_field_and_shop(pair, client_of, analyst):
    for shop in ("", "web"):
        measuring.measure(shop, today=utcnow().date(), now=NOW)
        measuring.measure(shop, today=utcnow().date() - timedelta(days=1), now=NOW)

    page = client_of(analyst).get(QUALITY).content.decode()

    assert "E-mail address probably misspelt" in page
    assert "Scores over time" in page


def test_an_empty_company_says_what_to_do(company, client_of, owner):
    assert "Not measured yet" in client_of(owner).get(QUALITY).content.decode()
    assert "Not searched yet" in client_of(owner).get(QUEUE).content.decode()


def test_a_flaw_is_listed_fixed_and_undone(pair, client_of, marketer):
    client = client_of(marketer)
    listed = client.get(f"{QUALITY}flaws/email_typo/").content.decode()

    client.post(f"{QUALITY}flaws/email_typo/fix/")
    run_queued(now=utcnow() + timedelta(minutes=1))
    fix = Fix.objects.get()
    shown = client.get(f"{QUALITY}fixes/{fix.uuid}/").content.decode()
    client.post(f"{QUALITY}fixes/{fix.uuid}/undo/")
    run_queued(now=utcnow() + timedelta(minutes=2))

    assert "s***@gmail.com" in listed
    assert "Undo" in shown
    assert Fix.objects.get().state == FixState.UNDONE
    assert client.get(f"{QUALITY}fixes/{fix.uuid}/").status_code == 200


def test_who_may_not_see_contacts_sees_none_among_the_flaws(pair, client_of, analyst):
    page = client_of(analyst).get(f"{QUALITY}flaws/email_typo/").content.decode()

    assert "sanfeng" not in page
    assert "***@gmail.com" in page


def test_an_unknown_flaw_is_not_found(company, client_of, owner):
    assert client_of(owner).get(f"{QUALITY}flaws/nonsense/").status_code == 404
    assert client_of(owner).post(f"{QUALITY}flaws/nonsense/fix/").status_code == 404


def test_nothing_to_fix_is_said(company, client_of, owner):
    answer = client_of(owner).post(f"{QUALITY}flaws/email_typo/fix/", follow=True)

    assert "nothing left to fix" in answer.content.decode()


def test_what_customers_are_called_is_never_live_html(company, client_of, owner):
    one, two = (
        people(record(at, name="<b>Zhang</b> Sanfeng", email=f"a{at}@qq.com"), shop=f"s{at}")[0] for at in (1, 2)
    )
    searching.search_changed([one.pk, two.pk], now=NOW)
    reading.read_some([one.pk], now=NOW)

    pages = [QUEUE, f"{QUEUE}{Suggestion.objects.get().pk}/", f"{QUALITY}flaws/name_untidy/"]

    assert not [url for url in pages if "<b>Zhang" in client_of(owner).get(url).content.decode()]
