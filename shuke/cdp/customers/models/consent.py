"""Evidence about permission. No row here says "may send": that is computed from these at send time."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.models.people import Customer


class Purpose(models.TextChoices):
    """What a person may have agreed to."""

    MARKETING = "marketing", _("Marketing")
    SERVICE = "service", _("Service")
    TRANSACTIONAL = "transactional", _("Transactional")
    SURVEY = "survey", _("Surveys")
    PROFILING = "profiling", _("Profiling")
    THIRD_PARTY = "third_party", _("Sharing with third parties")
    CROSS_BORDER = "cross_border", _("Transfer abroad")


class ConsentAction(models.TextChoices):
    """What a person did, or what happened to their permission."""

    REQUESTED = "requested", _("Asked for")
    GRANTED = "granted", _("Granted")
    CONFIRMED = "confirmed", _("Confirmed (double opt-in)")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    REFUSED = "refused", _("Refused")
    OBJECTED = "objected", _("Objected")
    EXPIRED = "expired", _("Expired")
    SUPERSEDED = "superseded", _("Superseded")


class ConsentChannel(models.TextChoices):
    """Ways to write to or speak with a person; ``rules.consent.ADDRESS_OF`` names the kind of address each uses."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message")
    CALL = "call", _("Phone call")
    POST = "post", _("Post")
    WECHAT_OA = "wechat_oa", _("WeChat Official Account")
    WECOM = "wecom", _("WeCom")
    PUSH = "push", _("Web push")


class NoticeVersion(models.Model):
    """A text that people saw when they decided, word for word."""

    uuid = models.UUIDField(unique=True)
    name = models.CharField(max_length=120)
    purposes = models.JSONField(default=list)
    language = models.CharField(max_length=10)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    # Retired so that whoever agreed to it has to be asked again.
    must_ask_again = models.BooleanField(default=False)


class ConsentRecord(models.Model):
    """One fact about permission, with its proof. Append-only and chained by hash; see ``rules.consent``.

    Keyed by the blind index of the address, so that it survives merge, split and erasure of the customer.
    """

    uuid = models.UUIDField(unique=True)
    # Stands for the address for ever: what the chain covers, since the blind index follows its key.
    subject = models.UUIDField(db_index=True)
    channel = models.CharField(max_length=16, choices=ConsentChannel.choices)
    address_index = models.BinaryField(max_length=32)
    index_key = models.PositiveSmallIntegerField(db_default=1)
    # The customer at the time; no foreign key, since the record outlives them.
    customer_id = models.BigIntegerField(null=True, db_index=True)
    identity_id = models.BigIntegerField(null=True)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    topic = models.CharField(max_length=64, blank=True, default="")
    action = models.CharField(max_length=16, choices=ConsentAction.choices)
    legal_basis = models.CharField(max_length=16, default="consent")
    jurisdiction = models.CharField(max_length=2, blank=True, default="")
    notice = models.ForeignKey(NoticeVersion, null=True, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=24)
    # What proves it (form, wording of the control and its default, message id, file and row), sealed: may hold an ip.
    # The chain covers its digest; the evidence itself goes when the person is erased.
    evidence = models.BinaryField(null=True)
    evidence_digest = models.BinaryField(max_length=32, null=True)
    actor = models.CharField(max_length=80)
    source = models.CharField(max_length=64, blank=True, default="")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    idempotency_key = models.CharField(max_length=160, unique=True)
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    import_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["channel", "address_index", "purpose"], name="customers_consent_of_address")]


class ConsentState(models.Model):
    """Where permission stands: a projection of the records, rebuildable at any time."""

    subject = models.UUIDField()
    channel = models.CharField(max_length=16, choices=ConsentChannel.choices)
    address_index = models.BinaryField(max_length=32)
    index_key = models.PositiveSmallIntegerField(db_default=1)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    topic = models.CharField(max_length=64, blank=True, default="")
    action = models.CharField(max_length=16, choices=ConsentAction.choices)
    since = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    record_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "address_index", "purpose", "topic"], name="customers_consent_state_once"
            )
        ]


class SuppressionReason(models.TextChoices):
    """Why an address must not be written to."""

    UNSUBSCRIBE = "unsubscribe", _("Unsubscribed")
    STOP_WORD = "stop_word", _("Replied with a stop word")
    COMPLAINT = "complaint", _("Complained of spam")
    HARD_BOUNCE = "hard_bounce", _("Cannot be delivered to")
    OBJECTION = "objection", _("Objected")
    REGULATOR_LIST = "regulator_list", _("On a do-not-contact list")
    STAFF = "staff", _("By a member of staff")
    ERASED = "erased", _("Asked to be erased")
    REASSIGNED = "reassigned", _("Belongs to somebody else now")
    INVALID = "invalid", _("Does not exist")
    LEGAL = "legal", _("For legal reasons")


class Suppression(models.Model):
    """An address that must not be written to, whoever it belongs to. Survives merge, erasure and re-import."""

    uuid = models.UUIDField(unique=True)
    channel = models.CharField(max_length=16, choices=ConsentChannel.choices)
    address_index = models.BinaryField(max_length=32)
    index_key = models.PositiveSmallIntegerField(db_default=1)
    # "all", "marketing" or "topic:<name>".
    scope = models.CharField(max_length=80)
    reason = models.CharField(max_length=24, choices=SuppressionReason.choices)
    source = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)
    # Only technical reasons may expire; what a person asked for never does.
    expires_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=80, blank=True, default="")
    # The later explicit grant by the person that lifted it.
    lifted_through = models.ForeignKey(ConsentRecord, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "address_index", "scope", "reason"],
                condition=models.Q(lifted_at__isnull=True),
                name="customers_suppressed_once",
            )
        ]


class ContactReveal(models.Model):
    """Somebody looked at an address in clear: what the hourly limit counts and the person may ask about."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    contact_id = models.BigIntegerField()
    channel = models.CharField(max_length=16)
    staff = models.CharField(max_length=80)
    reason = models.CharField(max_length=200, blank=True, default="")
    revealed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["staff", "revealed_at"], name="customers_reveals_of_staff")]
