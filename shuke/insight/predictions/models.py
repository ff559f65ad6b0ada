"""Tables of predictions: runs, what each learned or why it did not, everybody's present scores, and what is due."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shuke.cdp.catalog.models import Product
from shuke.cdp.customers.models import Customer


class Prediction(models.TextChoices):
    """What is predicted."""

    LTV = "ltv", _("Customer lifetime value")
    CHURN = "churn", _("Churn risk")
    NEXT_ORDER = "next_order", _("Next order")
    REPLENISHMENT = "replenishment", _("Replenishment")
    PROPENSITY = "propensity", _("Purchase propensity")
    TIMING = "timing", _("Preferred hour and channel")
    PRICE = "price", _("Price sensitivity")


class Run(models.Model):
    """One look at the warehouse: learned and scored, or scored by what an earlier run had learned."""

    as_of = models.DateField()
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # What was learned comes from this run; NULL where this run learned by itself.
    learned_in = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    # From when to when there was data, and how many orders and customers: what the scores rest on.
    first_on = models.DateField(null=True)
    orders = models.BigIntegerField(default=0)
    customers = models.BigIntegerField(default=0)
    scored = models.BigIntegerField(default=0)
    # Where what was learned is kept, in private storage; "" where nothing was, or it is no longer needed.
    models_file = models.CharField(max_length=120, blank=True, default="")


class Report(models.Model):
    """What a run found about one prediction: how it did at past days, or why it is not made."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="reports")
    prediction = models.CharField(max_length=16, choices=Prediction.choices)
    is_ready = models.BooleanField()
    # Code and facts of why not; empty when ready.
    refusal = models.JSONField(default=dict)
    findings = models.JSONField(default=dict)
    # How far today's customers differ from those learned from, the furthest first.
    drift = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "prediction"], name="predictions_one_report")]


class Score(models.Model):
    """What is predicted of one customer, as of the run it names. NULL: not predicted, or not said of this customer."""

    # No constraint in the database: scores follow the customers and must not hold them.
    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    # Chance not to buy within 90 days, and which themes move it: "recency:0.83 frequency:-0.41" in log-odds.
    churn_risk = models.FloatField(null=True)
    churn_reasons = models.CharField(max_length=120, blank=True, default="")
    # Chance to buy within 30 days.
    propensity = models.FloatField(null=True)
    # When the next order comes, if it comes within 90 days: earliest, middle and latest of what is likely.
    next_from = models.DateField(null=True)
    next_on = models.DateField(null=True)
    next_to = models.DateField(null=True)
    # Net revenue of the next 365 days in the company's currency, and the interval that holds four in five.
    ltv_minor = models.BigIntegerField(null=True)
    ltv_low = models.BigIntegerField(null=True)
    ltv_high = models.BigIntegerField(null=True)
    # Chance not to have left for good, where the model of purchases can say so.
    alive = models.FloatField(null=True)
    best_hour = models.SmallIntegerField(null=True)
    hour_share = models.FloatField(null=True)
    best_channel = models.CharField(max_length=64, blank=True, default="")
    channel_share = models.FloatField(null=True)
    # What share of the orders will be at a reduced price.
    reduced_share = models.FloatField(null=True)
    due_items = models.SmallIntegerField(default=0)
    due_on = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-churn_risk", "customer"], name="predictions_risk"),
            models.Index(fields=["-ltv_minor", "customer"], name="predictions_ltv"),
            models.Index(fields=["-propensity", "customer"], name="predictions_propensity"),
        ]


class DueItem(models.Model):
    """Something a customer will soon have used up."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    rank = models.SmallIntegerField()
    due_on = models.DateField()
    last_on = models.DateField()
    every_days = models.FloatField()
    times = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "rank"], name="predictions_one_due_item")]
