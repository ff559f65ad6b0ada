"""A run from the warehouse to finished lists; what the data cannot carry is refused in words."""

import pytest

from shuke.cdp.warehouse import actions as warehouse_actions
from shuke.cdp.warehouse import queries as warehouse_queries
from shuke.insight.recommendations import queries, rules
from shuke.insight.recommendations.actions import learning
from shuke.insight.recommendations.errors import LearningFailed
from shuke.insight.recommendations.models import Combination, CrowdList, CustomerList, ProductList, Run
from shuke.insight.recommendations.queries import combinations, wording
from shuke.insight.recommendations.testing import COMPANIONS, PER_TASTE, TASTES, UNTIL, seeded, shop
from shuke.platform.jobs import children
from shuke.platform.jobs.children import Watch


def test_everything_is_learned_and_judged_apart(learned, sold, django_assert_max_num_queries, now):
    for kind in (rules.REPEAT, rules.DISCOVERY):
        found = learned.findings[kind]
        assert found["refusal"] is None
        assert len(found["rows"]) >= rules.CUTOFFS
        assert all(row["day"] > found["chosen_on"] for row in found["rows"])
        assert found["tried"] > 10
        for row in found["rows"]:
            assert row["ours"]["recall"]["low"] <= row["ours"]["recall"]["value"] <= row["ours"]["recall"]["high"]
            assert {"popular"} < set(row["others"])
    # Tastes are what discovery can know, and what popularity cannot.
    assert all(row["others"]["popular"]["difference"]["low"] > 0 for row in learned.findings[rules.DISCOVERY]["rows"])

    owned = {}
    for line in sold["order_lines"]:
        owned.setdefault(line["customer_id"], set()).add(line["product_id"])
    for customer, bought in owned.items():
        lists = queries.of_customer(customer)
        assert {one.product_id for one in lists["repeat"]} <= bought
        assert not {one.product_id for one in lists["discovery"]} & bought
        taste = customer % TASTES
        for one in lists["discovery"][:1]:
            assert (one.product_id - 1) // PER_TASTE == taste or one.product_id in COMPANIONS
            assert one.because in bought
    assert learned.customer_lists == CustomerList.objects.count() == len(owned)
    pair = combinations.by_products(*COMPANIONS, None)
    assert pair.shrunk > 1
    assert {pair.together} == {_orders_with(sold, COMPANIONS)}
    assert len(combinations.customer_ids(COMPANIONS, UNTIL)) == len(_buyers_with(sold, COMPANIONS))
    assert queries.of_products([1])[1]["also_bought"][0].product_id == 2
    with django_assert_max_num_queries(60):
        again = learning.train(now=now)
    assert again.findings == learned.findings


def _orders_with(sold, products):
    held = {}
    for line in sold["order_lines"]:
        held.setdefault(line["order_id"], set()).add(line["product_id"])
    return sum(set(products) <= found for found in held.values())


def _buyers_with(sold, products):
    held = {}
    for line in sold["order_lines"]:
        held.setdefault((line["order_id"], line["customer_id"]), set()).add(line["product_id"])
    return {customer for (_order, customer), found in held.items() if set(products) <= found}


def test_three_orders_say_in_words_why_nothing_is_learned(warehouse, company, now):
    rows = shop(3)
    kept = {row["order_id"] for row in rows["orders"][:3]}
    seeded(
        {
            **rows,
            "orders": rows["orders"][:3],
            "order_lines": [one for one in rows["order_lines"] if one["order_id"] in kept],
        }
    )

    run = learning.train(now=now)

    assert {part: found["refusal"] and found["refusal"]["code"] for part, found in run.findings.items()} == {
        "crowd": "few_orders", "basket": "few_baskets", "similar": None, "repeat": "few_buyers", "discovery": "few_buyers",
    }  # fmt: skip
    assert not CrowdList.objects.exists()
    assert not CustomerList.objects.exists()
    said = wording.refusal(run.findings["crowd"]["refusal"])
    assert "3" in said
    assert str(rules.LEAST_ORDERS) in said


def test_without_orders_old_lists_go(learned, now):
    for name in ("orders", "order_lines"):
        warehouse_actions.store(name, warehouse_queries.execute(warehouse_queries.table(name)).slice(0, 0))

    run = learning.train(now=now)

    assert {found["refusal"]["code"] for found in run.findings.values()} == {"no_sales"}
    assert not any(model.objects.exists() for model in (CustomerList, ProductList, CrowdList, Combination))


def test_a_cancelled_run_leaves_no_trace(sold, now, settings):
    asked = iter([False] * 4 + [True] * 1_000)

    assert learning.train(now=now, watch=Watch(lambda *_: None, lambda: next(asked))) is None

    assert not Run.objects.exists()
    assert not list(settings.SHUKE_HOME.glob("recommending-*"))


def test_a_child_that_dies_says_what_it_said(tmp_path):
    with pytest.raises(LearningFailed, match=r"plan\.json"):
        learning._learn(tmp_path, children.silent())
