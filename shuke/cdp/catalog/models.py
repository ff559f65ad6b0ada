"""Tables of the catalogue."""

from django.db import models
from typing_extensions import override

from shuke.platform.company.models import Shop


class Product(models.Model):
    """Something a shop sells, at the level at which orders name it."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=120)
    sku = models.CharField(max_length=120, blank=True, default="")
    title = models.CharField(max_length=300, blank=True, default="")
    category = models.CharField(max_length=200, blank=True, default="")
    brand = models.CharField(max_length=120, blank=True, default="")
    price_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    is_active = models.BooleanField(default=True)
    # What a unit costs the company, in ``currency``, and how many there are; NULL where nobody says.
    cost_minor = models.BigIntegerField(null=True)
    stock = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    import_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "external_id"], name="catalog_one_product_per_id")]

    @override
    def __str__(self) -> str:
        return self.title or self.external_id
