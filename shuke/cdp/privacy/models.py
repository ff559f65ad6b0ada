"""Tables of privacy requests."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.models import Customer


class RequestKind(models.TextChoices):
    """What a person may ask for."""

    EXPORT = "export", _("Copy of their data")
    ERASE = "erase", _("Erasure")
    CORRECT = "correct", _("Correction")
    RESTRICT = "restrict", _("Restriction of use")
    OBJECT = "object", _("Objection to marketing")


class RequestState(models.TextChoices):
    """Where a request stands. The last two are final."""

    RECEIVED = "received", _("Identity to be checked")
    CHECKED = "checked", _("Ready to be carried out")
    RUNNING = "running", _("Being carried out")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")


class IdentityCheck(models.TextChoices):
    """How somebody made sure that it is the person who asks."""

    REPLY = "reply", _("Answer from an address we know")
    CODE = "code", _("Code sent to an address we know")
    CALL_BACK = "call_back", _("Called back on a number we know")
    IN_PERSON = "in_person", _("In person, with a document")
    ACCOUNT = "account", _("Logged in to their account")


class PrivacyRequest(models.Model):
    """One thing a person asked for, from arrival to proof."""

    uuid = models.UUIDField(unique=True)
    kind = models.CharField(max_length=16, choices=RequestKind.choices)
    state = models.CharField(max_length=16, choices=RequestState.choices, default=RequestState.RECEIVED)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    # What they asked for in their words, where that matters; emptied by an erasure.
    note = models.TextField(blank=True, default="")
    received_at = models.DateTimeField()
    due_on = models.DateField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)
    check_method = models.CharField(max_length=16, choices=IdentityCheck.choices, blank=True, default="")
    checked_at = models.DateTimeField(null=True)
    checked_by = models.CharField(max_length=80, blank=True, default="")
    finished_at = models.DateTimeField(null=True)
    finished_by = models.CharField(max_length=80, blank=True, default="")
    refusal = models.CharField(max_length=300, blank=True, default="")
    job_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "due_on"], name="privacy_requests_due")]


class Archive(models.Model):
    """A person's data, packed for them: a sealed file, and a link that opens it once within its hours."""

    uuid = models.UUIDField(unique=True)
    request = models.ForeignKey(PrivacyRequest, on_delete=models.CASCADE, related_name="+")
    token_digest = models.BinaryField(max_length=32, null=True)
    size_bytes = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)


class Certificate(models.Model):
    """What was done for a request, in counts: the proof that stays, without anything that names the person."""

    uuid = models.UUIDField(unique=True)
    kind = models.CharField(max_length=16, choices=RequestKind.choices)
    # Public ids of the customer and of those merged into them.
    customers = models.JSONField(default=list)
    request = models.ForeignKey(PrivacyRequest, null=True, on_delete=models.PROTECT, related_name="+")
    # Counts by domain, as each reported them.
    report = models.JSONField(default=dict)
    # The warehouse has let go of the person once it has read the log up to here.
    log_position = models.BigIntegerField(default=0)
    began_at = models.DateTimeField()
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=80)


class RetentionRun(models.Model):
    """What a run of the retention policies removed, or would have removed."""

    is_dry = models.BooleanField(default=False)
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    started_by = models.CharField(max_length=80, blank=True, default="")
    # Counts by kind of data.
    report = models.JSONField(default=dict)
