"""How good each field is, counted by the database."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, QuerySet

from shuke.cdp.customers.queries import completeness
from shuke.cdp.customers.queries.completeness import Counts
from shuke.cdp.quality.models import Fix, FixedValue, Flag, Flaw, Measure

FIELDS = ("name", "email", "phone", "address", "city", "birthday")
# Which flaws make a value of a field invalid.
FLAWS_OF = {
    "name": (Flaw.NAME_UNTIDY, Flaw.NAME_NOT_A_NAME),
    "email": (Flaw.EMAIL_TYPO, Flaw.EMAIL_INVALID, Flaw.EMAIL_DISPOSABLE, Flaw.EMAIL_ROLE),
    "phone": (Flaw.PHONE_INVALID, Flaw.PHONE_FORMAT),
    "address": (),
    "city": (),
    "birthday": (Flaw.BIRTHDAY_IMPLAUSIBLE,),
}
# What the score is made of.
WEIGHTS = {"filled": 0.4, "valid": 0.3, "unique": 0.2, "fresh": 0.1}


@dataclass(frozen=True, slots=True)
class Grade:
    """The quality of one field as shares between 0 and 1; None where nothing can be said."""

    field: str
    customers: int
    filled: float | None
    valid: float | None
    unique: float | None
    fresh: float | None

    @property
    def score(self) -> float | None:
        """Return the weighted mean of what is known, as a share."""
        known = {name: value for name in WEIGHTS if (value := getattr(self, name)) is not None}
        weight = sum(WEIGHTS[name] for name in known)
        return sum(WEIGHTS[name] * value for name, value in known.items()) / weight if weight else None


def grade(measure: Measure) -> Grade:
    """Return a day's measure as shares."""

    def of_filled(count: int) -> float | None:
        return count / measure.filled if measure.filled else None

    filled = measure.filled / measure.customers if measure.customers else None
    # Namesakes and people of one town or birthday are no fault.
    unique = of_filled(measure.unique) if measure.field in ("email", "phone") else None
    return Grade(measure.field, measure.customers, filled, of_filled(measure.valid), unique, of_filled(measure.fresh))


def newest_day() -> date | None:
    """Return the day of the last snapshot."""
    found: date | None = Measure.objects.aggregate(day=Max("day"))["day"]
    return found


def grades(day: date, shop: str = "") -> list[Grade]:
    """Return the grades of all fields on a day."""
    rows = {row.field: row for row in Measure.objects.filter(day=day, shop=shop)}
    return [grade(rows[field]) for field in FIELDS if field in rows]


def scores_over_time(since: date, shop: str = "") -> dict[str, dict[date, float | None]]:
    """Return each field's score by day."""
    found: dict[str, dict[date, float | None]] = {field: {} for field in FIELDS}
    for row in Measure.objects.filter(day__gte=since, shop=shop).order_by("day"):
        found.setdefault(row.field, {})[row.day] = grade(row).score
    return found


def flaw_counts() -> dict[str, tuple[int, int]]:
    """Return per flaw how many customers have it, and of how many we know what would mend it."""
    counted = Flag.objects.values("flaw").annotate(people=Count("customer", distinct=True), mendable=Count("hint"))
    return {row["flaw"]: (row["people"], row["mendable"]) for row in counted.order_by()}


def flags_of(flaw: str) -> QuerySet[Flag]:
    """Return who has a flaw, with the customer."""
    return Flag.objects.filter(flaw=flaw).select_related("customer")


def fixes(limit: int = 20) -> list[Fix]:
    """Return the latest fixes, newest first."""
    return list(Fix.objects.order_by("-pk")[:limit])


def find_fix(uuid: UUID) -> Fix | None:
    """Return a fix by its public id, or None."""
    return Fix.objects.filter(uuid=uuid).first()


def refused_of(fix: Fix) -> QuerySet[FixedValue]:
    """Return the values that an undo left, because they had changed since."""
    return FixedValue.objects.filter(fix=fix, was_undone=False).select_related("customer")


# --- snapshots


def measured(shop: str, *, now: datetime) -> list[tuple[str, int, Counts]]:
    """Count every field for the company (shop "") or one shop, with how many customers there are."""
    total = completeness.people_of(shop).count()
    since = now - timedelta(days=365)
    return [
        (field, total, completeness.counts_of(field, shop=shop, faulty=_faulty(field), since=since)) for field in FIELDS
    ]


def _faulty(field: str) -> QuerySet[Flag, Any]:
    return Flag.objects.filter(flaw__in=FLAWS_OF[field]).values("customer_id")
