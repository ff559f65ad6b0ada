"""What the lists earn: people who see them against people who were held out by chance."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, Sum

from shuke.insight.recommendations import rules
from shuke.insight.recommendations.models import Act, Feedback, Outcome
from shuke.insight.recommendations.rules import Arm, Difference, Refusal


@dataclass(frozen=True, slots=True)
class Lift:
    """Both groups since a day, what can be said of the difference, or what is missing."""

    treated: Arm
    held_out: Arm
    missing: Refusal | None
    clicked: Difference | None = None
    ordered: Difference | None = None
    spent: Difference | None = None


def lift(*, since: datetime) -> Lift:
    """Return what the lists earn since a moment, among known customers: a visitor's orders are not known to be theirs."""
    arms = {group: _arm(group, since) for group in (rules.TREATED, rules.HELD_OUT)}
    treated, held_out = arms[rules.TREATED], arms[rules.HELD_OUT]
    missing = rules.missing(treated, held_out)
    if missing:
        return Lift(treated, held_out, missing)
    return Lift(
        treated, held_out, None, rules.share_difference(treated, held_out, "clicked"),
        rules.share_difference(treated, held_out, "ordered"), rules.spent_difference(treated, held_out),
    )  # fmt: skip


def _arm(group: str, since: datetime) -> Arm:
    shown = Feedback.objects.filter(group=group, at__gte=since, customer__isnull=False)
    people = shown.aggregate(
        people=Count("customer_id", distinct=True),
        clicked=Count("customer_id", distinct=True, filter=Q(act=Act.CLICKED)),
    )
    spent = Outcome.objects.filter(group=group, at__gte=since, customer_id__in=shown.values("customer_id"))
    by_person = spent.values("customer_id").annotate(total=Sum("base_minor", default=0))
    squared = by_person.annotate(square=F("total") * 1.0 * F("total"))
    summed = squared.aggregate(ordered=Count("customer_id"), spent=Sum("total"), squares=Sum("square"))
    return Arm(
        people["people"],
        people["clicked"],
        summed["ordered"],
        float(summed["spent"] or 0),
        float(summed["squares"] or 0),
    )


@dataclass(frozen=True, slots=True)
class Use:
    """How often lists were shown and clicked in one place, and to how many."""

    placement: str
    shown: int
    clicked: int
    people: int


def uses(*, since: datetime) -> list[Use]:
    """Return how lists are used, by place."""
    rows = Feedback.objects.filter(at__gte=since).values("placement").order_by("placement")
    counted = rows.annotate(
        shown=Count("pk", filter=Q(act=Act.SHOWN)), clicked=Count("pk", filter=Q(act=Act.CLICKED)),
        people=Count("subject", distinct=True),
    )  # fmt: skip
    return [Use(row["placement"], row["shown"], row["clicked"], row["people"]) for row in counted]


def attributed(*, since: datetime) -> dict[str, int]:
    """Return sales after a showing: how many, and what of them was for products shown, and clicked."""
    found = Outcome.objects.filter(at__gte=since).aggregate(
        orders=Count("pk"), shown=Sum("shown_minor", default=0), clicked=Sum("clicked_minor", default=0)
    )
    return {name: int(value or 0) for name, value in found.items()}
