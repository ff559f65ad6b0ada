from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuke.cdp.customers.models import Customer
from shuke.cdp.warehouse import queries as warehouse_queries
from shuke.cdp.warehouse.testing import fresh_warehouse, seed
from shuke.insight.value import actions, queries
from shuke.insight.value.engine.standing import median_gap, standing
from shuke.insight.value.models import Computation, Standing, StandingInterval
from shuke.insight.value.rules import ValueSettings
from shuke.insight.value.testing import median_gap as median_gap_by_hand
from shuke.insight.value.testing import scores_by_hand
from shuke.kernel.ids import uuid7
from shuke.platform.company import actions as company_actions
from shuke.platform.jobs.models import Job

AS_OF = date(2024, 6, 1)


def bought(customer, days_ago, amount, *, shop=1, status="completed"):
    return {
        "order_id": next(_ids), "customer_id": customer, "placed_on": AS_OF - timedelta(days=days_ago),
        "gross_minor": amount, "shop_id": shop, "status": status,
    }  # fmt: skip


def returned(customer, days_ago, amount):
    return {
        "refund_id": next(_ids), "customer_id": customer, "refunded_on": AS_OF - timedelta(days=days_ago),
        "amount_minor": amount,
    }  # fmt: skip


_ids = iter(range(1, 10_000_000))


def people(*ids):
    return [{"customer_id": customer} for customer in ids]


def rows():
    found = warehouse_queries.table("value_standing").order_by("customer_id")
    return {row["customer_id"]: row for row in warehouse_queries.rows(found)}


def test_scores_a_small_company_by_hand(warehouse, now):
    """Five buyers, all different: each quantile lies on a value, so scores are 1 to 5."""
    seed({
        "customers": people(1, 2, 3, 4, 5, 6),
        "orders": [bought(n, days_ago=n * 10, amount=1000 * n) for n in range(1, 6) for _ in range(n)],
        "refunds": [returned(5, 1, 500), returned(6, 1, 70)],
    })  # fmt: skip

    actions.recompute(now=now, as_of=AS_OF)

    found = rows()
    assert [found[n]["r"] for n in range(1, 6)] == [5, 4, 3, 2, 1]
    assert [found[n]["f"] for n in range(1, 6)] == [1, 2, 3, 4, 5]
    assert [found[n]["net_minor"] for n in range(1, 6)] == [1000, 4000, 9000, 16000, 24500]
    assert [found[n]["rfm_group"] for n in range(1, 6)] == [
        "new",
        "promising",
        "needs_attention",
        "at_risk",
        "cant_lose",
    ]
    assert found[5]["average_order_minor"] == 5000
    assert found[6] | {"as_of": None} == {
        "customer_id": 6, "as_of": None, "orders": 0, "gross_minor": 0, "refunds_minor": 70, "net_minor": -70,
        "average_order_minor": None, "first_order_on": None, "last_order_on": None, "recency_days": None,
        "cadence_days": None, "r": None, "f": None, "m": None, "fm": None, "rfm_group": "prospect", "stage": "prospect",
        "tier": "none", "tier_minor": -70, "contribution_minor": -70, "costed_minor": 0,
    }  # fmt: skip


def test_a_day_that_turns_without_a_sale_is_scored_anew(warehouse, now):
    seed({"customers": people(1), "orders": [bought(1, 0, 500)]})
    actions.recompute(now=now)
    actions.keep_up(now=now)
    assert not Job.objects.exists()

    seed({"events": [{"position": 1, "name": "Product Viewed", "occurred_on": AS_OF + timedelta(days=1)}]})
    actions.keep_up(now=now)
    actions.keep_up(now=now)

    assert [job.name for job in Job.objects.all()] == ["value.recompute"]
    assert actions.recompute(now=now).as_of == AS_OF + timedelta(days=1)


def test_visits_alone_are_nothing_to_score(warehouse, now):
    seed({"customers": people(1), "events": [{"position": 1, "name": "Product Viewed", "occurred_on": AS_OF}]})

    assert actions.recompute(now=now) is None
    # Also where there were sales once, whose import was undone.
    Computation.objects.create(
        pk=1, as_of=AS_OF - timedelta(days=9), computed_at=now, gap_days=30, customers=1, changed=0
    )
    actions.keep_up(now=now)
    assert not Job.objects.exists()


def test_tiers_count_what_was_brought_lately_net(warehouse, now):
    """Twenty brought 1 to 20; the best 5 % is one of them, the best 20 % four, the best 50 % ten."""
    seed({
        "customers": people(*range(1, 24)),
        "orders": [*(bought(n, 10, n * 100) for n in range(1, 21)), bought(21, 400, 99_000), bought(22, 5, 800), bought(23, 365, 5)],
        "refunds": [returned(22, 1, 800)],
    })  # fmt: skip

    actions.recompute(now=now, as_of=AS_OF)

    found = rows()
    assert [found[n]["tier"] for n in (20, 19, 17, 16, 11, 10, 1)] == [
        "top",
        "high",
        "high",
        "medium",
        "medium",
        "low",
        "low",
    ]
    # Long ago, sent back whole, and the day before the period begins.
    assert [(found[n]["tier"], found[n]["tier_minor"]) for n in (21, 22, 23)] == [("none", 0)] * 3
    assert Standing.objects.get(customer_id=20).tier == "top"


def test_tiers_by_limits_and_equal_amounts(warehouse, now):
    seed(
        {
            "customers": people(1, 2, 3, 4),
            "orders": [bought(n, 5, amount) for n, amount in ((1, 900), (2, 500), (3, 499), (4, 1))],
        }
    )
    company_actions.save_settings(
        "value", ValueSettings(tier_bins="limits", tier_limits=(900, 500, 100), tier_days=30), now=now
    )

    actions.recompute(now=now, as_of=AS_OF)
    assert [rows()[n]["tier"] for n in (1, 2, 3, 4)] == ["top", "high", "medium", "low"]

    company_actions.save_settings("value", ValueSettings(), now=now)
    seed({"orders": [bought(n, 5, 1000 - amount) for n, amount in ((1, 900), (2, 500), (3, 499), (4, 1))]})
    actions.recompute(now=now, as_of=AS_OF)
    assert {rows()[n]["tier"] for n in (1, 2, 4)} == {"low"}


def test_equal_values_share_a_score(warehouse, now):
    seed({"customers": people(*range(1, 11)), "orders": [bought(n, 5, 700) for n in range(1, 11)]})

    actions.recompute(now=now, as_of=AS_OF)

    assert {(row["r"], row["f"], row["m"], row["fm"]) for row in rows().values()} == {(5, 1, 1, 1)}


def test_stages_follow_the_usual_gap(warehouse, now):
    rules = ValueSettings(gap_days=20)
    firsts = [bought(n, 400, 1) for n in range(1, 7)]
    lasts = [bought(n, ago, 1) for n, ago in enumerate([30, 31, 60, 61, 120, 121], 1)]
    seed(
        {
            "orders": [
                *firsts,
                *lasts,
                bought(7, 30, 1),
                bought(8, 31, 1),
                bought(9, 30, 1),
                bought(9, 390, 1),
                bought(9, 380, 1),
            ]
        }
    )

    found = warehouse_queries.rows(
        standing(warehouse_queries.table, rules, as_of=AS_OF, gap_days=20, with_prospects=False).order_by("customer_id")
    )

    stages = [row["stage"] for row in found]
    assert stages == ["active", "at_risk", "at_risk", "dormant", "dormant", "lost", "new", "at_risk", "loyal"]


def test_cancelled_and_future_and_guest_orders_do_not_count(warehouse, now):
    seed({
        "customers": people(1, 2),
        "orders": [bought(1, 3, 100), bought(1, 2, 900, status="cancelled"), bought(1, -1, 800), bought(None, 3, 5000),
                   bought(2, 1, 100, status="cancelled")],
    })  # fmt: skip

    actions.recompute(now=now, as_of=AS_OF)

    assert (rows()[1]["orders"], rows()[1]["net_minor"], rows()[2]["rfm_group"]) == (1, 100, "prospect")


def test_fixed_limits(warehouse):
    rules = ValueSettings(
        bins="limits", recency_limits=(10, 20, 30, 40), frequency_limits=(2, 3, 4, 5), monetary_limits=(10, 20, 30, 40)
    )
    seed({"orders": [bought(1, 10, 9), bought(2, 11, 10), bought(3, 40, 20), bought(3, 60, 20), bought(4, 41, 39)]})

    found = standing(warehouse_queries.table, rules, as_of=AS_OF, gap_days=30, with_prospects=False)

    scores = {row["customer_id"]: (row["r"], row["f"], row["m"]) for row in warehouse_queries.rows(found)}
    assert scores == {1: (5, 1, 1), 2: (4, 1, 2), 3: (2, 2, 5), 4: (1, 1, 4)}


def test_one_shop_only(warehouse, now):
    seed({"orders": [bought(1, 3, 100, shop=1), bought(1, 1, 50, shop=2), bought(2, 9, 30, shop=1)]})

    found = {row["customer_id"]: row for row in warehouse_queries.rows(queries.people(as_of=AS_OF, shop_id=1))}

    assert set(found) == {1, 2}
    assert (found[1]["orders"], found[1]["net_minor"], found[1]["recency_days"]) == (1, 100, 3)


# Few different days and amounts, so that ties abound.
_sales = st.lists(
    st.tuples(st.integers(1, 25), st.integers(0, 12), st.integers(0, 6)), min_size=1, max_size=90
)  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sales=_sales, refunds=st.lists(st.tuples(st.integers(1, 25), st.integers(0, 12), st.integers(1, 3)), max_size=20)
)
def test_agrees_with_the_definition(tmp_path_factory, sales, refunds):
    with fresh_warehouse(tmp_path_factory.mktemp("property")):
        seed({
            "orders": [bought(customer, days * 7, amount * 100) for customer, days, amount in sales],
            "refunds": [returned(customer, days * 7, amount * 50) for customer, days, amount in refunds],
        })  # fmt: skip
        as_days = [(customer, AS_OF - timedelta(days=days * 7), amount * 100) for customer, days, amount in sales]
        back = [(customer, AS_OF - timedelta(days=days * 7), amount * 50) for customer, days, amount in refunds]

        expression = standing(warehouse_queries.table, ValueSettings(), as_of=AS_OF, gap_days=30, with_prospects=False)
        found = {row["customer_id"]: row for row in warehouse_queries.rows(expression)}
        gap = warehouse_queries.scalar(median_gap(warehouse_queries.table, AS_OF))

    expected = scores_by_hand(as_days, back, AS_OF)
    assert {
        key: (row["r"], row["f"], row["m"], row["fm"], row["rfm_group"], row["net_minor"]) for key, row in found.items()
    } == {key: (row["r"], row["f"], row["m"], row["fm"], row["group"], row["m_value"]) for key, row in expected.items()}
    assert gap == median_gap_by_hand(as_days)


@pytest.fixture
def three_customers(db, now):
    return [
        Customer.objects.create(uuid=uuid7(), name=name, first_seen_at=now, created_at=now, changed_at=now).pk
        for name in ("Ada", "Ben", "Cem")
    ]


def copy_of():
    return {row.customer_id: row for row in Standing.objects.all()}


@pytest.mark.engine
def test_copies_what_changed_and_nothing_else(warehouse, now, three_customers, django_assert_num_queries):
    ada, ben, cem = three_customers
    seed({"customers": people(*three_customers), "orders": [bought(ada, 3, 900), bought(ben, 50, 100)]})

    first = actions.recompute(now=now, as_of=AS_OF)
    again = actions.recompute(now=now, as_of=AS_OF)
    seed({"orders": [bought(cem, 1, 50)]})
    third = actions.recompute(now=now, as_of=AS_OF)

    assert (first.customers, first.changed) == (3, 3)
    assert again.changed == 0
    assert third.changed >= 1
    assert copy_of()[cem].rfm_group != "prospect"
    assert {key: row.net_minor for key, row in copy_of().items()} == {ada: 900, ben: 100, cem: 50}
    assert Computation.objects.get().as_of == AS_OF


@pytest.mark.engine
def test_keeps_history_as_intervals(warehouse, now, three_customers):
    ada, ben, cem = three_customers
    seed({"customers": people(*three_customers), "orders": [bought(ada, 3, 900), bought(ben, 50, 100)]})
    later = AS_OF + timedelta(days=300)

    actions.recompute(now=now, as_of=AS_OF)
    seed({"orders": [bought(cem, -299, 5000)]})
    actions.recompute(now=now, as_of=later)

    spans = [(span.rfm_group, span.valid_from, span.valid_to) for span in queries.history_of(cem)]
    assert spans[1] == ("prospect", AS_OF, later)
    assert spans[0][1:] == (later, None)
    assert queries.standing_of(cem).recency_days == 1


@pytest.mark.engine
def test_an_earlier_day_cuts_history_off(warehouse, now, three_customers):
    """After an import is undone the data ends earlier: what was known of the days after is gone too."""
    ada, ben, _cem = three_customers
    seed({"customers": people(*three_customers), "orders": [bought(ada, 3, 900), bought(ben, 50, 100)]})
    actions.recompute(now=now, as_of=AS_OF + timedelta(days=300))

    actions.recompute(now=now, as_of=AS_OF)

    moved = StandingInterval.objects.filter(customer_id=ada)
    assert [(span.valid_from, span.valid_to) for span in moved] == [(AS_OF, None)]


@pytest.mark.engine
def test_forgets_customers_who_are_gone(warehouse, now, three_customers):
    seed({"customers": people(*three_customers), "orders": [bought(three_customers[0], 3, 900)]})
    actions.recompute(now=now, as_of=AS_OF)

    with warehouse_queries.store().batch() as batch:
        batch.cursor.execute("DELETE FROM customers WHERE customer_id IN (?, ?)", three_customers[1:])
    actions.recompute(now=now, as_of=AS_OF)

    assert set(copy_of()) == {three_customers[0]}
    assert set(StandingInterval.objects.values_list("customer_id", flat=True)) == {three_customers[0]}


def test_without_sales_there_is_nothing_to_score(warehouse, now):
    seed({"customers": people(1)})

    assert actions.recompute(now=now) is None


def test_migration_between_two_days(warehouse, now):
    seed({"orders": [bought(1, 100, 500), bought(1, 2, 500), bought(2, 100, 100), bought(3, 1, 20)]})

    moves = queries.migration(AS_OF - timedelta(days=60), AS_OF)

    assert sum(moves.values()) == 3
    assert sum(count for (was, _), count in moves.items() if was == "prospect") == 1
    (cell,) = [key for key in moves if key[0] == "prospect"]
    assert [row["customer_id"] for row in queries.movers(AS_OF - timedelta(days=60), AS_OF, *cell)] == [3]


def test_definitions_are_audited(db, company, actor, now):
    from shuke.platform.audit.models import AuditEntry

    changed = actions.configure(ValueSettings(new_days=45), by=actor, now=now)

    assert changed == ["new_days"]
    assert queries.settings().new_days == 45
    assert AuditEntry.objects.get().summary == {"new_days": {"was": 30, "now": 45}}
