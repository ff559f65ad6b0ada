"""Pages, panel and API, over what a run found and over what it refused."""

import pytest
from django.urls import reverse
from django.utils import translation

from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.testing import people
from shuke.insight.predictions import extensions, queries, rules
from shuke.insight.predictions.actions import running
from shuke.insight.predictions.pages.worthlike import why_off
from shuke.insight.predictions.queries import wording
from shuke.insight.predictions.testing import seeded, shop
from shuke.platform.jobs.models import Job
from shuke.platform.staff import api_keys
from shuke.platform.staff.models import Staff


@pytest.fixture
def trained(sold, now):
    return running.train(now=now)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_sheet_shows_its_back_test(trained, client, analyst, language):
    client.force_login(analyst)
    Staff.objects.update(language=language)
    with translation.override(language):
        words = {"en": "Back-test", "zh-hans": "回测"}[language]
        for kind, report in queries.reports(trained).items():
            shown = client.get(reverse("predictions:sheet", args=[kind])).content.decode()
            if report.is_ready:
                assert words in shown
                assert len(report.findings["rows"]) >= rules.LEAST_CUTOFFS
                assert "nan" not in shown.lower().split()
            else:
                assert wording.refusal(report.refusal) in shown


def test_the_overview_adds_up(trained, client, analyst):
    client.force_login(analyst)

    shown = client.get(reverse("predictions:overview"))

    totals = shown.context["totals"]
    assert totals["customers"] == trained.scored
    assert sum(queries.spread("churn_risk", (0.5,))) == queries.scores().filter(churn_risk__isnull=False).count()
    assert queries.spread("churn_risk", (0.7,))[1] == totals["at_risk"]


def test_a_sheet_takes_a_fixed_number_of_queries(trained, client, analyst, django_assert_max_num_queries):
    client.force_login(analyst)

    with django_assert_max_num_queries(24):
        client.get(reverse("predictions:sheet", args=["churn"]))


def test_refusals_are_shown_in_words(warehouse, company, now, client, analyst):
    seeded({name: rows[:3] for name, rows in shop(3, 100).items()})
    running.train(now=now)
    client.force_login(analyst)

    shown = client.get(reverse("predictions:sheet", args=["ltv"])).content.decode()

    assert "Needs at least 200 customers" in shown


def test_unknown_predictions_are_not_found(company, client, analyst):
    client.force_login(analyst)

    assert client.get(reverse("predictions:sheet", args=["weather"])).status_code == 404


def test_training_is_asked_for_once(company, client, analyst):
    client.force_login(analyst)

    for _ in range(2):
        client.post(reverse("predictions:train"), {"prediction": "churn"})

    assert Job.objects.filter(name=running.TRAIN).count() == 1


def test_finance_sees_but_does_not_train(company, client, finance):
    client.force_login(finance)

    assert client.get(reverse("predictions:overview")).status_code == 200
    assert client.post(reverse("predictions:train")).status_code == 403
    assert not Job.objects.exists()


def test_the_panel_gives_reasons_that_hold(trained, company, analyst, now):
    score = queries.scores().filter(churn_risk__isnull=False).exclude(churn_reasons="").first()

    shown = extensions.panel(score.customer_id, analyst, now)

    assert shown["score"] == score
    assert len(shown["reasons"]) == len(score.churn_reasons.split())
    assert extensions.panel(10**9, analyst, now) is None


def test_the_api_lists_scores_and_reports(trained, client, actor, now):
    (customer,) = people(PersonRecord(external_id="zoe", name="Zoe"))
    queries.scores().filter(pk=customer.pk).delete()
    one = queries.scores().first()
    queries.scores().filter(pk=one.pk).update(customer_id=customer.pk)
    _, text = api_keys.create("scores", ["predictions:read"], by=actor, now=now)
    headers = {"Authorization": f"Bearer {text}"}

    reports = client.get("/api/v1/predictions", headers=headers).json()
    theirs = client.get(f"/api/v1/customers/{customer.uuid}/predictions", headers=headers).json()
    listed = client.get("/api/v1/predictions/scores", headers=headers).json()

    assert [report["prediction"] for report in reports] == list(rules.KINDS)
    assert theirs["version"] == trained.pk
    assert theirs["customer"] == str(customer.uuid)
    assert str(customer.uuid) in {item["customer"] for item in listed["items"]}
    assert client.get("/api/v1/predictions").status_code == 401


@pytest.mark.parametrize(
    ("bias", "pace", "plain", "words"),
    [
        (0.31, 0.37, 0.31, "bought less afterwards"), (-0.15, -0.15, -0.15, "bought more afterwards"),
        (0.2, -0.1, 0.05, "pointed the wrong way"), (0.2, 0.0, 0.4, "The season helped"), (0.2, 0.02, 0.2, "did not hold later"),
    ],
)  # fmt: skip
def test_a_miss_of_the_sums_is_explained(bias, pace, plain, words):
    row = {"cutoff": "2024-03-01", "learned_until": "2023-12-01", "bias": bias, "bias_pace": pace, "bias_plain": plain}

    with translation.override("en"):
        said = why_off(row)

    assert words in said
    assert "Mar 1, 2024" in said
