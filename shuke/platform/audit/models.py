"""Table of the audit log."""

from django.db import models


class AuditEntry(models.Model):
    """One change: who, what verb, on which object, with which plain facts."""

    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=80, db_index=True)
    actor_label = models.CharField(max_length=200)
    verb = models.CharField(max_length=80, db_index=True)
    target = models.CharField(max_length=120, blank=True, db_index=True)
    summary = models.JSONField(default=dict)
