"""Duplicates in the database: found as customers come in, decided by people, never suggested again."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.dedupe import judging
from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.models import Customer, CustomerMerge
from shuke.cdp.customers.testing import people
from shuke.cdp.events.models import Event
from shuke.cdp.quality import actions, errors, handlers
from shuke.cdp.quality.actions import deciding, following, searching
from shuke.cdp.quality.extensions import QualityPersonalData
from shuke.cdp.quality.models import Flag, MatchKey, MatchModel, StaleCustomer, Suggestion, Verdict
from shuke.cdp.quality.queries import blocking
from shuke.cdp.quality.queries.suggestions import QualitySettings, settings
from shuke.kernel.clock import utcnow
from shuke.platform.audit.models import AuditEntry
from shuke.platform.jobs.models import Job
from shuke.platform.jobs.testing import run_queued

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
BORN = date(1990, 2, 15)
ADDRESS = "杭州市西湖区文三路12号3栋401"


def zhang(external_id: str, **said) -> PersonRecord:
    return PersonRecord(**({"external_id": external_id, "name": "张三丰", "birthday": BORN, "address": ADDRESS} | said))


@pytest.fixture
def alike(company):
    """Two records of one person from two shops, and somebody else."""
    first = people(zhang("1", email="sanfeng@qq.com"), shop="web")[0]
    second = people(zhang("a", name="Zhang Sanfeng", phone="13812345678"), shop="tmall")[0]
    people(PersonRecord(external_id="2", name="李四", phone="13987654321"))
    return first, second


def look(*some: Customer, now=NOW) -> list[Suggestion]:
    searching.search_changed([one.pk for one in some], now=now)
    return list(Suggestion.objects.filter(verdict=Verdict.OPEN))


def test_a_person_of_two_shops_is_suggested_with_reasons(alike):
    (found,) = look(*alike)

    assert (found.low_id, found.high_id) == tuple(sorted(one.pk for one in alike))
    assert found.probability > 0.9
    assert found.conflicts == []


def test_looking_again_changes_nothing(alike):
    before = [(row.pk, row.probability) for row in look(*alike)]

    assert [(row.pk, row.probability) for row in look(*alike, now=LATER)] == before


def test_a_suggestion_goes_when_the_reason_goes(alike, actor):
    (found,) = look(*alike)
    customers.edit(found.high_id, {"name": "Wang Lei", "birthday": date(1951, 7, 3)}, by=actor, now=LATER)

    assert look(Customer.objects.get(pk=found.high_id), now=LATER) == []


def test_new_customers_are_found_by_their_events(alike, settings):
    handlers.note(list(Event.objects.all()))
    ran = run_queued(now=utcnow() + timedelta(minutes=1))

    assert [job.name for job in ran] == ["quality.catch_up"]
    assert Suggestion.objects.count() == 1
    assert not StaleCustomer.objects.exists()


def test_two_accounts_of_one_shop_are_a_contradiction(company):
    pair = people(zhang("1", phone="13812345678"), zhang("2", email="z@qq.com"), shop="web")

    (found,) = look(*pair)

    assert found.conflicts == ["accounts"]
    assert found.has_conflict


def test_accepting_merges_and_says_so(alike, actor):
    (found,) = look(*alike)

    made = actions.accept(found.pk, survivor_id=alike[0].pk, by=actor, now=LATER, seen_at=LATER)

    found.refresh_from_db()
    assert (made.survivor_id, made.merged_id, made.reason) == (alike[0].pk, alike[1].pk, "duplicate")
    assert (found.verdict, found.merge_uuid, found.decided_by) == (Verdict.MERGED, made.uuid, actor.reference)
    assert not MatchKey.objects.filter(customer_id=alike[1].pk).exists()


def test_nobody_decides_twice(alike, actor):
    (found,) = look(*alike)
    actions.accept(found.pk, survivor_id=alike[0].pk, by=actor, now=LATER)

    with pytest.raises(errors.SuggestionStale):
        actions.accept(found.pk, survivor_id=alike[0].pk, by=actor, now=LATER)
    with pytest.raises(errors.SuggestionStale):
        actions.tell_apart(found.pk, by=actor, now=LATER)


def test_what_changed_since_somebody_looked_is_not_merged(alike, actor):
    (found,) = look(*alike)
    customers.edit(found.high_id, {"name": "Wang Lei", "birthday": date(1951, 7, 3)}, by=actor, now=LATER)

    with pytest.raises(errors.SuggestionStale):
        actions.accept(found.pk, survivor_id=found.low_id, by=actor, now=LATER, seen_at=NOW)

    assert not CustomerMerge.objects.exists()


def test_never_again_means_never_again(alike, actor):
    (found,) = look(*alike)

    actions.tell_apart(found.pk, by=actor, now=LATER)

    assert look(*alike, now=LATER) == []
    assert AuditEntry.objects.filter(verb="quality.told_apart").count() == 1
    actions.reconsider(found.pk, by=actor, now=LATER)
    assert len(look(*alike, now=LATER)) == 1


def test_a_split_is_remembered_as_different_people(alike, actor):
    (found,) = look(*alike)
    made = actions.accept(found.pk, survivor_id=alike[0].pk, by=actor, now=LATER)

    customers.split(made.uuid, by=actor, now=LATER)

    assert look(*alike, now=LATER + timedelta(hours=1)) == []
    assert Suggestion.objects.get().verdict == Verdict.APART


def test_whoever_was_told_apart_from_the_merged_stays_apart_from_the_survivor(company, actor):
    one, two, three = (people(zhang(str(at), email=f"z{at}@qq.com"), shop=f"s{at}")[0] for at in range(3))
    look(one, two, three)
    apart = Suggestion.objects.get(low_id=two.pk, high_id=three.pk)
    actions.tell_apart(apart.pk, by=actor, now=LATER)
    Suggestion.objects.filter(low_id=one.pk, high_id=three.pk).delete()

    joined = Suggestion.objects.get(low_id=one.pk, high_id=two.pk)
    made = actions.accept(joined.pk, survivor_id=one.pk, by=actor, now=LATER)

    assert look(one, three, now=LATER) == []
    customers.split(made.uuid, by=actor, now=LATER)
    assert {(row.low_id, row.high_id) for row in look(one, three, now=LATER)} == {(one.pk, three.pk)}


def test_many_are_accepted_in_one_go_without_contradictions(company, actor):
    first = [people(zhang(str(at), email=f"z{at}@qq.com"), shop=f"s{at}")[0] for at in range(3)]
    same_shop = people(
        PersonRecord(external_id="x", name="欧阳娜娜", birthday=BORN, address="北京市朝阳区建国路88号"),
        PersonRecord(external_id="y", name="欧阳娜娜", birthday=BORN, address="北京市朝阳区建国路88号"),
    )
    look(*first, *same_shop)

    assert deciding.count_above(0.9) == (2, 1)
    *_, (_done, _of, outcome) = deciding.accept_above(0.9, reason="duplicate", by=actor, clock=lambda: LATER)

    assert (outcome.merged, outcome.refused) == (2, 0)
    assert {row.merged_into_id for row in Customer.objects.filter(pk__in=[one.pk for one in first[1:]])} == {
        first[0].pk
    }
    assert Suggestion.objects.get(verdict=Verdict.OPEN).conflicts == ["accounts"]


def test_nothing_is_merged_by_itself_unless_the_company_says_so(alike, actor):
    MatchModel.objects.create(learned_at=NOW, customers=3, pairs=3, rates=searching.queries.starting_model(3).plain())
    handlers.note(list(Event.objects.all()))
    run_queued(now=utcnow() + timedelta(minutes=1))
    assert not CustomerMerge.objects.exists()
    assert settings().merge_from is None

    actions.configure(QualitySettings(merge_from=0.9), by=actor, now=NOW)
    handlers.note(list(Event.objects.all()))
    run_queued(now=utcnow() + timedelta(minutes=2))

    assert CustomerMerge.objects.get().reason == "automatic"
    assert Suggestion.objects.get(verdict=Verdict.MERGED).was_automatic


def test_a_full_search_learns_and_finds_what_a_search_one_by_one_finds(company, actor):
    invented, truth = judging.of_crowd(400)
    ids = [0] * len(invented)
    for shop in range(20):
        rows = range(shop, len(invented), 20)
        found = people(*(_record(at, invented[at]) for at in rows), shop=f"shop{shop}")
        for at, customer in zip(rows, found, strict=True):
            ids[at] = customer.pk
    last = 0
    while last := searching.read_everybody(after=last, now=NOW):
        pass
    made = searching.search_everybody(now=NOW)
    found = {(row.low_id, row.high_id): row.probability for row in Suggestion.objects.filter(verdict=Verdict.OPEN)}

    searching.search_changed(ids[:100], now=LATER)
    again = {(row.low_id, row.high_id): row.probability for row in Suggestion.objects.filter(verdict=Verdict.OPEN)}

    number = {pk: at for at, pk in enumerate(ids)}
    right = [pair for pair, p in found.items() if p >= 0.9 and truth[number[pair[0]]] == truth[number[pair[1]]]]
    sure = [pair for pair, p in found.items() if p >= 0.9]
    assert made.suggested == len(found)
    assert len(right) > 0.9 * len(sure) > 20
    missing = {pair for pair, p in found.items() if p >= 0.9} - again.keys()
    assert not missing


def _record(at: int, person) -> PersonRecord:
    place = person.addresses[0] if person.addresses else None
    return PersonRecord(
        external_id=str(at), name=person.name, birthday=_day(person.birthday), email=next(iter(person.emails), ""),
        phone="", address=place.text if place else "", city=place.city if place else "",
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def test_a_search_takes_as_many_queries_for_many_as_for_few(company):
    some = people(*(zhang(str(at), email=f"q{at}@qq.com") for at in range(4)))
    look(*some)
    with CaptureQueriesContext(connection) as few:
        searching.search_changed([one.pk for one in some[:2]], now=LATER)
    with CaptureQueriesContext(connection) as many:
        searching.search_changed([one.pk for one in some], now=LATER)

    assert len(many) <= len(few) + 1


def test_an_erased_customer_leaves_no_key_no_flaw_and_no_suggestion(alike):
    look(*alike)

    counted = QualityPersonalData().erase([alike[0].pk], now=LATER)

    assert counted["suggestions"] == 1
    assert counted["match_keys"] > 0
    assert not MatchKey.objects.filter(customer_id=alike[0].pk).exists()
    assert not Flag.objects.filter(customer_id=alike[0].pk).exists()
    assert following.erase([alike[0].pk]) == {}


def test_keys_hold_nothing_that_could_be_tried_out(alike):
    look(*alike)
    from shuke.cdp.quality.engine import keys

    stored = set(MatchKey.objects.values_list("key", flat=True))

    assert keys.hashed(3, "2345678") not in stored
    assert blocking.candidates_of([alike[0].pk], {})


def test_merged_customers_are_not_read(alike, actor):
    (found,) = look(*alike)
    actions.accept(found.pk, survivor_id=alike[0].pk, by=actor, now=LATER)

    assert look(*alike, now=LATER) == []
    assert Customer.objects.get(pk=alike[1].pk).merged_into_id == alike[0].pk
    assert not Job.objects.filter(state="failed").exists()
