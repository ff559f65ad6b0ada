"""Changes to the company, its shops and settings."""

from datetime import datetime

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.text import slugify
from pydantic import BaseModel

from shuke.platform.company.models import Company, Setting, Shop


@transaction.atomic
def found(*, name: str, currency: str, time_zone: str, language: str, now: datetime, is_demo: bool = False) -> Company:
    """Create the company row of a new installation."""
    return Company.objects.create(
        pk=1, name=name, currency=currency, time_zone=time_zone, language=language, created_at=now, is_demo=is_demo
    )


def found_unnamed(*, now: datetime) -> Company:
    """Return the company, making one that is still to be named if there is none: orders may arrive before set-up."""
    made, _ = Company.objects.get_or_create(pk=1, defaults={"name": "", "created_at": now})
    return made


def name_company(*, name: str, currency: str, time_zone: str, language: str) -> None:
    """Say what an unnamed company is called and how it counts; a currency it has already adopted stays."""
    Company.objects.filter(name="").update(
        name=name,
        currency=Coalesce(NullIf("currency", Value("")), Value(currency)),
        time_zone=time_zone,
        language=language,
    )


def adopt_currency(currency: str) -> str:
    """Make ``currency`` the company's own if it has none yet; return the company's currency.

    Lets a new owner import first and choose nothing: figures appear in the currency of the first orders.
    """
    Company.objects.filter(currency="").update(currency=currency)
    return Company.objects.values_list("currency", flat=True).get()


@transaction.atomic
def shop_named(
    name: str, *, now: datetime, currency: str = "", time_zone: str | None = None, kind: str = "file"
) -> Shop:
    """Return the shop called ``name``, opening it if there is none.

    The code is made from the name once and never changes afterwards: customers' identities carry it.
    """
    existing = Shop.objects.filter(name=name).first()
    if existing is not None:
        return existing
    code = slugify(name, allow_unicode=True)[:56] or "shop"
    taken = set(Shop.objects.filter(code__startswith=code).values_list("code", flat=True))
    unique = next(candidate for candidate in (code, *(f"{code}-{n}" for n in range(2, 1000))) if candidate not in taken)
    zone = time_zone or Company.objects.values_list("time_zone", flat=True).first() or "UTC"
    return Shop.objects.create(code=unique, name=name, kind=kind, currency=currency, time_zone=zone, created_at=now)


def shop_for_api(named: str, *, now: datetime) -> Shop:
    """Return the shop with the code or name ``named``; a new name opens a shop."""
    return Shop.objects.filter(code=named).first() or shop_named(named, now=now, kind="api")


def save_settings(domain: str, values: BaseModel, *, now: datetime) -> None:
    """Replace a domain's saved settings. The caller audits, since it knows what changed."""
    Setting.objects.update_or_create(
        domain=domain, defaults={"values": values.model_dump(mode="json"), "changed_at": now}
    )
