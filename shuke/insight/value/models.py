"""Tables of value: the present standing of every customer, its history, and the last computation."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shuke.cdp.customers.models import Customer


class Group(models.TextChoices):
    """The RFM groups, in the order of their worth; prospects have not bought yet."""

    CHAMPIONS = "champions", _("Champions")
    LOYAL = "loyal", _("Loyal")
    POTENTIAL_LOYAL = "potential_loyal", _("Potential loyal")
    PROMISING = "promising", _("Promising")
    NEW = "new", _("New customers")
    NEEDS_ATTENTION = "needs_attention", _("Needs attention")
    ABOUT_TO_SLEEP = "about_to_sleep", _("About to sleep")
    AT_RISK = "at_risk", _("At risk")
    CANT_LOSE = "cant_lose", _("Can't lose")
    HIBERNATING = "hibernating", _("Hibernating")
    LOST = "lost", _("Lost")
    PROSPECT = "prospect", _("Prospects")


class Stage(models.TextChoices):
    """Where a customer stands in the life of a buyer."""

    NEW = "new", pgettext_lazy("lifecycle stage", "New")
    ACTIVE = "active", pgettext_lazy("lifecycle stage", "Active")
    LOYAL = "loyal", _("Loyal")
    AT_RISK = "at_risk", _("At risk")
    DORMANT = "dormant", _("Dormant")
    LOST = "lost", _("Lost")
    PROSPECT = "prospect", _("Prospect")


class Tier(models.TextChoices):
    """The value tiers, from the best; a company may call them otherwise. The last brought nothing in the period."""

    TOP = "top", pgettext_lazy("value tier", "Top")
    HIGH = "high", pgettext_lazy("value tier", "High")
    MEDIUM = "medium", pgettext_lazy("value tier", "Medium")
    LOW = "low", pgettext_lazy("value tier", "Low")
    NONE = "none", pgettext_lazy("value tier", "No tier")


class Standing(models.Model):
    """What one customer is worth, as of the last computation. Amounts in the company's currency.

    Days since the last order are not kept: they would change every row every day. They follow from
    ``Computation.as_of``.
    """

    # No constraint in the database: the copy follows the customers and must not hold them. The reverse name is for
    # the customer list, which sorts and filters customers by what they are worth.
    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.CASCADE, related_name="standing", db_constraint=False
    )
    orders = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    refunds_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    average_order_minor = models.BigIntegerField(null=True)
    first_order_on = models.DateField(null=True)
    last_order_on = models.DateField(null=True)
    # Mean days between the first and the last order.
    cadence_days = models.FloatField(null=True)
    r = models.SmallIntegerField(null=True)
    f = models.SmallIntegerField(null=True)
    m = models.SmallIntegerField(null=True)
    fm = models.SmallIntegerField(null=True)
    rfm_group = models.CharField(max_length=20, choices=Group.choices)
    stage = models.CharField(max_length=16, choices=Stage.choices)
    tier = models.CharField(max_length=8, choices=Tier.choices, default=Tier.NONE)
    # What the tier rests on: net or contribution, within the days of the definition.
    tier_minor = models.BigIntegerField(default=0)
    # Net less what the goods cost, as far as that is known, and the gross revenue for which it is known.
    contribution_minor = models.BigIntegerField(default=0)
    costed_minor = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["-net_minor", "-customer"], name="value_richest"),
            models.Index(fields=["tier", "-net_minor", "-customer"], name="value_tier"),
            models.Index(fields=["rfm_group", "-net_minor", "-customer"], name="value_group"),
            models.Index(fields=["stage", "-net_minor", "-customer"], name="value_stage"),
            models.Index(fields=["rfm_group", "stage", "-net_minor", "-customer"], name="value_group_stage"),
            models.Index(fields=["r", "fm", "-net_minor", "-customer"], name="value_cell"),
            models.Index(fields=["-orders", "-customer"], name="value_most_orders"),
            models.Index(fields=["-last_order_on", "-customer"], name="value_last_order"),
            models.Index(fields=["first_order_on", "customer"], name="value_first_order"),
        ]


class StandingInterval(models.Model):
    """From which day until which (exclusive; NULL: still) a customer was in a group, a stage and a cell."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    rfm_group = models.CharField(max_length=20, choices=Group.choices)
    stage = models.CharField(max_length=16, choices=Stage.choices)
    r = models.SmallIntegerField(null=True)
    f = models.SmallIntegerField(null=True)
    m = models.SmallIntegerField(null=True)
    fm = models.SmallIntegerField(null=True)
    tier = models.CharField(max_length=8, choices=Tier.choices, default=Tier.NONE)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "valid_from"], name="value_one_interval_a_day"),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="value_interval_has_length",
            ),
        ]


class Computation(models.Model):
    """The last computation; a single row."""

    # The day that counted as today.
    as_of = models.DateField()
    computed_at = models.DateTimeField()
    # Usual days between two purchases, as measured or as set.
    gap_days = models.FloatField()
    customers = models.BigIntegerField()
    changed = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="value_single_computation")]
