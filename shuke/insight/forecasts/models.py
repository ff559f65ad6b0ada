"""Tables of forecasts: runs and what each expects, promotions, what was out of the ordinary, plans for peaks."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from typing_extensions import override

from shuke.platform.company.models import Shop


class Run(models.Model):
    """One look at the warehouse: every series was judged and carried on from the day after ``as_of``."""

    as_of = models.DateField()
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    first_on = models.DateField(null=True)
    # Whose calendars were laid over the history: ISO codes, most orders first.
    countries = models.JSONField(default=list)
    series = models.IntegerField(default=0)
    # The last day of which anything unusual has been looked for.
    checked_until = models.DateField(null=True)
    # How many tests that took, and how many were called unusual.
    tests = models.IntegerField(default=0)
    alarms = models.IntegerField(default=0)


class Forecast(models.Model):
    """What a run found of one series at one step: the past, the days to come with intervals, and how good it has been."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="forecasts")
    step = models.CharField(max_length=8)
    measure = models.CharField(max_length=64)
    scope = models.CharField(max_length=12)
    scope_key = models.CharField(max_length=200, blank=True, default="")
    is_ready = models.BooleanField()
    # Code and facts of why not; empty when ready.
    refusal = models.JSONField(default=dict)
    method = models.CharField(max_length=16, blank=True, default="")
    # The first step of ``past``; values follow without gaps up to the run's last day.
    begins_on = models.DateField(null=True)
    past = models.JSONField(default=list)
    # Expected, low and high of every step to come.
    points = models.JSONField(default=list)
    findings = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "step", "measure", "scope", "scope_key"], name="forecasts_one_forecast"
            )
        ]


class Promotion(models.Model):
    """Days on which the company did something that moves sales, or will. The same name again is the same event in another year."""

    name = models.CharField(_("Name"), max_length=80)
    first_on = models.DateField()
    last_on = models.DateField()
    # NULL: all shops.
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(last_on__gte=models.F("first_on")), name="forecasts_promotion_order"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["first_on"], name="forecasts_promotion_days")]

    @override
    def __str__(self) -> str:
        return self.name


class Unusual(models.TextChoices):
    """What is out of the ordinary."""

    REFUNDS = "refunds", _("Refund spike")
    CONVERSION = "conversion", _("Conversion drop")
    DEMAND_UP = "demand_up", _("Unusually high demand")
    DEMAND_DOWN = "demand_down", _("Unusually low demand")
    OTHER_UP = "other_up", _("Unusually many")
    OTHER_DOWN = "other_down", _("Unusually few")


class AnomalyState(models.TextChoices):
    """What people made of it."""

    OPEN = "open", pgettext_lazy("anomaly", "New")
    SEEN = "seen", pgettext_lazy("anomaly", "Being looked into")
    EXPLAINED = "explained", pgettext_lazy("anomaly", "Explained")


class Anomaly(models.Model):
    """Days on which a series left what its past errors explain. Told once, however long it lasts."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    kind = models.CharField(max_length=16, choices=Unusual.choices)
    step = models.CharField(max_length=8)
    measure = models.CharField(max_length=64)
    scope = models.CharField(max_length=12)
    scope_key = models.CharField(max_length=200, blank=True, default="")
    first_on = models.DateField()
    last_on = models.DateField()
    # Sums over the days (for shares, means).
    seen = models.FloatField()
    expected = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    # The chance of something as far off on an ordinary day.
    chance = models.FloatField()
    # Other measures of the same scope that left theirs on the same days.
    others = models.JSONField(default=list)
    found_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=AnomalyState.choices, default=AnomalyState.OPEN)
    note = models.CharField(_("Explanation"), max_length=500, blank=True, default="")
    handled_by = models.CharField(max_length=80, blank=True, default="")
    handled_by_label = models.CharField(max_length=200, blank=True, default="")
    handled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "scope", "scope_key", "first_on"], name="forecasts_told_once"),
        ]
        indexes = [models.Index(fields=["-last_on", "-id"], name="forecasts_anomaly_days")]


class Plan(models.Model):
    """What is expected of the days of an event, and what it will take; kept to be compared with what then happened."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    name = models.CharField(max_length=80)
    # The event that it was planned from; "" for days of one's own.
    event = models.CharField(max_length=100, blank=True, default="")
    first_on = models.DateField()
    last_on = models.DateField()
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    rates = models.JSONField(default=dict)
    # What was expected when the plan was last saved: by day, and what it rested on.
    outlook = models.JSONField(default=dict)
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=80)
    saved_by_label = models.CharField(max_length=200, blank=True, default="")
    is_archived = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["is_archived", "-first_on"], name="forecasts_plan_days")]

    @override
    def __str__(self) -> str:
        return self.name
