"""Exchange rates, and giving amounts of other currencies their worth in the company's."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.orders.models import Adjustment, ExchangeRate, Order, Refund
from shuke.cdp.orders.queries.rating import Rates
from shuke.cdp.orders.rules import rates as rules
from shuke.cdp.orders.rules.rates import Rate
from shuke.platform.audit import actions as audit
from shuke.platform.db.bulk import update_rows
from shuke.platform.imports.progress import Progress
from shuke.platform.jobs import actions as jobs
from shuke.platform.staff.actor import Actor
from shuke.vocabulary.orders import SalesRated

RATE_JOB = "orders.rate"
_AT_ONCE = 1_000
_KINDS: tuple[tuple[type[Order] | type[Refund] | type[Adjustment], str, str], ...] = (
    (Order, "gross_minor", "placed_at"), (Refund, "amount_minor", "refunded_at"), (Adjustment, "amount_minor", "adjusted_at"),
)  # fmt: skip


@transaction.atomic
def set_rates(rates: Sequence[Rate], *, by: Actor, now: datetime) -> None:
    """Enter rates, replacing those of the same currency and day, and have amounts valued anew."""
    rows = [
        ExchangeRate(currency=one.currency, day=one.day, rate=one.rate, created_by=by.reference, created_at=now)
        for one in rates
    ]
    ExchangeRate.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["currency", "day"], update_fields=["rate", "created_by", "created_at"],
        batch_size=500,
    )  # fmt: skip
    audit.record(
        by, "orders.rates_set", target="orders.ExchangeRate", now=now,
        summary={"count": len(rows), "currencies": rules.currencies(rates)},
    )  # fmt: skip
    _enqueue(rules.currencies(rates), by, now)


@transaction.atomic
def remove_rate(pk: int, *, by: Actor, now: datetime) -> bool:
    """Take a rate out, and have amounts valued by the one before it; return whether there was one."""
    found = ExchangeRate.objects.filter(pk=pk).first()
    if found is None:
        return False
    found.delete()
    summary = {"currency": found.currency, "day": found.day.isoformat(), "rate": str(found.rate)}
    audit.record(by, "orders.rate_removed", target="orders.ExchangeRate", summary=summary, now=now)
    _enqueue([found.currency], by, now)
    return True


def _enqueue(currencies: Sequence[str], by: Actor, now: datetime) -> None:
    for currency in currencies:
        jobs.enqueue(
            RATE_JOB, now=now, dedupe_key=f"{RATE_JOB}:{currency}", repeat_if_running=True, by=by, currency=currency
        )


def rate_amounts(currency: str, progress: Progress, *, now: datetime) -> int:
    """Value every amount in a currency at the nearest earlier rate; return how many changed. Repeating changes nothing.

    Tells the warehouse by ``sales.rated``.
    """
    changed = 0
    total = sum(model._default_manager.filter(currency=currency).count() for model, _amount, _at in _KINDS)
    done = 0
    for model, amount, at in _KINDS:
        last = 0
        while batch := _batch(model, currency, last, amount, at):
            if progress.is_cancelled():
                return changed
            changed += _rate_some(model, [row[0] for row in batch], amount, at, now)
            last = batch[-1][0]
            done += len(batch)
            progress.progress(done, total)
    return changed


def _batch(model: Any, currency: str, last: int, amount: str, at: str) -> list[tuple[Any, ...]]:
    found = model._default_manager.filter(currency=currency, pk__gt=last).order_by("pk")
    return list(found.values_list("pk", amount, at, "base_minor", "rate", "rate_date")[:_AT_ONCE])


def _rate_some(model: Any, ids: Sequence[int], amount: str, at: str, now: datetime) -> int:
    with transaction.atomic():
        rates = Rates.known()
        found = model._default_manager.filter(pk__in=ids).order_by("pk")
        rows = []
        for pk, currency, minor, moment, *before in found.values_list(
            "pk", "currency", amount, at, "base_minor", "rate", "rate_date"
        ):
            after = rates.columns(minor, currency, moment)
            if currency != rates.currency and list(after.values()) != before:
                rows.append((after["base_minor"], after["rate"], after["rate_date"], pk))
        update_rows(model, ("base_minor", "rate", "rate_date"), rows)
        if rows:
            changed = sorted(row[-1] for row in rows)
            said = SalesRated(*(changed if model is kind else [] for kind, _amount, _at in _KINDS))
            by = Provenance("shuke", "system:rates", now, historical=True)
            events.publish([NewEvent.of(said, customer_id=None, occurred_at=now, by=by)])
    return len(rows)
