"""Questions about the company."""

from typing import TypeVar

from pydantic import BaseModel

from shuke.platform.company.models import Company, Setting, Shop

S = TypeVar("S", bound=BaseModel)


def find_company() -> Company | None:
    """Return the company, or None before set-up."""
    return Company.objects.first()


def company() -> Company:
    """Return the company; raise ``Company.DoesNotExist`` before set-up."""
    return Company.objects.get()


def shops() -> list[Shop]:
    """Return every shop, by name."""
    return list(Shop.objects.order_by("name", "pk"))


def shop(shop_id: int) -> Shop:
    """Return a shop by id; raise ``Shop.DoesNotExist``."""
    return Shop.objects.get(pk=shop_id)


def settings_of(domain: str, model: type[S]) -> S:
    """Return a domain's settings, with the model's defaults where nothing was saved."""
    saved = Setting.objects.filter(domain=domain).values_list("values", flat=True).first()
    return model.model_validate(saved or {})
