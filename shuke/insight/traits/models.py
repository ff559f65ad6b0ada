"""Tables of traits."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shuke.cdp.attributes.models import Attribute
from shuke.cdp.customers.models import Tag
from shuke.insight.segments.models import Segment


class State(models.TextChoices):
    """Whether a trait is worked out."""

    ACTIVE = "active", _("In use")
    ARCHIVED = "archived", _("Archived")


class Trait(models.Model):
    """How a computed attribute is worked out, and how that went last."""

    attribute = models.OneToOneField(Attribute, on_delete=models.PROTECT, related_name="+")
    # In the form of ``rules.plain``.
    recipe = models.JSONField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACTIVE)
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    # The last complete computation: for which day, when, of how many customers, how many of them had another value before.
    as_of = models.DateField(null=True)
    computed_at = models.DateTimeField(null=True)
    customers = models.BigIntegerField(null=True)
    changed = models.BigIntegerField(null=True)


class AutomaticTag(models.Model):
    """A tag that follows a segment: on exactly its members."""

    tag = models.OneToOneField(Tag, on_delete=models.PROTECT, related_name="+")
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="+")
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    # NULL before the first computation, which announces nothing.
    computed_at = models.DateTimeField(null=True)
    customers = models.BigIntegerField(null=True)
