"""Saving plans for peaks, and the rates they were made with."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from shuke.insight.forecasts.engine.staffing import Rates
from shuke.insight.forecasts.models import Plan
from shuke.insight.forecasts.queries.planning import SETTINGS
from shuke.platform.audit.actions import record
from shuke.platform.company import actions as company
from shuke.platform.company.models import Shop
from shuke.platform.staff.actor import Actor


@transaction.atomic
def save(
    plan: Plan | None, *, name: str, event: str, first: date, last: date, shop: Shop | None, rates: Rates,
    outlook: dict[str, Any], by: Actor, now: datetime,
) -> Plan:  # fmt: skip
    """Keep a plan, or what was changed of it; its rates are the company's from now on."""
    kept = plan or Plan()
    kept.name, kept.event, kept.first_on, kept.last_on, kept.shop = name.strip(), event, first, last, shop
    kept.rates, kept.outlook = rates.model_dump(mode="json"), outlook
    kept.saved_at, kept.saved_by, kept.saved_by_label = now, by.reference, by.label
    kept.save()
    company.save_settings(SETTINGS, rates, now=now)
    record(by, "forecasts.plan_saved", target=f"forecasts.Plan:{kept.pk}", summary={"name": kept.name}, now=now)
    return kept


@transaction.atomic
def archive(plan: Plan, *, by: Actor, now: datetime) -> None:
    """Put a plan away."""
    plan.is_archived = True
    plan.save(update_fields=["is_archived"])
    record(by, "forecasts.plan_archived", target=f"forecasts.Plan:{plan.pk}", summary={"name": plan.name}, now=now)
