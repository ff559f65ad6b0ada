"""Tables of the log."""

from django.db import models


class Event(models.Model):
    """One thing that happened, in the envelope that all of them share."""

    # Insertion order. ``position`` is what subscribers follow: on SQLite (one writer at a time) it is given at
    # insertion; on PostgreSQL a single leader numbers committed rows, so nobody reads past a row not yet committed.
    position = models.BigIntegerField(null=True, unique=True)
    uuid = models.UUIDField(unique=True)
    name = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField(default=1)
    identity_id = models.BigIntegerField(null=True)
    # No foreign key: the log lies below customers.
    customer_id = models.BigIntegerField(null=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    source = models.CharField(max_length=64)
    actor = models.CharField(max_length=80)
    causation_id = models.UUIDField(null=True)
    # History written by an import: projections read it, nothing live reacts to it.
    historical = models.BooleanField(default=False)
    import_id = models.BigIntegerField(null=True)
    properties = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["customer_id", "-occurred_at", "-id"], name="events_timeline"),
            # What arrived under one identity: history that follows it to whoever it belongs to today.
            models.Index(
                fields=["identity_id", "-occurred_at", "-id"],
                condition=models.Q(identity_id__isnull=False),
                name="events_of_identity",
            ),
            models.Index(fields=["import_id"], condition=models.Q(import_id__isnull=False), name="events_of_import"),
            models.Index(fields=["id"], condition=models.Q(position__isnull=True), name="events_unnumbered"),
        ]


class Subscription(models.Model):
    """How far one subscriber has read the log."""

    name = models.CharField(max_length=80, unique=True)
    position = models.BigIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    changed_at = models.DateTimeField()
