"""Changes to the company and its shops."""

from datetime import datetime

from django.db import transaction

from shuke.cdp.orders.queries import presence
from shuke.platform.audit.actions import record
from shuke.platform.company.models import Company, Shop
from shuke.platform.jobs.actions import enqueue
from shuke.platform.staff.actor import Actor
from shuke.web import errors

REBUILD_JOB = "warehouse.rebuild"


@transaction.atomic
def change(*, name: str, time_zone: str, currency: str, language: str, by: Actor, now: datetime) -> bool:
    """Change the company; return whether its figures are being recomputed because its time zone changed.

    Days in the warehouse are days of the company's zone, so a new zone starts a rebuild. Raises ``CurrencyInUse``
    once amounts have been stored.
    """
    company = Company.objects.select_for_update().get()
    if currency != company.currency and presence.any_recorded():
        raise errors.CurrencyInUse
    said = {"name": name, "time_zone": time_zone, "currency": currency, "language": language}
    changed = [field for field, value in said.items() if getattr(company, field) != value]
    if not changed:
        return False
    Company.objects.filter(pk=company.pk).update(**said)
    record(by, "company.changed", target="company.Company:1", summary={"fields": changed}, now=now)
    if "time_zone" not in changed:
        return False
    enqueue(REBUILD_JOB, now=now, dedupe_key=REBUILD_JOB, by=by)
    return True


@transaction.atomic
def change_shop(shop_id: int, *, name: str, time_zone: str, currency: str, by: Actor, now: datetime) -> Shop:
    """Change what a shop is called and how its files are read from now on; its code never changes.

    Raises ``ShopNameTaken``.
    """
    shop = Shop.objects.select_for_update().get(pk=shop_id)
    if Shop.objects.filter(name=name).exclude(pk=shop.pk).exists():
        raise errors.ShopNameTaken
    said = {"name": name, "time_zone": time_zone, "currency": currency}
    changed = [field for field, value in said.items() if getattr(shop, field) != value]
    if changed:
        Shop.objects.filter(pk=shop.pk).update(**said)
        record(by, "shop.changed", target=f"company.Shop:{shop.pk}", summary={"fields": changed}, now=now)
        shop.refresh_from_db()
    return shop
