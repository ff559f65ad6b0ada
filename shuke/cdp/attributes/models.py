"""Tables of attributes."""

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from shuke.cdp.attributes.rules.kinds import Kind, Limits
from shuke.cdp.attributes.rules.priority import DEFAULT
from shuke.cdp.customers.models import Customer

KIND_LABELS = {
    Kind.TEXT: _("Text"),
    Kind.NUMBER: pgettext_lazy("kind of attribute", "Number"),
    Kind.MONEY: _("Amount of money"),
    Kind.DATE: _("Date"),
    Kind.CHOICE: _("Choice"),
    Kind.LIST: _("Several choices"),
    Kind.YES_NO: _("Yes or no"),
}


# Looked up for every value that is written: quicker than making the member from its text.
_KINDS = {kind.value: kind for kind in Kind}


class State(models.TextChoices):
    """How far a definition has come."""

    UNDECLARED = "undeclared", _("Not declared yet")
    ACTIVE = "active", _("In use")
    ARCHIVED = "archived", pgettext_lazy("attribute", "Archived")


class Attribute(models.Model):
    """A definition: what is kept of customers under a code, and whose word on it counts."""

    code = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=16)
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACTIVE)
    # By language code; "" where nobody wrote one.
    labels = models.JSONField(default=dict)
    description = models.CharField(max_length=500, blank=True, default="")
    # Sealed, masked by role, and kept out of the warehouse. True until somebody says otherwise.
    is_personal = models.BooleanField(default=True)
    # Worked out by Shuke: nobody enters values, and no history is kept, since they can be worked out again.
    is_computed = models.BooleanField(default=False)
    limits = models.JSONField(default=dict)
    # [{"code": …, "labels": {language: …}}] of choices and lists.
    choices = models.JSONField(default=list)
    # Sources from the one whose word counts most; see ``rules.priority``.
    source_order = models.JSONField(default=list)
    # How many statements did not fit since the definition last changed.
    misfits = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)

    @override
    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What it is called in the reader's language, in another one, or by its code."""
        written = self.labels.get(get_language() or "") or next(filter(None, self.labels.values()), "")
        return str(written or self.code)

    @property
    def value_kind(self) -> Kind:
        """The kind as the rules know it."""
        return _KINDS[self.kind]

    @property
    def kind_label(self) -> str:
        """What the kind is called."""
        return str(KIND_LABELS[self.value_kind])

    @cached_property
    def allowed(self) -> Limits:
        """What its values may be."""
        return Limits(**self.limits, choices=tuple(choice["code"] for choice in self.choices))

    @property
    def order(self) -> tuple[str, ...]:
        """Sources from the one whose word counts most."""
        return tuple(self.source_order) or DEFAULT

    @property
    def is_sealed(self) -> bool:
        """Whether its values are kept sealed: personal ones, and those of which nobody said that they are not."""
        return self.is_personal or self.state == State.UNDECLARED

    def choice_label(self, code: str) -> str:
        """What a choice is called in the reader's language."""
        for choice in self.choices:
            if choice["code"] == code:
                labels = choice.get("labels", {})
                return str(labels.get(get_language() or "") or next(filter(None, labels.values()), "") or code)
        return code


class Statement(models.Model):
    """What one source last said of one attribute of one customer. A value is in one of four columns, or sealed.

    A row without a value says that the source took its word back; it stays, so that an older message that arrives late
    does not bring the value to life again.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    attribute = models.ForeignKey(Attribute, on_delete=models.PROTECT, related_name="+", db_index=False)
    # "staff", "api:3", "shop:web", "collector:app", "file:7", "computed".
    source = models.CharField(max_length=64)
    # The identity it arrived with, which it follows on a split; 0 for none, and while somebody else holds what was said
    # without one, the customer it was said of, below zero.
    identity_id = models.BigIntegerField(default=0)
    text = models.CharField(max_length=500, null=True)  # noqa: DJ001  no value is not an empty one
    number = models.FloatField(null=True)
    day = models.DateField(null=True)
    items = models.JSONField(null=True)
    sealed = models.BinaryField(null=True)
    said_at = models.DateTimeField()
    # Whether this is the value in force.
    is_current = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["attribute", "customer", "source", "identity_id"], name="attributes_one_word_per_source"
            ),
            models.UniqueConstraint(
                fields=["attribute", "customer"], condition=models.Q(is_current=True), name="attributes_one_in_force"
            ),
        ]
        indexes = [
            models.Index(fields=["customer"], name="attributes_of_customer"),
            models.Index(
                fields=["attribute", "text", "customer"],
                condition=models.Q(is_current=True, text__isnull=False),
                name="attributes_by_text",
            ),
            models.Index(
                fields=["attribute", "number", "customer"],
                condition=models.Q(is_current=True, number__isnull=False),
                name="attributes_by_number",
            ),
            models.Index(
                fields=["attribute", "day", "customer"],
                condition=models.Q(is_current=True, day__isnull=False),
                name="attributes_by_day",
            ),
        ]


class Change(models.Model):
    """The value in force became another: by whose word, when, from what to what. Append-only."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    attribute = models.ForeignKey(Attribute, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=64)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    # Both of them, where values are sealed.
    sealed = models.BinaryField(null=True)

    class Meta:
        indexes = [models.Index(fields=["customer", "attribute", "at"], name="attributes_history")]
