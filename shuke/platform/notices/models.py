"""Tables of notices: what was told to whom, where else it goes, and what waits to leave the house."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shuke.platform.staff.models import Staff


class Severity(models.TextChoices):
    """How much it matters."""

    INFO = "info", _("For your information")
    GOOD = "good", _("Good news")
    WARN = "warn", _("Needs attention")
    BAD = "bad", _("Something is wrong")


class Notice(models.Model):
    """Something one person was told."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=64)
    severity = models.CharField(max_length=8, choices=Severity.choices, default=Severity.INFO)
    # A message id with its plural ("" where it has none), and the facts that they name.
    message = models.TextField()
    plural = models.TextField(blank=True, default="")
    facts = models.JSONField(default=dict)
    # Further lines, each a message id and its facts.
    lines = models.JSONField(default=list)
    # An address of ours, without the host.
    link = models.CharField(max_length=400, blank=True, default="")
    dedupe_key = models.CharField(max_length=160, null=True)  # noqa: DJ001  NULL means "no key", unlike ""
    # Whether it stands in the person's inbox, or only went out by another way.
    in_inbox = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "kind", "dedupe_key"], name="notices_told_once")]
        indexes = [
            models.Index(fields=["staff", "-id"], name="notices_newest"),
            models.Index(
                fields=["staff"], condition=models.Q(read_at=None, in_inbox=True), name="notices_unread"
            ),
        ]  # fmt: skip


class Choice(models.Model):
    """By which ways a person wants which kinds of notices; a kind that is not said comes by the usual ones."""

    staff = models.OneToOneField(Staff, primary_key=True, on_delete=models.CASCADE, related_name="+")
    # By kind: a list of "inbox" and "mail".
    ways = models.JSONField(default=dict)


class Target(models.Model):
    """A chat group or another service that the company's notices go to as well."""

    name = models.CharField(max_length=80)
    sealed = models.BinaryField()
    # How its address is shown: the service, and nothing of the secret.
    shown = models.CharField(max_length=80)
    language = models.CharField(max_length=10, blank=True, default="")
    kinds = models.JSONField(default=list)
    created_at = models.DateTimeField()
    last_sent_at = models.DateTimeField(null=True)
    # Failures since the last success, and the last reason.
    failures = models.PositiveIntegerField(default=0)
    error = models.JSONField(default=dict)


class MailServer(models.Model):
    """The company's mail server; a single row. Without it, staff mail lands in the outbox."""

    host = models.CharField(max_length=200)
    port = models.PositiveIntegerField()
    security = models.CharField(max_length=8, default="starttls")
    username = models.CharField(max_length=200, blank=True, default="")
    sealed = models.BinaryField(default=b"")
    sender = models.EmailField()
    changed_at = models.DateTimeField()
    last_sent_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.JSONField(default=dict)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="notices_single_server")]


class OutgoingState(models.TextChoices):
    """Where something that leaves the house stands."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class Outgoing(models.Model):
    """A letter or a message to a target, sealed until it is sent."""

    # NULL: a letter.
    target = models.ForeignKey(Target, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=64)
    # The whole letter, or title and body as JSON; emptied when it has left or failed for good.
    sealed = models.BinaryField()
    is_test = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=OutgoingState.choices, default=OutgoingState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    run_at = models.DateTimeField()
    error = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=160, null=True)  # noqa: DJ001  NULL means "no key", unlike ""
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["target", "kind", "dedupe_key"], name="notices_sent_once"),
            models.UniqueConstraint(
                fields=["kind", "dedupe_key"], condition=models.Q(target=None), name="notices_mailed_once"
            ),
        ]
        indexes = [
            models.Index(fields=["run_at", "id"], condition=models.Q(state="waiting"), name="notices_due"),
            models.Index(fields=["target", "-id"], name="notices_of_target"),
        ]  # fmt: skip
