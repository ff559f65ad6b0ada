"""Tables of campaigns."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from shuke.cdp.customers.models import Customer


class State(models.TextChoices):
    """Where a campaign stands."""

    DRAFT = "draft", _("Draft")
    WAITING = "waiting", _("Waits for approval")
    SCHEDULED = "scheduled", _("Scheduled")
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    STOPPED = "stopped", _("Stopped itself")
    CANCELLED = "cancelled", _("Cancelled")
    DONE = "done", _("Done")


# Nothing leaves any more.
ENDED = (State.STOPPED, State.CANCELLED, State.DONE)


class Timing(models.TextChoices):
    """When each person is written to."""

    NOW = "now", _("At once")
    AT = "at", _("At a moment")
    LOCAL = "local", _("At this time of day where the person is")
    BEST = "best", _("At each person's best hour")


class Measure(models.TextChoices):
    """By what the better version is told."""

    CLICK = "click", _("Clicks")
    OPEN = "open", _("Opens")


class Campaign(models.Model):
    """One message to many."""

    uuid = models.UUIDField(unique=True)
    name = models.CharField(max_length=120)
    channel = models.CharField(max_length=16)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    # Public ids of segments and lists: in any of these, and in none of those.
    include = models.JSONField(default=list)
    exclude = models.JSONField(default=list)
    # ``[{"code": "a", "template": public id}, …]``, in equal parts.
    variants = models.JSONField(default=list)
    measure = models.CharField(max_length=8, choices=Measure.choices, default=Measure.CLICK)
    # Which part of the people the versions are tried on, and after how many hours the rest get the better one; 1: all.
    test_share = models.FloatField(default=1.0)
    winner_hours = models.PositiveSmallIntegerField(default=4)
    winner = models.CharField(max_length=8, blank=True, default="")
    winner_is_sure = models.BooleanField(default=False)
    # The part of the people that by chance is not written to, to compare with.
    holdout = models.FloatField(default=0.05)
    timing = models.CharField(max_length=8, choices=Timing.choices, default=Timing.NOW)
    starts_at = models.DateTimeField(null=True)
    per_hour = models.PositiveIntegerField(null=True)
    is_guarded = models.BooleanField(default=True)
    # The most that may be spent, and what a thousand messages cost, in minor units of the company's currency.
    budget_minor = models.BigIntegerField(null=True)
    cost_per_thousand_minor = models.BigIntegerField(default=0)
    # For how many days what people buy counts.
    window_days = models.PositiveSmallIntegerField(default=14)
    created_by = models.CharField(max_length=80)
    created_by_label = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    submitted_by = models.CharField(max_length=80, blank=True, default="")
    approved_by = models.CharField(max_length=80, blank=True, default="")
    approved_by_label = models.CharField(max_length=200, blank=True, default="")
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # Which part of a guarded campaign is being written to, and since when.
    stage = models.PositiveSmallIntegerField(default=0)
    stage_at = models.DateTimeField(null=True)
    # Since when every message of the trial has been asked for.
    tried_at = models.DateTimeField(null=True)
    # Why it stopped itself: a code with figures.
    stopped_by = models.JSONField(default=dict)
    # How many were in the audience when it began, and how many the exclusions took out.
    audience = models.BigIntegerField(null=True)
    excluded = models.BigIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)
    is_settled = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["-changed_at", "-id"], name="campaigns_newest"),
            models.Index(fields=["state"], name="campaigns_by_state"),
        ]

    @override
    def __str__(self) -> str:
        return self.name


HELD, REST = "held", "rest"


class Member(models.Model):
    """Somebody in the audience of a campaign. NULL: erased since."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False, db_index=False
    )
    # A version's code, ``held`` (kept to compare with), or ``rest`` (gets the better version later).
    arm = models.CharField(max_length=8)
    # Where they stand in the order of sending, between 0 and 1.
    place = models.FloatField()
    # When they were asked for; NULL: not yet. ``reason`` is what stood in the way, "" for nothing.
    requested_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=64, blank=True, default="")
    # What they bought net of refunds in the days of measuring, and in as many days before.
    since_minor = models.BigIntegerField(default=0)
    before_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "customer"], name="campaigns_member_once")]
        indexes = [
            models.Index(
                fields=["campaign", "place"],
                condition=models.Q(requested_at__isnull=True) & ~models.Q(arm="held"),
                name="campaigns_to_be_asked",
            ),
            models.Index(fields=["campaign", "arm"], name="campaigns_arms"),
            models.Index(fields=["customer"], name="campaigns_of_customer"),
        ]
