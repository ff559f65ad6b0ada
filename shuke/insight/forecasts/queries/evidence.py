"""What is behind an anomaly: the products, shops, categories and customers that made it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.forecasts import rules
from shuke.insight.forecasts.engine import evidence
from shuke.insight.forecasts.engine.evidence import Asked
from shuke.insight.forecasts.models import Anomaly

_MOST = 8
Rows = list[dict[str, Any]]


@dataclass(slots=True)
class Evidence:
    """Who and what contributed most, beside the usual; empty where an anomaly is not about money."""

    products: Rows = field(default_factory=list)
    categories: Rows = field(default_factory=list)
    shops: Rows = field(default_factory=list)
    customers: Rows = field(default_factory=list)


def asked_of(one: Anomaly) -> Asked:
    """Return the days and the scope of an anomaly."""
    return Asked(
        one.first_on, one.last_on, one.first_on - timedelta(days=evidence.USUAL_DAYS),
        int(one.scope_key) if one.scope == rules.SHOP else None, one.scope_key if one.scope == rules.CATEGORY else "",
        is_refunds=one.measure == rules.REFUNDS,
    )  # fmt: skip


def evidence_of(one: Anomaly) -> Evidence:
    """Return what is behind an anomaly, in at most four questions to the warehouse."""
    if one.measure not in rules.MEASURES:
        return Evidence()
    asked, tables = asked_of(one), warehouse.table
    found = Evidence(
        products=warehouse.rows(evidence.by_product(tables, asked, limit=_MOST)),
        customers=warehouse.rows(evidence.by_customer(tables, asked, limit=_MOST)),
    )
    if one.scope == rules.COMPANY:
        found.shops = warehouse.rows(evidence.by_shop(tables, asked))
    if one.scope != rules.CATEGORY:
        found.categories = warehouse.rows(evidence.by_category(tables, asked, limit=_MOST))
    return found
