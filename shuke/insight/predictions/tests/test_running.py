"""A run from the warehouse to everybody's scores; what the data cannot carry is refused in words."""

import json
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage

from shuke.cdp.events.models import Event
from shuke.cdp.warehouse import actions as warehouse_actions
from shuke.cdp.warehouse import queries as warehouse_queries
from shuke.insight.predictions import queries, rules
from shuke.insight.predictions.actions import learning, running
from shuke.insight.predictions.errors import LearningFailed
from shuke.insight.predictions.extensions import Forgetting, ScoresDataset
from shuke.insight.predictions.models import DueItem, Run, Score
from shuke.insight.predictions.queries import wording
from shuke.insight.predictions.testing import UNTIL, refund, seeded, shop
from shuke.platform.jobs import children
from shuke.platform.jobs.children import Watch


def test_everything_is_learned_judged_and_scored(sold, now):
    run = running.train(now=now)

    found = queries.reports(run)
    assert {kind for kind, report in found.items() if not report.is_ready} <= {rules.REPLENISHMENT}
    for kind in (rules.CHURN, rules.LTV, rules.NEXT_ORDER, rules.PROPENSITY, rules.TIMING, rules.PRICE):
        rows = found[kind].findings["rows"]
        assert len(rows) >= rules.LEAST_CUTOFFS
        assert [row["cutoff"] for row in rows] == sorted(row["cutoff"] for row in rows)
        assert all({"value", "low", "high"} <= set(row["difference"]) for row in rows)
    people = {row["customer_id"] for row in sold["orders"]}
    assert run.scored == Score.objects.count() == len(people)
    last = {row["customer_id"]: row["placed_at"].date() for row in sold["orders"]}
    gone = {customer for customer, day in last.items() if (run.as_of - day).days > rules.GONE_DAYS}
    assert set(Score.objects.filter(churn_risk__isnull=True).values_list("pk", flat=True)) == gone
    assert Score.objects.filter(churn_risk__gte=0, churn_risk__lte=1).count() == len(people - gone)
    assert Score.objects.filter(ltv_minor__gte=0).count() == len(people)
    assert not Score.objects.exclude(run=run).exists()
    assert Event.objects.filter(name="customers.scored", properties__run_id=run.pk).count() == 1


def test_the_warehouse_holds_the_same_scores_and_a_rebuild_too(sold, now):
    running.train(now=now)
    by_run = warehouse_queries.rows(warehouse_queries.table("customer_scores").order_by("customer_id"))

    by_rebuild = [row for batch in ScoresDataset().batches(100) for row in batch]

    assert len(by_run) == Score.objects.count()
    assert [tuple(row.values()) for row in by_run] == by_rebuild


def test_the_same_data_gives_the_same_figures(sold, now):
    first, second = running.train(now=now), running.train(now=now)

    ours, again = queries.reports(first), queries.reports(second)

    assert {kind: report.findings for kind, report in ours.items()} == {
        kind: report.findings for kind, report in again.items()
    }


def test_scoring_uses_what_was_learned(sold, now):
    learned = running.train(now=now)
    before = list(Score.objects.order_by("pk").values_list("pk", "churn_risk", "ltv_minor"))

    scored = running.score(now=now + timedelta(days=1))

    assert scored.learned_in == learned
    assert list(Score.objects.order_by("pk").values_list("pk", "churn_risk", "ltv_minor")) == before
    assert queries.reports(scored) == queries.reports(learned)
    assert queries.drift_of(scored, rules.CHURN)
    assert json.loads(default_storage.open(learned.models_file).read()).keys() >= {rules.CHURN, rules.LTV}


def test_three_orders_are_too_few_and_old_scores_go(warehouse, company, now):
    seeded({name: rows[:3] for name, rows in shop(3, 100).items()})
    Score.objects.create(customer_id=99, run=Run.objects.create(as_of=UNTIL, began_at=now))

    run = running.train(now=now)

    assert {report.refusal["code"] for report in queries.reports(run).values()} == {"few_customers"}
    assert not Score.objects.exists()
    assert "200" in wording.refusal(queries.report_of(run, rules.LTV).refusal)


def test_no_orders_are_refused(warehouse, company, now):
    run = running.train(now=now)

    assert {report.refusal["code"] for report in queries.reports(run).values()} == {"no_sales"}


def test_a_short_history_says_how_much_is_missing(warehouse, company, now):
    seeded(shop(400, 120))

    found = queries.reports(running.train(now=now))

    assert found[rules.CHURN].refusal == {"code": "short_history", "facts": {"has": 120, "needs": 300}}
    assert "300" in wording.refusal(found[rules.CHURN].refusal)
    assert Score.objects.filter(churn_risk__isnull=False).count() == 0


def test_a_shop_whose_customers_never_return_has_one_class(warehouse, company, now):
    rows = shop(600, 420)
    first: dict[int, dict] = {}
    for row in rows["orders"]:
        first.setdefault(row["customer_id"], row)
    kept = {row["order_id"] for row in first.values()}
    seeded(
        {"orders": list(first.values()), "order_lines": [one for one in rows["order_lines"] if one["order_id"] in kept]}
    )

    found = queries.reports(running.train(now=now))

    assert found[rules.CHURN].refusal["code"] == "nobody_bought"
    assert found[rules.LTV].refusal["code"] == "few_repeating"
    assert found[rules.NEXT_ORDER].refusal["code"] == "few_repeating"
    assert found[rules.REPLENISHMENT].refusal["code"] == "few_repurchases"
    assert Score.objects.filter(ltv_minor__isnull=False).count() == 0


@pytest.mark.parametrize("times", [1, 3])
def test_all_refunded_and_more_is_no_worth_to_predict(warehouse, company, now, times):
    rows = shop(400, 420, refund_share=0)
    refunds = [
        refund(number, order, order["placed_at"].date()) for number, order in enumerate(rows["orders"] * times, 1)
    ]
    seeded({**rows, "refunds": refunds})

    found = queries.reports(running.train(now=now))

    assert found[rules.LTV].refusal["code"] == "nothing_kept"
    assert found[rules.CHURN].is_ready
    assert Score.objects.filter(ltv_minor__isnull=False).count() == 0


def test_worthless_and_refunded_customers_among_others_are_scored(warehouse, company, now):
    rows = shop(400, 420)
    free = [
        {**row, "gross_minor": 0, "discount_minor": 0} if row["customer_id"] % 9 == 0 else row for row in rows["orders"]
    ]
    back = [
        refund(10_000 + at, row, row["placed_at"].date()) for at, row in enumerate(free) if row["customer_id"] % 7 == 0
    ]
    seeded(
        {
            **rows,
            "orders": free,
            "refunds": [*rows["refunds"], *back, *({**one, "refund_id": one["refund_id"] + 50_000} for one in back)],
        }
    )

    running.train(now=now)

    scored = {score.pk: score for score in Score.objects.all()}
    assert all(
        score.ltv_minor is not None and score.ltv_low <= score.ltv_minor <= score.ltv_high for score in scored.values()
    )
    refunded = [score.ltv_minor for pk, score in scored.items() if pk % 7 == 0]
    others = [score.ltv_minor for pk, score in scored.items() if pk % 7]
    assert sum(refunded) / len(refunded) < sum(others) / len(others) / 2


def test_a_product_bought_once_is_never_due(sold, now):
    running.train(now=now)

    assert not DueItem.objects.filter(times=0).exists()
    assert not DueItem.objects.filter(due_on__lt=UNTIL - timedelta(days=365)).exists()


def test_a_cancelled_run_leaves_no_trace(sold, now, settings):
    asked = iter([False] * 4 + [True] * 1_000)

    run = running.train(now=now, watch=Watch(lambda *_: None, lambda: next(asked)))

    assert run is None
    assert not Run.objects.exists()
    assert not Score.objects.exists()
    assert not list(settings.SHUKE_HOME.glob("learning-*"))


def test_a_child_that_dies_says_what_it_said(tmp_path):
    with pytest.raises(LearningFailed, match=r"plan\.json"):
        learning.learn(tmp_path, running.silent())


def test_the_child_knows_no_secret_of_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("SHUKE_DATABASE_URL", "postgresql://secret")
    seen = {}

    class Stopped(Exception):
        pass

    def popen(*_args, env, **_rest):
        seen.update(env)
        raise Stopped

    monkeypatch.setattr(children.subprocess, "Popen", popen)
    with pytest.raises(Stopped):
        learning.learn(tmp_path, running.silent())

    assert not [name for name in seen if "SHUKE" in name or "KEY" in name]
    assert seen["OPENBLAS_NUM_THREADS"] == "1"


def test_writing_scores_takes_a_fixed_number_of_queries_per_batch(sold, now, django_assert_max_num_queries):
    running.train(now=now)

    with django_assert_max_num_queries(40):
        running.score(now=now)


def test_who_is_erased_loses_their_scores_everywhere(sold, now):
    running.train(now=now)
    one = Score.objects.values_list("pk", flat=True).first()
    assert Forgetting().export([one])["scores"]

    Forgetting().erase([one], now=now)

    assert queries.score_of(one) is None
    assert ScoresDataset().rows([one]) == []


def test_scores_are_gone_when_their_orders_are(sold, now):
    running.train(now=now)
    for name in ("orders", "order_lines", "refunds"):
        warehouse_actions.store(name, warehouse_queries.execute(warehouse_queries.table(name)).slice(0, 0))

    run = running.train(now=now)

    assert queries.report_of(run, rules.CHURN).refusal["code"] == "no_sales"
    assert not Score.objects.exists()
    assert warehouse_queries.rows(warehouse_queries.table("customer_scores")) == []
