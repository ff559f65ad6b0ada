"""Merges: which customers were found to be one person, and what it takes to undo that."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.models.people import Customer, Identity


class MergeReason(models.TextChoices):
    """Who said that two customers are one."""

    STAFF = "staff", _("By hand")
    DUPLICATE = "duplicate", _("Accepted suggestion")
    AUTOMATIC = "automatic", _("Automatic, above the company's threshold")
    API = "api", _("By a connected system")


class CustomerMerge(models.Model):
    """An edge: ``merged`` is the same person as ``survivor``. Undone by a split, never deleted."""

    uuid = models.UUIDField(unique=True)
    survivor = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    merged = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=16, choices=MergeReason.choices)
    merged_at = models.DateTimeField()
    merged_by = models.CharField(max_length=80)
    # What each participant needs to give back, sealed: it holds values of both people as they were.
    kept = models.BinaryField()
    # Counts and field names only.
    summary = models.JSONField(default=dict)
    split_at = models.DateTimeField(null=True)
    split_by = models.CharField(max_length=80, blank=True, default="")
    # What stayed with the survivor because it was done to the merged person, as counts and references.
    split_report = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=models.Q(split_at__isnull=True), name="customers_merged_into_one"
            )
        ]
        indexes = [models.Index(fields=["survivor"], name="customers_merges_of")]


class IdentityMove(models.Model):
    """An identity changed hands. Append-only: the history from which a page says why identities belong together."""

    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    from_customer = models.BigIntegerField(null=True)
    to_customer = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=16)
    merge = models.ForeignKey(CustomerMerge, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=64, blank=True, default="")
    moved_at = models.DateTimeField()
    moved_by = models.CharField(max_length=80)
