"""Tables of quality: keys for finding duplicates, suggestions, what is wrong where, and what was done about it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shuke.cdp.customers.models import Customer


class MatchKey(models.Model):
    """One blocking key of a customer as a keyed hash: who shares one may be the same person (``engine.keys``)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.SmallIntegerField()
    key = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key", "customer"], name="quality_key_once")]
        indexes = [models.Index(fields=["customer"], name="quality_keys_of_customer")]


class CrowdedKey(models.Model):
    """A key that so many customers share that it says nothing; found by the last full search."""

    kind = models.SmallIntegerField()
    key = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="quality_crowded_once")]


class StaleCustomer(models.Model):
    """A customer who changed since they were last read; taken up by the next ``quality.catch_up``."""

    customer_id = models.BigIntegerField(unique=True)
    noted_at = models.DateTimeField()


class MatchModel(models.Model):
    """What a full search learned about how much agreements say. The newest is in use, earlier ones stay to be compared.

    ``rates`` holds no value of anybody but names, places and days that at least eight people share.
    """

    learned_at = models.DateTimeField()
    customers = models.IntegerField()
    pairs = models.IntegerField()
    suggested = models.IntegerField(default=0)
    rates = models.JSONField()


class Verdict(models.TextChoices):
    """What became of a suggestion."""

    OPEN = "open", pgettext_lazy("suggestion", "Open")
    MERGED = "merged", _("Merged")
    APART = "apart", _("Different people")


class Suggestion(models.Model):
    """Two customers who may be one person, with the evidence. One told apart by people is remembered for good."""

    low = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    high = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    probability = models.FloatField()
    # The level of each comparison, in the order of ``engine.comparing.COMPARISONS``.
    levels = models.JSONField(default=list)
    # Codes of what speaks against joining them without a person looking: see ``rules.conflicts``.
    conflicts = models.JSONField(default=list)
    has_conflict = models.BooleanField(default=False)
    found_at = models.DateTimeField()
    checked_at = models.DateTimeField()
    verdict = models.CharField(max_length=8, choices=Verdict.choices, default=Verdict.OPEN)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True, default="")
    # The merge that followed, and whether nobody was asked.
    merge_uuid = models.UUIDField(null=True)
    was_automatic = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["low", "high"], name="quality_suggested_once"),
            models.CheckConstraint(condition=models.Q(low__lt=models.F("high")), name="quality_low_before_high"),
        ]
        indexes = [
            models.Index(fields=["verdict", "-probability", "-id"], name="quality_suggestions_in_order"),
            models.Index(fields=["verdict", "-decided_at", "-id"], name="quality_suggestions_decided"),
        ]

    @property
    def shown_probability(self) -> float:
        """The probability as people read it: nothing is quite certain."""
        return min(self.probability, 0.999)


class Flaw(models.TextChoices):
    """What can be wrong with a value."""

    EMAIL_TYPO = "email_typo", _("E-mail address probably misspelt")
    EMAIL_INVALID = "email_invalid", _("E-mail address that cannot be one")
    EMAIL_ROLE = "email_role", _("E-mail address of a desk, not of a person")
    EMAIL_DISPOSABLE = "email_disposable", _("Throw-away e-mail address")
    PHONE_INVALID = "phone_invalid", _("Phone number that cannot be one")
    PHONE_FORMAT = "phone_format", _("Phone number not in international form")
    PLACE_IN_ADDRESS = "place_in_address", _("City or region missing, though the address says it")
    NAME_UNTIDY = "name_untidy", _("Name with a title, in capitals, or in the wrong order")
    NAME_NOT_A_NAME = "name_not_a_name", _("Address or number in place of a name")
    BIRTHDAY_IMPLAUSIBLE = "birthday_implausible", _("Birthday that is nobody's")


class Flag(models.Model):
    """Something wrong with one customer's data. ``hint`` is what would mend it, sealed; empty where only a person knows."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    flaw = models.CharField(max_length=24, choices=Flaw.choices)
    hint = models.BinaryField(null=True)
    found_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["flaw", "customer"], name="quality_flags_by_flaw"),
            models.Index(fields=["customer"], name="quality_flags_of_customer"),
        ]


class FixState(models.TextChoices):
    """How far a fix is."""

    RUNNING = "running", _("Running")
    DONE = "done", pgettext_lazy("fix", "Done")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class Fix(models.Model):
    """One mending of all customers with a flaw, undoable as a whole."""

    uuid = models.UUIDField(unique=True)
    flaw = models.CharField(max_length=24, choices=Flaw.choices)
    state = models.CharField(max_length=8, choices=FixState.choices, default=FixState.RUNNING)
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=80)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    changed = models.IntegerField(default=0)
    skipped = models.IntegerField(default=0)
    undone = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    job_id = models.BigIntegerField(null=True)
    is_automatic = models.BooleanField(default=False)


class FixedValue(models.Model):
    """The image before and after of one value that a fix changed, sealed."""

    fix = models.ForeignKey(Fix, on_delete=models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    field = models.CharField(max_length=16)
    images = models.BinaryField()
    # Set when an undo looked at it: whether the value was given back, or had changed since and was left.
    was_undone = models.BooleanField(null=True)

    class Meta:
        indexes = [models.Index(fields=["fix", "was_undone", "id"], name="quality_values_of_fix")]


class Measure(models.Model):
    """The quality of one field on one day: counts, for the whole company (shop "") and each shop."""

    day = models.DateField()
    shop = models.CharField(max_length=64, blank=True, default="")
    field = models.CharField(max_length=16)
    customers = models.IntegerField()
    # How many have a value; a value without a flaw; one nobody else has; one that was confirmed within a year.
    filled = models.IntegerField()
    valid = models.IntegerField()
    unique = models.IntegerField()
    fresh = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "shop", "field"], name="quality_measured_once")]
