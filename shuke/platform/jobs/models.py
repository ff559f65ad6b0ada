"""Table of the job queue."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class JobState(models.TextChoices):
    """Where a job stands. The last three are final."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Job(models.Model):
    """One piece of queued work."""

    name = models.CharField(max_length=80, db_index=True)
    arguments = models.JSONField(default=dict)
    lane = models.CharField(max_length=16, default="work")
    state = models.CharField(max_length=16, choices=JobState.choices, default=JobState.QUEUED)
    run_at = models.DateTimeField()
    # How often it ended in an error; at ``max_attempts`` it has failed for good.
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=5)
    # How often in a row its worker died before it got any further.
    crashes = models.PositiveSmallIntegerField(default=0)
    # While it runs: the worker that holds it, and until when we believe that worker alive.
    worker = models.CharField(max_length=80, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    # Progress as shown to people. ``total`` is 0 while unknown.
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    # A message id, like ``error``: jobs speak the language of the sources, and people read their own.
    note = models.CharField(max_length=200, blank=True, default="")
    is_cancel_requested = models.BooleanField(default=False)
    error = models.TextField(blank=True, default="")
    # What ``error`` names as %(name)s.
    error_facts = models.JSONField(default=dict)
    # At most one unfinished job per key.
    dedupe_key = models.CharField(max_length=160, null=True)  # noqa: DJ001  NULL means "no key", unlike ""
    # Asked for again while it ran: when it is done, it is queued once more for this moment.
    again_at = models.DateTimeField(null=True)
    requested_by = models.CharField(max_length=80, blank=True, default="")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    # When it was taken up last, and how far it was then: its pace is measured from there.
    resumed_at = models.DateTimeField(null=True)
    resumed_done = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key"],
                condition=models.Q(state__in=["queued", "running"]),
                name="jobs_one_per_dedupe_key",
            )
        ]
        indexes = [models.Index(fields=["state", "lane", "run_at"], name="jobs_to_claim")]

    @override
    def __str__(self) -> str:
        return f"{self.name}:{self.pk}"

    @property
    def note_text(self) -> str:
        """Return what it is doing, in the active language."""
        return gettext(self.note) if self.note else ""

    @property
    def error_text(self) -> str:
        """Return what it failed with, in the active language."""
        text = gettext(self.error) if self.error else ""
        return text % self.error_facts if self.error_facts else text
