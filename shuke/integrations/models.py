"""Tables of connections."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shuke.platform.company.models import Shop


class ConnectionState(models.TextChoices):
    """Whether a connection works."""

    WAITING = "waiting", _("Nothing received yet")
    ACTIVE = "active", _("Connected")
    TROUBLED = "troubled", _("In trouble")
    CLOSED = "closed", _("Closed")


class Connection(models.Model):
    """One shop on one platform."""

    uuid = models.UUIDField(unique=True)
    kind = models.CharField(max_length=32)
    name = models.CharField(max_length=120)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    # Part of the address that the platform calls: 128 random bits.
    token = models.CharField(max_length=48, unique=True)
    # Secrets, keys and access tokens as JSON, sealed.
    secrets = models.BinaryField()
    # What is no secret: the shop's address, options.
    settings = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=ConnectionState.choices, default=ConnectionState.WAITING)
    error = models.CharField(max_length=300, blank=True, default="")
    last_delivery_at = models.DateTimeField(null=True)
    last_applied_at = models.DateTimeField(null=True)
    # Everything the shop changed before this moment has been compared with what we have.
    reconciled_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)
    closed_at = models.DateTimeField(null=True)


class DeliveryState(models.TextChoices):
    """What became of a delivery."""

    STORED = "stored", _("Waiting")
    APPLIED = "applied", _("Applied")
    IGNORED = "ignored", _("Nothing to do")
    FAILED = "failed", _("Failed")


class Delivery(models.Model):
    """One call of the platform, as it came."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    # The platform's number of it; the digest of the body where it gives none.
    external_id = models.CharField(max_length=120)
    topic = models.CharField(max_length=80)
    # When the platform says that it happened.
    triggered_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    sealed = models.BinaryField()
    # Blind digests of whose keys stand in it, so that an erasure finds it.
    subjects = models.TextField(blank=True, default="")
    state = models.CharField(max_length=16, choices=DeliveryState.choices, default=DeliveryState.STORED)
    attempts = models.PositiveSmallIntegerField(default=0)
    run_at = models.DateTimeField()
    reason = models.CharField(max_length=32, blank=True, default="")
    # Which field of it, or what the door of a domain said: never a value.
    detail = models.CharField(max_length=300, blank=True, default="")
    # What it amounted to: how many records of which kind, and the first order among them.
    made = models.JSONField(default=dict)
    order_id = models.BigIntegerField(null=True)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "external_id"], name="integrations_delivered_once")
        ]
        indexes = [
            models.Index(fields=["run_at", "id"], condition=models.Q(state="stored"), name="integrations_waiting"),
            models.Index(fields=["connection", "-id"], name="integrations_newest"),
            models.Index(fields=["received_at"], name="integrations_oldest"),
        ]


class SyncKind(models.TextChoices):
    """Why a shop's records are fetched."""

    BACKFILL = "backfill", _("Everything there is")
    RECONCILE = "reconcile", _("What changed lately")


class Sync(models.Model):
    """One walk through a shop's records, from wherever it stopped."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=SyncKind.choices)
    since = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    job_id = models.BigIntegerField(null=True)
    # Where to go on, in the words of the kind.
    cursor = models.JSONField(default=dict)
    # How many records of which kind came, and how many of them were news or refused.
    counts = models.JSONField(default=dict)
    error = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["connection", "-id"], name="integrations_syncs")]


class Refusal(models.Model):
    """How many calls were turned away at the door, by day and reason. The connection is NULL for addresses nobody has."""

    connection = models.ForeignKey(Connection, null=True, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    reason = models.CharField(max_length=32)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "day", "reason"], name="integrations_refusals_once", nulls_distinct=False
            )
        ]


class Edition(models.Model):
    """How recent what we know of a customer or product of a shop is, since their tables do not keep it.

    With it, what the shop said before changes nothing, in whatever order its calls arrive.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    noun = models.CharField(max_length=16)
    # A keyed digest of the shop's id of it.
    key = models.CharField(max_length=16)
    version = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "noun", "key"], name="integrations_editions_once")]
