"""Tables of the reports: what channels cost, reports that are kept, and boards of them."""

from django.db import models
from typing_extensions import override

from shuke.insight.analytics.rules import Step
from shuke.platform.staff.models import Staff

PDF, XLSX = "pdf", "xlsx"


def both_files() -> list[str]:
    """Return the files a letter brings along, unless something else was chosen."""
    return [PDF, XLSX]


class ChannelCost(models.Model):
    """What was spent on a source (and campaign; "" is all of them) in a month, in the company's currency."""

    # The first day of the month.
    month = models.DateField()
    # In small letters, as acquisitions say it.
    source = models.CharField(max_length=120)
    campaign = models.CharField(max_length=120, blank=True, default="")
    amount_minor = models.BigIntegerField()
    changed_by = models.CharField(max_length=80)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["month", "source", "campaign"], name="analytics_one_cost_a_month"),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="analytics_cost_not_negative"),
        ]


class SavedReport(models.Model):
    """A report with its filters, under a name. ``query`` is the part of its address after the question mark."""

    uuid = models.UUIDField(unique=True)
    name = models.CharField(max_length=120)
    report = models.CharField(max_length=40)
    query = models.CharField(max_length=2000, blank=True, default="")
    owner = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    # Whether everybody who may see reports finds it.
    is_shared = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["owner", "name"], name="analytics_reports_of_owner")]

    @override
    def __str__(self) -> str:
        return self.name


class Board(models.Model):
    """Saved reports on one page, in an order, for a period of its own."""

    uuid = models.UUIDField(unique=True)
    name = models.CharField(max_length=120)
    owner = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    is_shared = models.BooleanField(default=False)
    # Staff who get it by e-mail, by number: each day, each Monday, or on the first of a month.
    mailed_to = models.JSONField(default=list)
    rhythm = models.CharField(
        max_length=8, choices=[(step.value, step.value) for step in Step], default=Step.WEEK.value
    )
    # Which files go with the letter.
    attached = models.JSONField(default=both_files)
    # The first day of the day, week or month for which it was last sent, so that each has one mail whatever is tried again.
    mailed_on = models.DateField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["owner", "name"], name="analytics_boards_of_owner")]

    @override
    def __str__(self) -> str:
        return self.name


class Tile(models.Model):
    """One saved report on a board."""

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="tiles")
    report = models.ForeignKey(SavedReport, on_delete=models.CASCADE, related_name="+")
    place = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("place", "pk")
        constraints = [models.UniqueConstraint(fields=["board", "report"], name="analytics_once_on_a_board")]
