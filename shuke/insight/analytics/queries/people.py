"""The customers behind a figure."""

from array import array
from collections.abc import Sequence
from typing import Any

from shuke.cdp.warehouse import queries as warehouse

SHOWN = 100
MOST_KEPT = 50_000


def count(people: Any) -> int:
    """Return how many customers an expression of ``customer_id`` finds."""
    return int(warehouse.scalar(people.distinct().count()) or 0)


def foremost(people: Any) -> list[int]:
    """Return those who brought most, the best first."""
    standing = warehouse.table("value_standing").select("customer_id", "net_minor")
    named = people.distinct().left_join(standing, "customer_id").drop("customer_id_right")
    named = named.order_by([named.net_minor.desc(nulls_first=False), "customer_id"]).limit(SHOWN)
    return [row["customer_id"] for row in warehouse.rows(named)]


def ids(people: Any) -> Sequence[int]:
    """Return all their ids, rising."""
    found = warehouse.execute(people.distinct().order_by("customer_id").limit(MOST_KEPT + 1))
    return array("q", found.column(0).to_pylist())


def of_ids(customer_ids: Sequence[int]) -> Any:
    """Return an expression that finds just these customers."""
    customers = warehouse.table("customers")
    return customers.filter(customers.customer_id.isin(list(customer_ids) or [-1])).select("customer_id")
