"""The pages of forecasts, over one company that has been forecast once."""

import csv
import io

import pytest
from django.urls import reverse
from django.utils import translation
from python_calamine import CalamineWorkbook

from shuke.insight.forecasts.actions import running
from shuke.platform.jobs.models import Job
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
