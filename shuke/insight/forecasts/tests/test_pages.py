"""What a run finds, and the pages that show it, over one company that has been forecast once."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from python_calamine import CalamineWorkbook

from shuke.insight.forecasts import queries, rules
from shuke.insight.forecasts.actions import running
from shuke.insight.forecasts.models import Anomaly, Plan, Promotion
from shuke.insight.forecasts.queries.evidence import evidence_of
from shuke.insight.forecasts.rules import CATEGORY, COMPANY, SHOP, SeriesKey, Step
from shuke.insight.forecasts.testing import UNTIL
from shuke.insight.forecasts.tests.conftest import SPIKE
from shuke.platform.jobs.models import Job
from shuke.platform.notices.models import Notice
from shuke.platform.staff import api_keys
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff
from shuke.platform.staff.roles import Role

MOST_QUERIES = 20


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_forecast_and_how_good_it_has_been_in_both_languages(client, language):
    Staff.objects.update(language=language)
    words = {"en": ("How good it has been", "Back-test"), "zh-hans": ("预测准确度", "回测")}[language]

    shown = client.get(reverse("forecasts:series"))
    judged = client.get(reverse("forecasts:back_test"), {"measure": "orders", "by": "week"})

    assert shown.status_code == judged.status_code == 200
    assert words[0] in shown.content.decode()
    assert words[1] in judged.content.decode()
    assert len(shown.context["rows"]) == 28
    assert len(judged.context["grid"]) >= 3


def test_any_series_step_and_length_can_be_chosen(client):

    shown = client.get(reverse("forecasts:series"), {"of": "category:Tea", "measure": "gross", "ahead": "14"})
    weeks = client.get(reverse("forecasts:series"), {"of": "shop:1", "measure": "refunds", "by": "week"})
    none = client.get(reverse("forecasts:series"), {"of": "shop:99"})

    assert len(shown.context["rows"]) == 14
    assert weeks.status_code == 200
    assert "There is no such series" in none.content.decode()


def test_pages_take_a_fixed_number_of_queries(client, django_assert_max_num_queries):
    for page in ("series", "back_test"):
        with django_assert_max_num_queries(MOST_QUERIES):
            client.get(reverse(f"forecasts:{page}"))


def test_files_hold_what_happened_and_what_is_expected(client):

    text = client.get(reverse("forecasts:download", args=["csv"]), {"measure": "net"}).content.decode("utf-8-sig")
    book = b"".join(client.get(reverse("forecasts:download", args=["xlsx"]), {"measure": "net"}).streaming_content)

    rows = list(csv.reader(io.StringIO(text)))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert len(rows) == len(sheet) == 1 + 260 + 28
    assert rows[1][0] < rows[-1][0]
    assert rows[-1][2] == ""
    assert float(rows[-1][4]) <= float(rows[-1][3]) <= float(rows[-1][5])
    assert rows[-1][7] == "GBP"


def test_a_run_is_asked_for_once_and_only_by_those_who_may(client, client_of):
    for _ in range(2):
        client.post(reverse("forecasts:run"))
    refused = client_of(Staff.objects.get(role=Role.FINANCE)).post(reverse("forecasts:run"))

    assert refused.status_code == 403
    assert Job.objects.filter(name=running.REFRESH).count() == 1


def test_event_names_are_in_the_readers_language(client):
    with translation.override("en"):
        shown = client.get(reverse("forecasts:series"), {"ahead": "28"})

    assert any(row["event"] for row in shown.context["rows"])


def test_what_is_unusual_is_listed_with_its_evidence_and_explained(client, client_of, django_assert_max_num_queries):
    listed = client.get(reverse("forecasts:unusual"))
    (one,) = [row["one"] for row in listed.context["rows"] if row["one"].first_on <= SPIKE <= row["one"].last_on]
    address = reverse("forecasts:anomaly", args=[one.uuid])
    with django_assert_max_num_queries(MOST_QUERIES):
        shown = client.get(address)
    silent = client.post(reverse("forecasts:handle", args=[one.uuid]), {"state": "explained", "note": " "}, follow=True)
    client.post(reverse("forecasts:handle", args=[one.uuid]), {"state": "explained", "note": "a broken batch"})
    refused = client_of(Staff.objects.get(role=Role.FINANCE)).post(
        reverse("forecasts:handle", args=[one.uuid]), {"state": "open"}
    )

    first = shown.context["grids"][0]["rows"][0]
    assert "Tea" in first[0][1]
    assert "kind=refund" in first[0][2]
    assert sum(row["records"] for row in evidence_of(one).customers) >= 8
    assert "Say in a few words" in silent.content.decode()
    assert refused.status_code == 403
    assert Anomaly.objects.get(pk=one.pk).note == "a broken batch"


def test_unusual_figures_reach_the_inbox_once(world, db):
    found = Anomaly.objects.filter(last_on__gte=SPIKE)
    told = Notice.objects.filter(kind="forecasts.unusual")

    roles = {Role.OWNER, Role.ANALYST, Role.FINANCE}
    assert {notice.staff.role for notice in told} == roles
    assert told.filter(link=reverse("forecasts:anomaly", args=[found.first().uuid])).count() == len(roles)


def test_promotions_are_entered_checked_and_removed(client):
    def enter(**said):
        return client.post(reverse("forecasts:enter_promotion"), {"name": "Spring", "shop": "", **said}, follow=True)

    wrong = enter(first_on="2024-05-03", last_on="2024-05-01")
    long = enter(first_on="2024-01-01", last_on="2024-05-01")
    entered = enter(first_on="2024-05-01", last_on="2024-05-03")
    again = enter(first_on="2024-05-01", last_on="2024-05-03")

    assert "The last day lies before the first." in wrong.content.decode()
    assert "60 days at most" in long.content.decode()
    assert "of a usual day, from 1 past occurrence" in entered.content.decode()
    assert Promotion.objects.count() == 1
    assert again.status_code == 200
    client.post(reverse("forecasts:remove_promotion", args=[Promotion.objects.get().pk]))
    assert not Promotion.objects.exists()


def rates(**more):
    return {
        "tickets_per_100": 10, "minutes_per_ticket": 6, "shift_hours": 8, "busy_percent": 75, "hour_cost": "15.50",
        "reduced_percent": 20, "discount": "3", "recipients": 1000, "messages_each": 2, "per_1000": "5", **more,
    }  # fmt: skip


def test_a_peak_is_planned_kept_and_compared_with_what_happened(client, django_assert_max_num_queries):
    coming = client.get(reverse("forecasts:plans"))
    event = {"event": "double_11", "name": "Double 11", "first_on": "2024-11-01", "last_on": "2024-11-11"}
    proposed = client.get(reverse("forecasts:new_plan"), {"event": "double_11"})
    saved = client.post(reverse("forecasts:new_plan"), {**event, **rates()})
    plan = Plan.objects.get()
    with django_assert_max_num_queries(MOST_QUERIES):
        shown = client.get(reverse("forecasts:plan", args=[plan.uuid]))
    book = b"".join(client.get(reverse("forecasts:download_plan", args=[plan.uuid])).streaming_content)

    assert any(row["name"] == "Double 11" for row in coming.context["coming"])
    assert proposed.context["plan_form"].initial["reduced_percent"] == pytest.approx(20, abs=4)
    assert saved.status_code == 302
    orders = plan.outlook["orders"]
    assert len(orders["days"]) == 11
    # 3 times a usual day was planted, and one year alone is drawn towards 1.
    assert 2.0 < orders["lift"][0] < 3.2
    assert orders["total"][1] < orders["total"][0] < orders["total"][2]
    worked = shown.context["worked"]
    assert worked.messages == 2000
    assert worked.need.tickets >= orders["total"][0] * 0.1
    assert not shown.context["compared"]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book))
    assert len(sheet.get_sheet_by_index(0).to_python()) == 12


def test_a_past_peak_shows_what_happened(client):
    past = {"event": "", "name": "May", "first_on": "2024-05-20", "last_on": "2024-05-22"}
    client.post(reverse("forecasts:new_plan"), {**past, **rates()})

    shown = client.get(reverse("forecasts:plan", args=[Plan.objects.get().uuid]))

    # The made-up shop has run out of new customers by then.
    assert [row[0] for row in shown.context["compared"]] == ["Orders", "Gross sales"]
    assert b"no past occurrence" in shown.content
    client.post(reverse("forecasts:archive_plan", args=[Plan.objects.get().uuid]))
    assert not client.get(reverse("forecasts:plans")).context["plans"]


def test_a_wrong_plan_is_told_beside_its_fields(client):
    wrong = client.post(
        reverse("forecasts:new_plan"),
        {"name": "", "first_on": "2024-05-22", "last_on": "2024-05-20", **rates(shift_hours=0)},
    )

    assert set(wrong.context["plan_form"].errors) == {"name", "last_on", "shift_hours"}
    assert not Plan.objects.exists()


def test_every_series_is_judged_and_carried_on(world, db):
    found = {(one.measure, one.scope, one.scope_key): one for one in queries.forecasts_of(world, Step.DAY)}

    assert world.as_of == UNTIL
    assert {scope for _measure, scope, _key in found} == {COMPANY, SHOP, CATEGORY}
    assert {measure for measure, scope, _key in found if scope == COMPANY} == set(rules.MEASURES)
    orders = found[rules.ORDERS, COMPANY, ""]
    assert orders.is_ready
    assert len(orders.points) == 28
    assert len(orders.findings["rows"]) >= rules.LEAST_JUDGED
    assert queries.first_step(world, Step.DAY) == UNTIL + timedelta(days=1)
    assert all(low <= expected <= high for expected, low, high in orders.points)


def test_a_week_is_about_its_days_together(world, db):
    key = SeriesKey(rules.ORDERS)
    days = queries.forecast_of(world, key, Step.DAY).points
    weeks = queries.forecast_of(world, key, Step.WEEK).points

    assert sum(point[0] for point in days) == pytest.approx(sum(point[0] for point in weeks[:4]), rel=0.15)


def test_programs_read_series_and_forecasts_with_a_key(world, db, now):
    stranger = Client()
    _key, text = api_keys.create(
        "planner", ["forecasts:read"], by=Actor.of(Staff.objects.get(role=Role.OWNER)), now=now
    )
    headers = {"Authorization": f"Bearer {text}"}

    listed = stranger.get("/api/v1/forecasts?step=week", headers=headers).json()
    one = stranger.get("/api/v1/forecasts/one?measure=orders&of=category:Tea", headers=headers).json()

    assert {(row["scope"], row["step"]) for row in listed} == {(COMPANY, "week"), (SHOP, "week"), (CATEGORY, "week")}
    assert len(one["points"]) == 28
    assert one["points"][0]["first_on"] == (UNTIL + timedelta(days=1)).isoformat()
    assert len(one["judged"]) >= 3
    assert stranger.get("/api/v1/forecasts/one?of=shop:99", headers=headers).status_code == 404
    assert stranger.get("/api/v1/forecasts").status_code == 401
