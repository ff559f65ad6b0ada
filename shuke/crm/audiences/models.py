"""Tables of audiences that leave the house: where to, what the other side holds, and what each run did."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.models import Customer
from shuke.insight.segments.models import Segment
from shuke.kernel.ids import uuid7


class Way(models.TextChoices):
    """How an audience leaves."""

    FILE = "file", _("Files")
    WEBHOOK = "webhook", _("Calls to a webhook")


class Layout(models.TextChoices):
    """How a member is written."""

    META = "meta", _("Meta: hashed e-mail and phone")
    GOOGLE = "google", _("Google: hashed e-mail and phone")
    MAINLAND_SHA256 = "mainland_sha256", _("Mainland platforms: mobile number, SHA-256")
    MAINLAND_MD5 = "mainland_md5", _("Mainland platforms: mobile number, MD5")
    IDS = "ids", _("Ids only, for systems of our own")


class RunState(models.TextChoices):
    """What became of a run."""

    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Destination(models.Model):
    """One segment that goes to one place."""

    uuid = models.UUIDField(unique=True, default=uuid7)
    name = models.CharField(max_length=120)
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="+")
    way = models.CharField(max_length=8, choices=Way.choices)
    layout = models.CharField(max_length=16, choices=Layout.choices)
    # The webhook with its secret, as JSON; empty for files.
    secrets = models.BinaryField(default=b"")
    # 0: only when somebody asks.
    every_hours = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    next_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["next_at"], name="audiences_due", condition=models.Q(archived_at=None))]


class Shared(models.Model):
    """One line that the other side holds. ``mark`` is its keyed fingerprint, so that it is compared without being opened."""

    destination = models.ForeignKey(Destination, on_delete=models.CASCADE, related_name="+", db_index=False)
    mark = models.BinaryField(max_length=32)
    sealed = models.BinaryField()
    # NULL once the person is erased: the line is then only kept until the other side was told to take it out.
    customer = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["destination", "mark"], name="audiences_held_once")]


class Run(models.Model):
    """One time that an audience was told."""

    uuid = models.UUIDField(unique=True, default=uuid7)
    destination = models.ForeignKey(Destination, on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.RUNNING)
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    started_by = models.CharField(max_length=120)
    # members, lines, added, removed, and by reason how many addresses were withheld.
    report = models.JSONField(default=dict)
    error = models.CharField(max_length=300, blank=True, default="")
    has_file = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["destination", "-id"], name="audiences_runs")]
