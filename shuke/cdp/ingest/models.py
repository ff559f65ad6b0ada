"""Tables of the collector."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from shuke.platform.company.models import Shop


class SourceKind(models.TextChoices):
    """Where events of a source come from. In a browser or an app anybody can read the key."""

    BROWSER = "browser", _("Web site")
    SERVER = "server", _("Server")
    MOBILE = "mobile", _("Mobile app")
    MINI_PROGRAM = "mini_program", _("Mini program")


class ConsentMode(models.TextChoices):
    """What a source has to know before behaviour is recorded."""

    NOT_ASKED = "not_asked", _("Not asked by this source")
    REQUIRED = "required", _("Only with consent")


class Source(models.Model):
    """Somebody who sends events, under a key of their own."""

    uuid = models.UUIDField(unique=True)
    # Stands in every event of the source and never changes.
    code = models.SlugField(max_length=48, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=SourceKind.choices, default=SourceKind.BROWSER)
    # Whose visitors these are: external ids of people are known within it.
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    # Public in browsers, so it is no secret and can be shown again; it says who sends, not that they may be believed.
    write_key = models.CharField(max_length=64, unique=True)
    # After a rotation the earlier key goes on working for a while.
    previous_key = models.CharField(max_length=64, blank=True, default="", db_index=True)
    previous_key_until = models.DateTimeField(null=True)
    # Events per second that are taken, on average over the burst; 0 means as many as come.
    quota_per_second = models.PositiveIntegerField(default=0)
    filters_bots = models.BooleanField(default=True)
    consent_mode = models.CharField(max_length=16, choices=ConsentMode.choices, default=ConsentMode.NOT_ASKED)
    # No other system tells us of this shop's orders: ``Order Completed`` makes one.
    is_order_truth = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Two sources cannot both be the only one.
            models.UniqueConstraint(
                fields=["shop"],
                condition=models.Q(is_order_truth=True, archived_at__isnull=True),
                name="ingest_one_order_truth_per_shop",
            )
        ]

    @override
    def __str__(self) -> str:
        return self.name


class Inbox(models.Model):
    """What was acknowledged: the body of one request, sealed, until its retention ends. Never changed.

    Rows become visible in the order of their ids, so a cursor is enough to know what has been dealt with.
    """

    source_id = models.BigIntegerField()
    received_at = models.DateTimeField()
    # How many events were counted at the door.
    events = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        indexes = [
            models.Index(fields=["source_id", "-id"], name="ingest_newest_of_source"),
            models.Index(fields=["received_at"], name="ingest_inbox_by_age"),
        ]


class Progress(models.Model):
    """How far the inbox has been dealt with; one row."""

    inbox_id = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField()


class Fate(models.IntegerChoices):
    """What became of a message."""

    LOGGED = 1, _("In the log")
    BOT = 2, _("Sent by a program")
    NO_CONSENT = 3, _("Without consent")
    REFUSED = 4, _("Kept aside")


class Receipt(models.Model):
    """A message that was seen: what makes a second one of the same id a duplicate. Digests only."""

    source_id = models.BigIntegerField()
    message = models.BinaryField(max_length=16)
    body = models.BinaryField(max_length=8)
    inbox_id = models.BigIntegerField()
    identity_id = models.BigIntegerField(null=True)
    fate = models.PositiveSmallIntegerField(choices=Fate.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "source_id"], name="ingest_message_once")]
        indexes = [
            models.Index(
                fields=["identity_id"], condition=models.Q(identity_id__isnull=False), name="ingest_receipts_of"
            )
        ]


class LetterState(models.TextChoices):
    """What was done about a dead letter."""

    OPEN = "open", _("Waiting")
    REPLAYED = "replayed", _("Replayed")
    DISCARDED = "discarded", _("Discarded")


class DeadLetter(models.Model):
    """An event that could not be taken, kept aside for a person to read, mend and replay."""

    uuid = models.UUIDField(unique=True)
    source_id = models.BigIntegerField()
    inbox_id = models.BigIntegerField()
    # The kind of call its address said; "" where the event itself says it.
    route = models.CharField(max_length=16, blank=True, default="")
    reason = models.CharField(max_length=32)
    field = models.CharField(max_length=120, blank=True, default="")
    detail = models.CharField(max_length=200, blank=True, default="")
    sealed = models.BinaryField()
    # The same event refused for the same reason again only counts.
    fingerprint = models.BinaryField(max_length=16, unique=True)
    count = models.PositiveIntegerField(default=1)
    # Blind digests of whose keys stand in it, so that an erasure finds it; see ``rules.subjects``.
    subjects = models.TextField(blank=True, default="")
    state = models.CharField(max_length=16, choices=LetterState.choices, default=LetterState.OPEN)
    received_at = models.DateTimeField()
    last_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    handled_by = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["state", "-last_at", "-id"], name="ingest_letters_newest"),
            models.Index(fields=["source_id", "state", "-last_at"], name="ingest_letters_of_source"),
        ]


class Tally(models.Model):
    """How many events of a source met one outcome on one day (UTC). Source 0 stands for requests without a valid key."""

    source_id = models.BigIntegerField()
    day = models.DateField()
    outcome = models.CharField(max_length=32)
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source_id", "day", "outcome"], name="ingest_tally_once")]


class Observation(models.Model):
    """That a source sends an event of a name (``problem`` is ""), or how it departs from the tracking plan."""

    source_id = models.BigIntegerField()
    name = models.CharField(max_length=80)
    problem = models.CharField(max_length=32, blank=True, default="")
    field = models.CharField(max_length=120, blank=True, default="")
    count = models.BigIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source_id", "name", "problem", "field"], name="ingest_observed_once")
        ]


class PlannedEvent(models.Model):
    """An event of the company's own that is expected, beside the specification's."""

    name = models.CharField(max_length=80, unique=True)
    description = models.CharField(max_length=300, blank=True, default="")
    # Name of a property → its type (``rules.plan.TYPES``).
    properties = models.JSONField(default=dict)
    required = models.JSONField(default=list)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=80)


class Acquisition(models.Model):
    """What brought whoever an identity stands for: the first visit, and the last that was not direct.

    Kept by identity, so that a merge or a split of customers needs no rewriting.
    """

    identity_id = models.BigIntegerField(unique=True)
    first_at = models.DateTimeField()
    # Fields of ``rules.touches.Touch`` that are known.
    first = models.JSONField(default=dict)
    last_at = models.DateTimeField()
    last = models.JSONField(default=dict)
