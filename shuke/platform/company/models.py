"""Tables of the company."""

from django.db import models
from typing_extensions import override


class Company(models.Model):
    """The company that runs this installation; a single row."""

    name = models.CharField(max_length=200)
    # Empty until set by hand or taken from the first orders that arrive.
    currency = models.CharField(max_length=3, blank=True, default="")
    time_zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=10, default="en")
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="company_single_row")]


class Shop(models.Model):
    """A place where the company sells: a web shop, a marketplace store, a counter."""

    code = models.SlugField(max_length=64, unique=True, allow_unicode=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=32, default="file")
    currency = models.CharField(max_length=3, blank=True, default="")
    # Zone in which this shop writes times that carry no offset.
    time_zone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField()

    @override
    def __str__(self) -> str:
        return self.name


class Setting(models.Model):
    """The editable settings of one domain, validated by that domain's pydantic model."""

    domain = models.CharField(max_length=64, unique=True)
    values = models.JSONField(default=dict)
    changed_at = models.DateTimeField()
