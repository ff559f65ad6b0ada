"""Who is over the line, since when, what is at stake, and who hears of it."""

import csv
import io
from datetime import timedelta

from django.test import Client
from django.utils import translation
from python_calamine import CalamineWorkbook

from shuke.cdp.customers.models import Customer
from shuke.crm.team import queries
from shuke.crm.team.actions import alerting, configuring, watching
from shuke.crm.team.models import Crossing
from shuke.crm.team.queries import board
from shuke.crm.team.rules import TeamSettings
from shuke.crm.team.tests.conftest import NOW, TODAY, ids, predict
from shuke.insight.predictions.models import Report, Run, Score
from shuke.insight.segments.models import Segment
from shuke.insight.value.models import Computation, Standing
from shuke.platform.audit.models import AuditEntry
from shuke.platform.jobs.models import Job
from shuke.platform.notices import queries as notices
from shuke.platform.notices.models import Notice
from shuke.platform.staff import api_keys

LATER = NOW + timedelta(days=1)


def a_day_later():
    Computation.objects.update(as_of=TODAY + timedelta(days=1), computed_at=LATER)


def risk(pk, chance):
    Score.objects.filter(pk=pk).update(churn_risk=chance)


def over():
    return {one.customer_id: one for one in Crossing.objects.filter(ended_on=None)}


def test_value_at_risk_is_the_chance_times_what_is_expected(sold):
    one, two, three = sorted(ids().values())[:3]
    predict({one: 0.8, two: 0.69, three: 0.9}, ltv=1_000)
    Score.objects.filter(pk=three).update(ltv_minor=None)
    Standing.objects.filter(pk=three).update(tier_minor=500)

    looked = watching.look(now=NOW)

    found = over()
    assert (looked.over, looked.crossed, set(found)) == (2, 2, {one, three})
    assert (found[one].expected_minor, found[one].at_risk_minor, found[one].from_ltv) == (1_000, 800, True)
    assert (found[three].expected_minor, found[three].at_risk_minor, found[three].from_ltv) == (500, 450, False)


def test_a_crossing_keeps_its_day_and_ends_only_well_below_the_line(sold):
    pk = min(ids().values())
    predict({pk: 0.75})
    watching.look(now=NOW)
    a_day_later()

    risk(pk, 0.66)
    watching.look(now=LATER)
    assert (over()[pk].since, over()[pk].risk) == (TODAY, 0.66)
    risk(pk, 0.64)
    assert watching.look(now=LATER).returned == 1
    assert Crossing.objects.get().ended_on == TODAY + timedelta(days=1)
    risk(pk, 0.66)
    assert watching.look(now=LATER).crossed == 0
    risk(pk, 0.7)
    watching.look(now=LATER)
    assert over()[pk].since == TODAY + timedelta(days=1)
    assert Crossing.objects.count() == 2


def test_without_a_prediction_it_rests_on_recency_and_says_so(sold, client_of, owner):
    run = Run.objects.create(as_of=TODAY, began_at=NOW, finished_at=NOW)
    Report.objects.create(
        run=run, prediction="churn", is_ready=False, refusal={"code": "few_customers", "facts": {"needs": 200, "has": 60}}
    )  # fmt: skip

    watching.look(now=NOW)

    quiet = set(Standing.objects.filter(stage__in=["at_risk", "dormant"]).values_list("pk", flat=True))
    assert quiet
    assert set(over()) == quiet
    assert all(one.risk is None and one.at_risk_minor == one.expected_minor for one in over().values())
    page = client_of(owner).get("/care/watch/").content.decode()
    assert "There is no prediction of churn" in page
    assert "Needs at least 200 customers who have ordered; there are 60." in page


def test_scores_that_come_later_replace_recency(sold):
    watching.look(now=NOW)
    pk = min(ids().values())
    predict({pk: 0.9})

    watching.look(now=NOW)

    assert {pk: "prediction"} == {key: one.basis for key, one in over().items()}


def test_before_any_value_there_is_nothing_to_say(company, client_of, owner):
    Computation.objects.all().delete()
    assert watching.look(now=NOW) is None
    assert "No warnings yet" in client_of(owner).get("/care/watch/").content.decode()


def test_new_values_ask_for_a_look_once(risky):
    Job.objects.all().delete()
    watching.keep_up(now=NOW)
    assert not Job.objects.exists()
    a_day_later()
    watching.keep_up(now=LATER)
    watching.keep_up(now=LATER)
    assert Job.objects.get().name == "team.watch"


# -- alerts


def cross(pks, *, tier="top"):
    """Some people cross the line after the first look."""
    everybody = ids().values()
    predict(dict.fromkeys(everybody, 0.1))
    watching.look(now=NOW)
    a_day_later()
    Standing.objects.filter(pk__in=pks).update(tier=tier)
    Score.objects.filter(pk__in=pks).update(churn_risk=0.9)
    watching.look(now=LATER)


def test_the_first_look_alerts_nobody(risky, owner):
    assert over()
    assert alerting.alert(now=NOW) == 0


def test_nor_does_the_first_look_by_predictions(sold, owner):
    watching.look(now=NOW)
    predict(dict.fromkeys(ids().values(), 0.9))
    watching.look(now=NOW)

    assert len(over()) == len(ids())
    assert alerting.alert(now=NOW) == 0


def test_each_responsible_person_hears_once_a_day_of_their_own(sold, owner, agent, marketer, actor):
    mine, others, rest = sorted(ids().values())[:3]
    configuring.assign([mine], agent.pk, by=actor, now=NOW)
    configuring.assign([others], marketer.pk, by=actor, now=NOW)
    cross([mine, others, rest])

    assert alerting.alert(now=LATER) == 4  # agent, marketer; owner and marketer of the one nobody looks after
    assert alerting.alert(now=LATER) == 0
    with translation.override("en"):
        said = [notices.worded(one) for one in notices.inbox(agent)]
    assert [one.title for one in said] == ["1 valuable customer may be about to leave: £90.00 at stake"]
    assert said[0].lines == ["Their churn risk has risen to 70% or more."]
    assert Notice.objects.filter(staff=marketer).count() == 2


def test_the_most_valuable_are_told_of_at_once_a_few_times_a_day(sold, agent, actor):
    first, *others = sorted(ids().values())[: 3 + alerting.AT_ONCE]
    configuring.assign([first, *others], agent.pk, by=actor, now=NOW)
    cross([first])
    assert alerting.alert(now=LATER) == 1
    heard = []
    for hour, pk in enumerate(others, 1):
        Standing.objects.filter(pk=pk).update(tier="top")
        risk(pk, 0.95)
        watching.look(now=LATER)
        heard.append(alerting.alert(now=LATER + timedelta(minutes=hour)))

    assert heard == [1] * alerting.AT_ONCE + [0] * (len(others) - alerting.AT_ONCE)
    assert alerting.alert(now=LATER + timedelta(days=1)) == 1
    assert Crossing.objects.filter(customer_id__in=others, told_at=None).count() == 0


def test_whoever_crosses_after_todays_message_is_in_tomorrows(sold, agent, actor):
    configuring.configure(TeamSettings(at_once_tiers=[]), by=actor, now=NOW)
    first, second = sorted(ids().values())[:2]
    configuring.assign([first, second], agent.pk, by=actor, now=NOW)
    cross([first])
    alerting.alert(now=LATER)
    Standing.objects.filter(pk=second).update(tier="top")
    risk(second, 0.95)
    watching.look(now=LATER)

    assert alerting.alert(now=LATER + timedelta(hours=2)) == 0
    assert alerting.alert(now=LATER + timedelta(days=1)) == 1
    assert Notice.objects.filter(staff=agent).count() == 2


def test_thresholds_keep_the_rest_quiet(sold, agent, actor):
    pk = min(ids().values())
    configuring.assign([pk], agent.pk, by=actor, now=NOW)
    cross([pk], tier="low")
    assert alerting.alert(now=LATER) == 0
    configuring.configure(TeamSettings(alert_tiers=["low"], alert_min_minor=9_001), by=actor, now=NOW)
    assert alerting.alert(now=LATER) == 0
    configuring.configure(TeamSettings(alert_tiers=["low"], alert_min_minor=9_000), by=actor, now=NOW)
    assert alerting.alert(now=LATER) == 1


# -- the board


def test_the_board_filters_sorts_adds_up_and_asks_little(
    risky, owner, agent, actor, client_of, django_assert_max_num_queries
):
    some = [one.customer_id for one in Crossing.objects.filter(ended_on=None).order_by("-at_risk_minor", "pk")]
    configuring.assign(some[:2], agent.pk, by=actor, now=NOW)
    browser = client_of(owner)
    browser.get("/care/watch/")

    with django_assert_max_num_queries(24):
        page = browser.get("/care/watch/").content.decode()

    assert page.count('name="customer"') == len(some)
    assert "Time since" not in page
    assert "Last order" in page
    mine = board.found(board.read({"who": str(agent.pk)}), me=owner.pk)
    assert set(mine.values_list("customer_id", flat=True)) == set(some[:2])
    nobody = board.found(board.read({"who": "nobody"}), me=owner.pk)
    assert nobody.count() == len(some) - 2
    whole = board.total(board.found(board.read({}), me=owner.pk))
    assert whole.at_risk_minor == sum(one.at_risk_minor for one in over().values())
    for sort in board.SORTS:
        assert browser.get(f"/care/watch/?sort={sort}").status_code == 200
    for query in (
        "tier=top",
        "group=at_risk",
        "shop=1",
        "country=Nowhere",
        "who=mine",
        "tier=x&shop=9999999999999&who=%00",
    ):
        assert browser.get(f"/care/watch/?{query}").status_code == 200


def test_the_board_is_kept_as_a_segment_or_where_no_rule_says_it_as_a_list(risky, owner, agent, actor, client_of):
    pk = next(iter(over()))
    configuring.assign([pk], agent.pk, by=actor, now=NOW)
    browser = client_of(owner)

    browser.post("/care/watch/save/", {"name": "Leaving", "query": "tier=top&country=United+Kingdom&group=at_risk"})
    browser.post("/care/watch/save/", {"name": "Theirs", "query": f"who={agent.pk}"})

    assert {one.name: one.kind for one in Segment.objects.all()} == {"Leaving": "rule", "Theirs": "list"}
    assert "predictions.churn_risk" in str(Segment.objects.get(name="Leaving").rule)


def test_whom_the_company_gives_a_customer_must_be_able_to_call(risky, owner, analyst, agent, client_of):
    pk = next(iter(over()))
    browser = client_of(owner)

    browser.post("/care/watch/assign/", {"customer": [pk, "x"], "who": analyst.pk})
    assert queries.responsible_for([pk]) == {}
    browser.post("/care/watch/assign/", {"customer": pk, "who": agent.pk, "query": "tier=top"})
    assert queries.responsible_for([pk]) == {pk: agent.pk}
    browser.post("/care/watch/assign/", {"customer": pk, "who": ""})
    assert queries.responsible_for([pk]) == {}


# -- taking it out


def test_the_board_comes_out_as_a_file_and_that_is_noted(risky, owner, analyst, client_of):
    some = board.found(board.read({"tier": "top"}), me=owner.pk).order_by("-at_risk_minor", "pk")
    said = {"query": "tier=top", "format": "csv"}

    answer = client_of(owner).post("/care/watch/export/", said)
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))

    assert [row[1] for row in rows[1:]] == [str(one.customer.uuid) for one in some]
    money = [f"{minor / 100:.2f}" for minor in (some[0].at_risk_minor, some[0].expected_minor)]
    assert rows[1][5:8] == [*money, "GBP"]
    assert all(row[9] for row in rows[1:])
    noted = AuditEntry.objects.get(verb="team.warnings_exported")
    assert noted.summary == {"members": len(rows) - 1, "format": "csv", "contacts": True}
    book = client_of(owner).post("/care/watch/export/", {**said, "format": "xlsx"}).content
    assert CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).height == len(rows)
    assert client_of(analyst).post("/care/watch/export/", said).status_code == 403


def test_programs_read_the_warnings(risky, agent, actor, now, django_assert_max_num_queries):
    pk = next(iter(over()))
    configuring.assign([pk], agent.pk, by=actor, now=NOW)
    _key, text = api_keys.create("programs", ["predictions:read"], by=actor, now=now)
    program = Client(headers={"Authorization": f"Bearer {text}"})

    with django_assert_max_num_queries(12):
        first = program.get("/api/v1/warnings?limit=7").json()

    assert len(first["items"]) == 7
    following = program.get(f"/api/v1/warnings?limit=500&cursor={first['next']}").json()
    assert len(first["items"]) + len(following["items"]) == len(over())
    theirs = next(one for one in [*first["items"], *following["items"]] if one["responsible"])
    assert theirs["responsible"] == agent.email
    assert theirs["customer"] == str(Customer.objects.get(pk=pk).uuid)
    assert theirs["churn_risk"] >= 0.7
    assert "recency" in theirs["reasons"]
    assert program.get("/api/v1/warnings?tier=nonsense").json()["items"] == []
