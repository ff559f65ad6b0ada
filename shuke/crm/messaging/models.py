"""Tables of messages: what was decided about each candidate, the messages themselves, the policy and what stops them all."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.models import Customer, Purpose


class Stage(models.TextChoices):
    """When a decision was taken."""

    REQUEST = "request", _("When it was asked for")
    CLAIM = "claim", _("Just before sending")


class Result(models.TextChoices):
    """What the gate said."""

    ALLOW = "allow", _("Allowed")
    DENY = "deny", _("Refused")


class State(models.TextChoices):
    """Where a message stands."""

    APPROVED = "approved", _("Waiting to be sent")
    CLAIMED = "claimed", _("Being prepared")
    SENDING = "sending", _("Being handed over")
    ACCEPTED = "accepted", _("Sent")
    UNKNOWN = "unknown", _("Not confirmed")
    DEFERRED = "deferred", _("Put off by the carrier")
    FAILED = "failed", _("Failed")
    SUPPRESSED = "suppressed", _("Suppressed")
    CANCELLED = "cancelled", _("Cancelled")


# Messages in these states are on somebody's way or were: they count for how often a person is written to.
COUNTED = (State.CLAIMED, State.SENDING, State.ACCEPTED, State.UNKNOWN, State.DEFERRED)
# What may still be stopped.
PENDING = (State.APPROVED, State.DEFERRED)


class PolicyVersion(models.Model):
    """The contact policy as it was from a moment on; the highest number is in force. Never changed."""

    number = models.PositiveIntegerField(unique=True)
    values = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=80)
    note = models.CharField(max_length=200, blank=True, default="")


class Stop(models.Model):
    """While this row stands, nothing leaves: everything ("all"), one channel ("channel:sms") or one cause ("campaign:12")."""

    scope = models.CharField(max_length=80, unique=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    since = models.DateTimeField()
    by = models.CharField(max_length=80)


class SendDecision(models.Model):
    """What the gate said about one candidate, and on what it rested. Never changed, except that a person is forgotten."""

    # What the cause knows the candidate by. One decision when it was asked for, one for every try to send.
    key = models.CharField(max_length=200)
    stage = models.CharField(max_length=8, choices=Stage.choices)
    attempt = models.PositiveSmallIntegerField(default=0)
    # No constraint in the database: decisions outlive their customers.
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False, db_index=False
    )
    cause_kind = models.CharField(max_length=16)
    cause_id = models.BigIntegerField()
    step = models.CharField(max_length=64, blank=True, default="")
    variant = models.CharField(max_length=32, blank=True, default="")
    channel = models.CharField(max_length=16)
    purpose = models.CharField(max_length=16, choices=Purpose.choices, blank=True)
    topic = models.CharField(max_length=64, blank=True, default="")
    template = models.CharField(max_length=64)
    result = models.CharField(max_length=8, choices=Result.choices)
    # Codes in the order of the gate; the first is what the candidate failed at.
    reasons = models.JSONField(default=list)
    first_reason = models.CharField(max_length=64, blank=True, default="")
    # What it rested on: numbers of the consent record, counts against caps, hours. No value of a person.
    facts = models.JSONField(default=dict)
    policy = models.PositiveIntegerField()
    value = models.FloatField(default=0.0)
    decided_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "stage", "attempt"], name="messaging_decided_once"),
            models.CheckConstraint(
                condition=models.Q(result="deny") | models.Q(first_reason=""), name="messaging_allow_has_no_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-decided_at"], name="messaging_decisions_of"),
            models.Index(
                fields=["cause_kind", "cause_id", "step"],
                condition=models.Q(stage="request"),
                name="messaging_decided_for",
            ),
            models.Index(fields=["decided_at"], name="messaging_decided_at"),
        ]


class Message(models.Model):
    """One message to one person, from the moment it was allowed."""

    uuid = models.UUIDField(unique=True)
    key = models.CharField(max_length=200, unique=True)
    # The decision that counts: the last one taken.
    decision = models.OneToOneField(SendDecision, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False, db_index=False
    )
    cause_kind = models.CharField(max_length=16)
    cause_id = models.BigIntegerField()
    step = models.CharField(max_length=64, blank=True, default="")
    variant = models.CharField(max_length=32, blank=True, default="")
    channel = models.CharField(max_length=16)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    topic = models.CharField(max_length=64, blank=True, default="")
    template = models.CharField(max_length=64)
    template_version = models.BigIntegerField(null=True)
    language = models.CharField(max_length=10, blank=True, default="")
    # What happened that this message speaks of, as the cause told it: ids, no addresses.
    context = models.JSONField(default=dict)
    value = models.FloatField(default=0.0)
    # Where it goes: a contact point or a key of an app, and the index under which permission for that is kept.
    contact_id = models.BigIntegerField(null=True)
    identity_id = models.BigIntegerField(null=True)
    address_index = models.BinaryField(max_length=32, null=True)
    index_key = models.PositiveSmallIntegerField(default=1)
    # The part of an e-mail address that says nothing about a person: its domain.
    domain = models.CharField(max_length=120, blank=True, default="")
    state = models.CharField(max_length=12, choices=State.choices, default=State.APPROVED)
    # Why it is where it is: the first reason of the gate, or the code of the carrier.
    reason = models.CharField(max_length=64, blank=True, default="")
    detail = models.CharField(max_length=200, blank=True, default="")
    # Not before this moment, and never after that one.
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    # For what it waits while it does: "quiet_hours", "carrier" …
    waits_for = models.CharField(max_length=24, blank=True, default="")
    is_paused = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    # When a carrier first put it off: it is not tried for ever.
    first_try_at = models.DateTimeField(null=True)
    worker = models.CharField(max_length=80, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    account_id = models.BigIntegerField(null=True)
    provider_id = models.CharField(max_length=120, blank=True, default="")
    created_at = models.DateTimeField()
    # When it counts for how often the person is written to.
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    is_open_by_proxy = models.BooleanField(default=False)
    clicked_at = models.DateTimeField(null=True)
    clicks = models.PositiveIntegerField(default=0)
    bounced_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["purpose", "due_at", "id"],
                condition=models.Q(state__in=["approved", "deferred"], is_paused=False),
                name="messaging_due",
            ),
            models.Index(
                fields=["lease_until"],
                condition=models.Q(state__in=["claimed", "sending"]),
                name="messaging_leased",
            ),
            models.Index(fields=["customer", "-sent_at"], name="messaging_sent_to"),
            models.Index(fields=["cause_kind", "cause_id", "step", "state"], name="messaging_caused"),
            models.Index(fields=["-created_at", "-id"], name="messaging_newest"),
            models.Index(
                fields=["provider_id"], condition=~models.Q(provider_id=""), name="messaging_by_provider"
            ),
        ]  # fmt: skip


class Link(models.Model):
    """An address that messages lead to, kept once: a tracked link names its number, so it can lead nowhere else."""

    digest = models.BinaryField(max_length=32, unique=True)
    url = models.CharField(max_length=2000)
    made_at = models.DateTimeField()


class Wish(models.Model):
    """What a person wishes for about all messages they did not ask for: none until a day, at most so many a week."""

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    paused_until = models.DateTimeField(null=True)
    most_per_week = models.PositiveSmallIntegerField(null=True)
    changed_at = models.DateTimeField()
