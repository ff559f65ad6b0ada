"""What goods cost: in the contribution of customers, in their scores, and in how much of it is known."""

from datetime import date, timedelta

from shuke.cdp.warehouse import queries as warehouse_queries
from shuke.cdp.warehouse.testing import seed
from shuke.insight.value import actions, queries
from shuke.insight.value.rules import ValueSettings
from shuke.platform.company import actions as company_actions
from shuke.platform.staff.actor import Actor

AS_OF = date(2024, 6, 1)


def line(order, customer, product, quantity, amount, *, days_ago=10):
    return {
        "order_id": order, "customer_id": customer, "product_id": product, "quantity": float(quantity),
        "base_minor": amount, "placed_on": AS_OF - timedelta(days=days_ago),
    }  # fmt: skip


def order(number, customer, amount, *, days_ago=10, status="completed"):
    return {
        "order_id": number, "customer_id": customer, "placed_on": AS_OF - timedelta(days=days_ago),
        "gross_minor": amount, "base_minor": amount, "status": status,
    }  # fmt: skip


def sold():
    """Of two customers who paid the same, one bought what costs nearly as much; of a third the goods came back in part."""
    seed({
        "customers": [{"customer_id": n} for n in (1, 2, 3)],
        "products": [{"product_id": 1, "unit_cost_minor": 900}, {"product_id": 2, "unit_cost_minor": 100}, {"product_id": 3}],
        "orders": [
            order(1, 1, 3000), order(2, 2, 3000), order(3, 3, 5000, days_ago=400), order(4, 1, 9999, status="cancelled"),
        ],
        "order_lines": [
            line(1, 1, 1, 3, 3000), line(2, 2, 2, 2.5, 1000), line(2, 2, 3, 1, 2000), line(3, 3, 1, 5, 5000, days_ago=400),
            line(4, 1, 1, 9, 9999),
        ],
        "refunds": [{"refund_id": 1, "customer_id": 3, "refunded_on": AS_OF, "amount_minor": 2000, "base_minor": 2000}],
        "refund_lines": [
            {"refund_id": 1, "customer_id": 3, "product_id": 1, "quantity": 2.0, "base_minor": 2000, "refunded_on": AS_OF}
        ],
    })  # fmt: skip


def figures(*names):
    found = warehouse_queries.table("value_standing").order_by("customer_id")
    return [tuple(row[name] for name in names) for row in warehouse_queries.rows(found)]


def test_contribution_is_net_less_what_the_goods_that_were_kept_cost(warehouse, now):
    sold()

    actions.recompute(now=now, as_of=AS_OF)

    assert figures("net_minor", "contribution_minor", "costed_minor") == [
        (3000, 300, 3000), (3000, 2750, 1000), (3000, 300, 5000),
    ]  # fmt: skip
    # Within the year of the tiers the third only sent something back: 2000 of money, goods worth 1800.
    assert figures("tier_minor") == [(300,), (2750,), (-200,)]
    assert [m for (m,) in figures("m")] == [1, 5, 1]
    assert queries.coverage(queries.people()) == 9000 / 11000


def test_a_company_may_score_by_net_revenue_all_the_same(warehouse, company, now):
    sold()
    actions.configure(ValueSettings(worth="net"), by=Actor.system("test"), now=now)

    actions.recompute(now=now, as_of=AS_OF)

    assert [m for (m,) in figures("m")] == [1, 1, 1]
    assert figures("tier_minor") == [(3000,), (3000,), (-2000,)]
    assert figures("contribution_minor") == [(300,), (2750,), (300,)]
    company_actions.save_settings("value", ValueSettings(), now=now)


def test_without_any_cost_contribution_is_net_revenue(warehouse, now):
    seed({"customers": [{"customer_id": 1}], "orders": [order(1, 1, 500)], "order_lines": [line(1, 1, 1, 1, 500)]})

    actions.recompute(now=now, as_of=AS_OF)

    assert figures("net_minor", "contribution_minor", "costed_minor") == [(500, 500, 0)]
    assert queries.coverage(queries.people()) == 0
