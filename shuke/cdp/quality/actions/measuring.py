"""Taking the daily snapshot of quality."""

from datetime import date, datetime

from django.db import transaction

from shuke.cdp.quality.models import Measure
from shuke.cdp.quality.queries import measuring
from shuke.platform.company import queries as company
from shuke.platform.db.bulk import insert_rows


def shops() -> list[str]:
    """Return what is measured: the company as a whole (""), then each shop by code."""
    return ["", *(shop.code for shop in company.shops())]


def measure(shop: str, *, today: date, now: datetime) -> None:
    """Count every field of one shop and keep the counts as today's, in place of earlier ones of the day."""
    rows = [(today, shop, field, total, *counts) for field, total, counts in measuring.measured(shop, now=now)]
    with transaction.atomic():
        Measure.objects.filter(day=today, shop=shop).delete()
        insert_rows(Measure, ("day", "shop", "field", "customers", "filled", "valid", "unique", "fresh"), rows)
