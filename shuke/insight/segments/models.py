"""Tables of segments."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from shuke.cdp.customers.models import Customer


class Kind(models.TextChoices):
    """What decides who belongs: a rule, or a person's hand."""

    RULE = "rule", _("Segment")
    LIST = "list", _("List")


class State(models.TextChoices):
    """Whether a segment is in use."""

    ACTIVE = "active", _("Active")
    ARCHIVED = "archived", _("Archived")


class Segment(models.Model):
    """A named set of customers."""

    uuid = models.UUIDField(unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(max_length=1000, blank=True, default="")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACTIVE)
    # In the form of ``rules.writing.plain``; NULL for a list.
    rule = models.JSONField(null=True)
    created_by = models.CharField(max_length=80)
    created_by_label = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    rule_changed_at = models.DateTimeField()
    # The last complete computation: how many members, on which day, when. NULL before the first.
    size = models.BigIntegerField(null=True)
    as_of = models.DateField(null=True)
    computed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(state="active"), name="segments_one_active_per_name"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="list", rule__isnull=True) | models.Q(kind="rule", rule__isnull=False),
                name="segments_rule_or_list",
            ),
        ]
        indexes = [models.Index(fields=["state", "-changed_at", "-id"], name="segments_newest")]

    @override
    def __str__(self) -> str:
        return self.name

    @property
    def is_list(self) -> bool:
        """Whether members are chosen by hand."""
        return self.kind == Kind.LIST


class Membership(models.Model):
    """From when until when (NULL: still) a customer was a member."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+")
    # No constraint in the database: the warehouse may know a customer a moment longer than we do.
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    # On a list: whose entry it is once every merge is undone, if that is not its customer's.
    home = models.BigIntegerField(null=True)
    # What moved them: the name of an event, ``day`` (time alone), ``rule`` (a computation), ``hand``; empty if not known.
    entered_because = models.CharField(max_length=80, blank=True, default="", db_default="")
    left_because = models.CharField(max_length=80, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "customer"], condition=models.Q(left_at__isnull=True), name="segments_once_at_a_time"
            )
        ]
        indexes = [
            models.Index(fields=["customer", "segment"], name="segments_of_customer"),
            models.Index(fields=["segment", "-entered_at", "-id"], name="segments_entered"),
            models.Index(
                fields=["segment", "-left_at", "-id"], condition=models.Q(left_at__isnull=False), name="segments_left"
            ),
        ]


class Computation(models.Model):
    """One complete computation of a segment, or one change of a list: the points of its growth chart."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+")
    as_of = models.DateField()
    computed_at = models.DateTimeField()
    size = models.BigIntegerField()
    entered = models.BigIntegerField()
    left = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["segment", "-computed_at"], name="segments_computations")]
