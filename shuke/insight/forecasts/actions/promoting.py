"""Entering and removing promotions; each asks for a new look, since what they move is learned."""

from datetime import date, datetime, timedelta

from django.db import transaction

from shuke.insight.forecasts.actions.running import ask_for_run
from shuke.insight.forecasts.models import Promotion
from shuke.platform.audit.actions import record
from shuke.platform.company.models import Shop
from shuke.platform.staff.actor import Actor

# Several are entered one after the other; one run serves them all.
_PATIENCE = timedelta(seconds=20)


@transaction.atomic
def enter(
    name: str, first: date, last: date, shop: Shop | None, *, by: Actor, now: datetime, learns: bool = True
) -> Promotion:  # fmt: skip
    """Note that on some days something moved, or will move, sales. The same entry again is the one that there is.

    Its effect is learned by a run that this asks for, unless whoever enters it sees to that (``learns``).
    """
    known = Promotion.objects.filter(name__iexact=name.strip(), first_on=first, last_on=last, shop=shop).first()
    if known is not None:
        return known
    made = Promotion.objects.create(
        name=name.strip(), first_on=first, last_on=last, shop=shop, created_at=now, created_by=by.reference
    )
    record(
        by, "forecasts.promotion_entered", target=f"forecasts.Promotion:{made.pk}", summary={"name": made.name}, now=now
    )
    if learns:
        ask_for_run(now=now, by=by, run_at=now + _PATIENCE)
    return made


@transaction.atomic
def remove(one: Promotion, *, by: Actor, now: datetime) -> None:
    """Forget a promotion: its days count as ordinary again."""
    record(
        by, "forecasts.promotion_removed", target=f"forecasts.Promotion:{one.pk}", summary={"name": one.name}, now=now
    )
    one.delete()
    ask_for_run(now=now, by=by, run_at=now + _PATIENCE)
