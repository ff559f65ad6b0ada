"""Tables of recommendations: runs with their findings, finished lists, combinations, and what people did with them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shuke.cdp.catalog.models import Product
from shuke.cdp.customers.models import Customer


class Run(models.Model):
    """One look at the warehouse: what was learned and how it did at past days, or why not."""

    as_of = models.DateField()
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    first_on = models.DateField(null=True)
    orders = models.BigIntegerField(default=0)
    customers = models.BigIntegerField(default=0)
    # By kind of list: its refusal, or figures, chosen variant and how many were tried.
    findings = models.JSONField(default=dict)
    customer_lists = models.BigIntegerField(default=0)
    product_lists = models.BigIntegerField(default=0)


class CustomerList(models.Model):
    """What one customer may buy again, and what they may discover; each packed as ``rules.unpack`` reads it."""

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False
    )
    repeat = models.BinaryField(default=b"")
    discovery = models.BinaryField(default=b"")


class ProductList(models.Model):
    """What goes with one product, and what is like it; packed."""

    product = models.OneToOneField(
        Product, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False
    )
    also_bought = models.BinaryField(default=b"")
    similar = models.BinaryField(default=b"")


class CrowdList(models.Model):
    """What is in demand, of one shop, in one country, or of all (0, ""); packed."""

    kind = models.CharField(max_length=16)
    shop_id = models.BigIntegerField(default=0)
    country = models.CharField(max_length=80, blank=True, default="")
    items = models.BinaryField(default=b"")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "shop_id", "country"], name="recommendations_one_crowd_list")
        ]


class Combination(models.Model):
    """Two or three products that sales hold together more often than by chance."""

    first = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    second = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    third = models.ForeignKey(Product, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False)
    together = models.BigIntegerField()
    support = models.FloatField()
    confidence = models.FloatField()
    lift = models.FloatField()
    shrunk = models.FloatField()
    # The share of false ones among all that look at least as good.
    chance = models.FloatField()

    class Meta:
        indexes = [
            models.Index(fields=["-together"], name="recommendations_together"),
            models.Index(fields=["-shrunk"], name="recommendations_shrunk"),
        ]

    @property
    def product_ids(self) -> tuple[int, ...]:
        """Return the products, two or three."""
        found = (self.first_id, self.second_id, self.third_id)
        return tuple(pk for pk in found if pk is not None)


class Act(models.TextChoices):
    """What somebody did with what was shown."""

    SHOWN = "shown", _("Shown")
    CLICKED = "clicked", _("Clicked")


class Feedback(models.Model):
    """Something was shown to somebody, or they clicked it; said once, however often it is told."""

    # Who: ``customer:7``, or ``visitor:`` and a fingerprint of the shop's own id, from which nobody finds back.
    subject = models.CharField(max_length=64)
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False, db_index=False
    )
    group = models.CharField(max_length=8)
    placement = models.CharField(max_length=16)
    act = models.CharField(max_length=8, choices=Act.choices)
    product_id = models.BigIntegerField(default=0)
    token = models.CharField(max_length=32)
    # What was shown, packed; only where ``act`` is shown.
    products = models.BinaryField(default=b"")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "act", "product_id"], name="recommendations_told_once")]
        indexes = [
            models.Index(fields=["customer", "-at"], name="recommendations_of_customer"),
            models.Index(fields=["-at"], name="recommendations_newest"),
        ]


class Outcome(models.Model):
    """A sale to somebody who had been shown recommendations within the window before it."""

    order_id = models.BigIntegerField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    group = models.CharField(max_length=8)
    at = models.DateTimeField()
    # In minor units of the company's currency; NULL while no rate is known.
    base_minor = models.BigIntegerField(null=True)
    # What of it was for products that had been shown, and clicked, within the window.
    shown_minor = models.BigIntegerField(default=0)
    clicked_minor = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="recommendations_outcomes")]
