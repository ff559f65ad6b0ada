"""The list of a day: who comes on it, who is held out, what is noted, what it earned, and what others do with it."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import translation

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import suppressing
from shuke.cdp.customers.models import Customer, Suppression
from shuke.cdp.customers.queries.consents import permissions_of
from shuke.cdp.customers.queries.permitted import reasons_against
from shuke.cdp.events.actions import Provenance
from shuke.cdp.events.models import Event
from shuke.cdp.orders.testing import line, order, recorded, refund
from shuke.crm.team import queries
from shuke.crm.team.actions import configuring, planning, recording, settling
from shuke.crm.team.errors import BadOutcome, BadScript, NotToBeCalled, UnknownEntry
from shuke.crm.team.extensions import CallsPersonalData, WorkMerging
from shuke.crm.team.models import Arm, Crossing, Entry, Responsible
from shuke.crm.team.queries import calling, results, today
from shuke.crm.team.rules import TeamSettings
from shuke.crm.team.tests.conftest import NOW, SIZE, TODAY, ids, may_call, number_of, predict
from shuke.insight.value.models import Standing
from shuke.kernel.ids import uuid7
from shuke.platform.audit.models import AuditEntry
from shuke.platform.manifest import Join
from shuke.platform.notices.models import Notice

BY = Provenance("staff", "system:test", NOW)


def called():
    return Entry.objects.filter(arm=Arm.CALL)


def place(pk):
    return int(Customer.objects.get(pk=pk).name.split()[1])


# -- who comes on it


@pytest.mark.engine
def test_a_list_is_made_once_shared_out_and_told(risky, agent, marketer, owner, actor, django_assert_max_num_queries):
    configuring.set_capacities({agent.pk: 6, marketer.pk: 3}, by=actor, now=NOW)

    with django_assert_max_num_queries(60):
        planned = planning.plan(now=NOW)

    assert planned.calls == called().count() == 9
    assert Counter(called().values_list("staff_id", flat=True)) == {agent.pk: 6, marketer.pk: 3}
    assert Entry.objects.filter(arm=Arm.HELD).count() == planned.held
    assert planning.plan(now=NOW) is None
    assert not planning.is_due(now=NOW)
    assert Notice.objects.filter(kind="team.list").count() == 2


def test_it_is_time_when_the_hour_of_the_company_has_come(risky, actor):
    configuring.configure(TeamSettings(hour=13), by=actor, now=NOW)
    assert not planning.is_due(now=NOW)
    assert planning.is_due(now=NOW + timedelta(hours=1))
    assert not planning.is_due(now=NOW + timedelta(days=9))  # the data ended long ago


def test_whoever_looks_after_a_customer_gets_them(risky, agent, marketer, actor):
    everybody = list(ids().values())
    configuring.assign(everybody, marketer.pk, by=actor, now=NOW)
    configuring.set_capacities({agent.pk: 20, marketer.pk: 2}, by=actor, now=NOW)

    planning.plan(now=NOW)

    assert called().filter(staff=marketer).count() == 2
    assert called().count() > 2


def test_nobody_is_listed_again_before_the_days_of_rest_in_either_arm(risky, agent, actor):
    configuring.configure(TeamSettings(holdout=0.4), by=actor, now=NOW)
    seen = set()
    for day in range(6):
        planning.plan(now=NOW + timedelta(days=day))
        fresh = set(Entry.objects.filter(day=TODAY + timedelta(days=day)).values_list("customer_id", flat=True))
        assert not fresh & seen
        seen |= fresh
    assert seen
    planning.plan(now=NOW + timedelta(days=30))
    assert set(Entry.objects.filter(day=TODAY + timedelta(days=30)).values_list("customer_id", flat=True)) <= seen
    assert not called().filter(day=TODAY, state="open").exists()
    assert called().filter(day=TODAY, state="missed").exists()


def test_chance_holds_a_share_out_before_anybody_sees_the_list(risky, agent, actor, client_of):
    configuring.configure(TeamSettings(holdout=0.5), by=actor, now=NOW)
    planning.plan(now=NOW)

    held = Entry.objects.filter(arm=Arm.HELD)
    assert 3 <= held.count() <= called().count() * 3
    assert set(held.values_list("staff_id", "state")) == {(None, "done")}
    page = client_of(agent).get("/care/").content.decode()
    assert all(str(one.uuid) not in page for one in held)


# -- who may be called


def test_permission_for_many_is_what_it_is_for_each(sold, actor):
    everybody = list(ids().values())
    some = iter(range(SIZE))
    for purpose, action in (
        ("service", "withdrawn"),
        ("marketing", "granted"),
        ("marketing", "objected"),
        ("service", "expired"),
    ):
        may_call(
            *(number_of(next(some)) for _ in range(4)), purpose=purpose, action=action, now=NOW + timedelta(hours=1)
        )
    for scope in ("all", "marketing"):
        suppressing.suppress("call", number_of(next(some)), scope=scope, reason="staff", by=BY)
    suppressing.suppress(
        "call", number_of(next(some)), scope="all", reason="invalid", by=BY, expires_at=NOW + timedelta(hours=3)
    )
    Customer.objects.filter(pk=everybody[next(some)]).update(restricted_at=NOW)
    for now in (NOW + timedelta(hours=2), NOW + timedelta(days=1)):
        ours = reasons_against(everybody, channel="call", purposes=("service", "marketing"), now=now)
        each = {
            pk: {
                (one.contact_id, one.known.purpose): one.reasons
                for one in permissions_of(pk, now=now)
                if one.known.channel == "call"
            }
            for pk in everybody
        }
        flat = {
            pk: {(c, p): why for c, said in theirs.items() for p, why in said.items()} for pk, theirs in ours.items()
        }
        assert flat == each
    assert len({why for theirs in flat.values() for why in theirs.values()}) >= 7


def test_what_is_not_known_or_was_refused_keeps_from_calling(sold):
    a, b, c, d = (ids()[f"Person {n}"] for n in range(4))
    may_call(number_of(1), purpose="marketing", action="refused")
    suppressing.suppress("call", number_of(2), scope="all", reason="objection", by=BY)
    stranger = customers_without_consent()

    found = calling.callable_contacts(
        {a: ["churn"], b: ["churn"], c: ["refunds"], d: ["refunds"], stranger: ["welcome"]}, now=NOW
    )

    assert [bool(found[pk]) for pk in (a, b, c, d, stranger)] == [True, False, False, True, False]
    assert calling.callable_contacts({b: ["churn", "refunds"]}, now=NOW)[b]


def customers_without_consent():
    from shuke.cdp.customers.testing import customer

    return customer(external_id="new", phone="+442079460960").pk


def test_selling_reasons_are_struck_for_who_refused_marketing_calls(risky, agent):
    for n in range(SIZE):
        may_call(number_of(n), purpose="marketing", action="refused")

    planning.plan(now=NOW)

    assert {code for one in Entry.objects.all() for code, _ in one.reasons} <= {"refunds", "welcome"}
    assert Entry.objects.exists()


def test_who_withdraws_after_the_list_was_made_is_shown_without_a_number(risky, agent, client_of):
    planning.plan(now=NOW)
    one = called().filter(staff=agent).first()
    with transaction.atomic():
        suppressing.suppress("call", number_of(place(one.customer_id)), scope="all", reason="objection", by=BY)

    (card,) = today.cards([one], viewer=agent, company_name="W", company_language="en", now=NOW)

    assert not card.may_be_called
    assert card.phones == []


# -- pages


def the_list(risky, staff, now=NOW):
    planning.plan(now=now)
    return list(called().filter(staff=staff))


@pytest.fixture
def on_the_day(monkeypatch):
    """Pages see the day of the list."""
    monkeypatch.setattr("shuke.platform.http.middleware.utcnow", lambda: NOW)


def test_an_agent_sees_their_own_list_masked_with_reasons_and_script(
    risky, agent, marketer, actor, client_of, on_the_day, django_assert_max_num_queries
):
    configuring.set_capacities({agent.pk: 8, marketer.pk: 3}, by=actor, now=NOW)
    mine = the_list(risky, agent)
    browser = client_of(agent)
    browser.get("/care/")

    with django_assert_max_num_queries(28):
        page = browser.get("/care/").content.decode()

    assert len(mine) == 8
    assert page.count('<article class="call') == 8
    assert "+44207946****" not in page
    assert "+44" in page
    assert number_of(place(mine[0].customer_id)) not in page
    assert "Churn risk " not in page  # agents may not see predictions
    assert "this is Agent of Willow" in page
    assert browser.get(f"/care/?who={marketer.pk}").content.decode().count('<article class="call') == 8
    assert client_of(marketer).get("/care/?who=all").content.decode().count('<article class="call') == 11


def test_a_list_of_many_asks_no_more_than_of_few(risky, agent, client_of, on_the_day):
    the_list(risky, agent)
    browser = client_of(agent)
    browser.get("/care/")
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for keep in (None, 2):
        if keep:
            Entry.objects.exclude(pk__in=list(called().values_list("pk", flat=True)[:keep])).delete()
        with CaptureQueriesContext(connection) as seen:
            browser.get("/care/")
        counts.append([one["sql"][:90] for one in seen])
    assert counts[0] == counts[1]


def test_settings_and_scripts_are_changed_on_pages(risky, marketer, agent, client_of):
    browser = client_of(marketer)

    answer = browser.post("/care/settings/", {
        "risk_line": 65, "alerts": "on", "alert_tiers": ["top"], "alert_min": "12.50", "hour": 8, "rest_days": 14,
        "holdout": 10, "reasons": ["churn", "birthday"], f"calls-{agent.pk}": "7", "calls-999999": "3",
    })  # fmt: skip

    assert answer.status_code == 302
    now = queries.settings()
    assert (now.risk_line, now.alert_min_minor, now.holdout, now.reasons) == (0.65, 1250, 0.1, ["churn", "birthday"])
    assert queries.capacities()[agent.pk] == 7
    assert (
        browser.post("/care/settings/", {"risk_line": 5, "hour": 30, "rest_days": 0, "holdout": 90}).status_code == 422
    )
    browser.post("/care/scripts/", {"reason": "birthday", "language": "en", "text": "Dear {name}, {nonsense}"})
    assert "nonsense" not in queries.scripts()["birthday", "en"]
    browser.post("/care/scripts/", {"reason": "birthday", "language": "en", "text": "Dear {name}!"})
    assert queries.scripts()["birthday", "en"] == "Dear {name}!"
    browser.post("/care/scripts/", {"reason": "birthday", "language": "en", "usual": "1"})
    assert "happy birthday" in queries.scripts()["birthday", "en"]


def test_a_script_of_nothing_or_unknown_places_is_refused(company, actor):
    for text in ("", "  ", "Hello {first_name}"):
        with pytest.raises(BadScript):
            configuring.write_script("churn", "en", text, by=actor, now=NOW)


# -- what came of it


def note(entry, staff, outcome="reached", text="", again=None, now=NOW):
    return recording.note(
        entry.uuid, outcome=outcome, note=text, follow_up_on=again, staff=staff, today=now.date(), now=now
    )


def test_an_outcome_is_kept_told_to_the_log_and_audited_without_its_words(risky, agent, owner, client_of, on_the_day):
    mine = the_list(risky, agent)[0]
    person = Customer.objects.get(pk=mine.customer_id)
    tomorrow = (TODAY + timedelta(days=1)).isoformat()

    client_of(agent).post(
        f"/care/calls/{mine.uuid}/", {"outcome": "promised", "note": "Wants the blue one", "follow_up_on": tomorrow}
    )

    mine.refresh_from_db()
    assert (mine.outcome, mine.note, mine.state, mine.called_by) == (
        "promised",
        "Wants the blue one",
        "done",
        f"staff:{agent.pk}",
    )
    event = Event.objects.get(name="customer.called")
    assert event.properties == {"entry_id": mine.pk, "reason": mine.reason, "outcome": "promised"}
    assert event.customer_id == person.pk
    assert "blue" not in str(AuditEntry.objects.get(verb="team.call_noted").summary)
    page = client_of(owner).get(f"/customers/{person.uuid}/").content.decode()
    assert "Wants the blue one" in page
    assert "Called: " in page


def test_nobody_notes_on_the_list_of_another_or_for_who_is_held_out(risky, agent, marketer, analyst, actor):
    configuring.configure(TeamSettings(holdout=0.4), by=actor, now=NOW)
    mine = the_list(risky, agent)[0]
    held = Entry.objects.filter(arm=Arm.HELD).first()
    other = type(agent).objects.create_user("b@willow.example", name="B", role="agent", created_at=NOW)

    with pytest.raises(UnknownEntry):
        note(mine, other)
    with pytest.raises(NotToBeCalled):
        note(held, marketer)
    note(mine, marketer)
    with pytest.raises(NotToBeCalled):
        note(mine, agent, now=NOW + timedelta(days=8))


@pytest.mark.parametrize(
    ("outcome", "text", "again"),
    [("nonsense", "", None), ("call_back", "", None), ("reached", "x" * 2_001, None), ("reached", "", TODAY)],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(risky, agent, outcome, text, again):
    mine = the_list(risky, agent)[0]

    with pytest.raises(BadOutcome):
        note(mine, agent, outcome, text, again)

    mine.refresh_from_db()
    assert mine.state == "open"
    assert not Event.objects.filter(name="customer.called").exists()


def test_who_does_not_want_calls_is_never_listed_again(risky, agent):
    mine = the_list(risky, agent)[0]

    note(mine, agent, "do_not_call")

    assert Suppression.objects.filter(channel="call", scope="all", reason="objection").count() == 1
    assert calling.callable_contacts({mine.customer_id: ["refunds"]}, now=NOW) == {mine.customer_id: []}


def test_a_complaint_is_told_to_who_plans_the_work(risky, agent, marketer, owner):
    note(the_list(risky, agent)[0], agent, "complaint")

    assert set(Notice.objects.filter(kind="team.complaint").values_list("staff_id", flat=True)) == {
        marketer.pk,
        owner.pk,
    }


def test_what_was_agreed_comes_on_its_day_though_rest_is_not_over_and_is_never_held_out(risky, agent, actor):
    mine = the_list(risky, agent)[0]
    note(mine, agent, "call_back", "after lunch", TODAY + timedelta(days=2))
    configuring.configure(TeamSettings(holdout=0.5), by=actor, now=NOW)

    planning.plan(now=NOW + timedelta(days=1))
    assert not Entry.objects.filter(day=TODAY + timedelta(days=1), customer_id=mine.customer_id).exists()
    planning.plan(now=NOW + timedelta(days=2))

    again = Entry.objects.get(day=TODAY + timedelta(days=2), customer_id=mine.customer_id)
    assert (again.arm, again.reason) == (Arm.CALL, "follow_up")
    planning.plan(now=NOW + timedelta(days=3))
    assert not Entry.objects.filter(day=TODAY + timedelta(days=3), customer_id=mine.customer_id).exists()


# -- what it earned


@pytest.mark.engine
def test_later_revenue_is_net_of_refunds_within_thirty_days_for_both_arms(risky, agent, actor):
    configuring.configure(TeamSettings(holdout=0.4), by=actor, now=NOW)
    mine = the_list(risky, agent)[0]
    held = Entry.objects.filter(arm=Arm.HELD).first()
    note(mine, agent, now=NOW + timedelta(hours=3))
    for one in (mine, held):
        who = f"p{place(one.customer_id)}"
        recorded(
            risky,
            order(customer=who, at=NOW + timedelta(hours=1), lines=[line("5.00")]),  # before the call
            order(customer=who, at=NOW + timedelta(days=5), lines=[line("40.00")]),
            order(customer=who, at=NOW + timedelta(days=29), lines=[line("7.00")]),
            order(customer=who, at=NOW + timedelta(days=31), lines=[line("99.00")]),
            order(customer=who, at=NOW + timedelta(days=6), lines=[line("60.00")], status="cancelled"),
            refund(customer=who, at=NOW + timedelta(days=8), amount_minor=1_500),
            now=NOW + timedelta(days=32),
        )  # fmt: skip

    settling.settle(now=NOW + timedelta(days=20))
    mine.refresh_from_db()
    assert not mine.is_settled
    settling.settle(now=NOW + timedelta(days=34))

    for one in (mine, held):
        one.refresh_from_db()
    assert (mine.revenue_minor, mine.after_call_minor, mine.is_settled) == (500 + 4_000 + 700 - 1_500, 3_200, True)
    assert (held.revenue_minor, held.after_call_minor) == (3_700, None)
    compared = results.compared()
    assert compared.called.people + compared.held.people == Entry.objects.filter(is_settled=True).count()
    assert compared.earned is None  # not enough yet


def test_settling_takes_few_queries_for_many(risky, agent, django_assert_max_num_queries):
    the_list(risky, agent)
    with django_assert_max_num_queries(9):
        settling.settle(now=NOW + timedelta(days=40))


def test_the_page_says_what_calling_earned_with_an_interval(risky, owner, agent, client_of):
    people = list(ids().values())
    Entry.objects.bulk_create(
        Entry(
            uuid=uuid7(), day=TODAY - timedelta(days=40 + n), customer_id=people[n % 60], arm=arm, reason="churn", reasons=[],
            state="done", listed_at=NOW, revenue_minor=revenue if n % 2 else 0, is_settled=True,
        )
        for arm, revenue in ((Arm.CALL, 3_000), (Arm.HELD, 1_000)) for n in range(0 if arm == Arm.CALL else 60, 60 if arm == Arm.CALL else 120)
    )  # fmt: skip

    page = client_of(owner).get("/care/results/").content.decode()

    assert "Earned by calling" in page
    assert "95% interval" in page
    assert results.compared().earned.each == pytest.approx(1_000)
    assert "Earned by calling" not in client_of(agent).get("/care/results/").content.decode()


def test_before_enough_is_known_the_page_says_so(risky, owner, client_of):
    with translation.override("en"):
        assert "Not enough yet" in client_of(owner).get("/care/results/").content.decode()


# -- merges, erasure


def test_who_looks_after_somebody_goes_on_after_a_merge_and_comes_back(risky, agent, actor):
    survivor, merged = (ids()[f"Person {n}"] for n in (0, 1))
    configuring.assign([merged], agent.pk, by=actor, now=NOW)
    before = sorted(Responsible.objects.values_list("customer_id", "staff_id"))

    kept = customers.merge(survivor, merged, by=actor, now=NOW)
    assert queries.responsible_for([survivor]) == {survivor: agent.pk}
    customers.split(kept.uuid, by=actor, now=NOW)

    assert sorted(Responsible.objects.values_list("customer_id", "staff_id")) == before


def test_several_merged_into_one_are_as_one_after_the_other(sold, agent, marketer, actor):
    a, b, c = (ids()[f"Person {n}"] for n in range(3))
    configuring.assign([b], agent.pk, by=actor, now=NOW)
    configuring.assign([c], marketer.pk, by=actor, now=NOW)

    kept = WorkMerging().merge([Join(a, b), Join(a, c)], now=NOW)

    assert queries.responsible_for([a]) == {a: agent.pk}
    assert (bool(kept[b]), bool(kept[c])) == (True, False)


def test_calls_of_a_merged_person_are_on_the_page_of_the_survivor_who_is_not_listed_again(risky, agent, actor):
    mine = the_list(risky, agent)[0]
    note(mine, agent, text="spoke with them")
    other = next(pk for pk in ids().values() if not Entry.objects.filter(customer_id=pk).exists())
    customers.merge(other, mine.customer_id, by=actor, now=NOW)

    assert [one.note for one in today.history_of(other)] == ["spoke with them"]
    planning.plan(now=NOW + timedelta(days=1))
    assert not Entry.objects.filter(day=TODAY + timedelta(days=1), customer_id=other).exists()


def test_erasing_leaves_figures_and_nothing_about_the_person(risky, agent, actor):
    mine = the_list(risky, agent)[0]
    note(mine, agent, text="Her mother answered")
    pk = mine.customer_id
    configuring.assign([pk], agent.pk, by=actor, now=NOW)
    held = CallsPersonalData().export([pk])
    assert held["calls"][0]["note"] == "Her mother answered"

    done = CallsPersonalData().erase([pk], now=NOW)

    assert done["calls"] == 1
    assert CallsPersonalData().erase([pk], now=NOW) == {"calls": 0, "churn_warnings": 0, "tasks": 0}
    mine.refresh_from_db()
    assert (mine.customer_id, mine.note, mine.reasons, mine.outcome) == (None, "", [], "reached")
    assert not Crossing.objects.filter(customer_id=pk).exists()
    assert not Responsible.objects.filter(customer_id=pk).exists()
    settling.settle(now=NOW + timedelta(days=40))
    assert results.calls().count() == 0


def test_nothing_is_planned_where_nothing_is_known(company, agent):
    from shuke.insight.value.models import Computation

    Computation.objects.all().delete()
    Standing.objects.all().delete()
    predict({})
    assert planning.plan(now=NOW) is None
