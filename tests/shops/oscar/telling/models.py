from uuid import uuid4

from django.db import models


class Outgoing(models.Model):
    """A message to Shuke. Its id goes with every attempt, so that a message that arrives twice counts once."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    # "event" for the collector, "record" for the signed webhook.
    door = models.CharField(max_length=10)
    said = models.JSONField()
    made_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("made_at",)
