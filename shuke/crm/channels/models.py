"""Tables of channels: accounts at providers, messages that were only shown, and what providers said afterwards."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.models import Purpose


class ChannelName(models.TextChoices):
    """Ways in which a message reaches a person."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message")
    WECHAT_OA = "wechat_oa", _("WeChat Official Account")
    WECOM = "wecom", _("WeCom")
    PUSH = "push", _("Web push")
    ONSITE = "onsite", _("In the shop")
    WEBHOOK = "webhook", _("Webhook")


class ChannelAccount(models.Model):
    """One account at one provider, or one that only shows messages (kind ``test``)."""

    uuid = models.UUIDField(unique=True)
    channel = models.CharField(max_length=16, choices=ChannelName.choices)
    kind = models.CharField(max_length=32)
    name = models.CharField(max_length=120)
    # Part of the address that the provider calls: 128 random bits.
    token = models.CharField(max_length=48, unique=True)
    # Keys and passwords as JSON, sealed.
    secrets = models.BinaryField()
    # What is no secret: sender, host, region, limits.
    settings = models.JSONField(default=dict)
    # Messages are shown in the outbox instead of leaving the house.
    is_test = models.BooleanField(default=False)
    # What its channel uses where nobody chose.
    is_default = models.BooleanField(default=False)
    failures = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True, default="")
    last_sent_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel"], condition=models.Q(is_default=True), name="channels_one_default"
            ),
            models.UniqueConstraint(
                fields=["channel"], condition=models.Q(kind="test"), name="channels_one_test_account"
            ),
        ]  # fmt: skip

    @property
    def shown_name(self) -> str:
        """Return what pages call it: the account that nobody connected has its channel's name, in every language."""
        return str(self.get_channel_display()) if self.kind == "test" else self.name


class OutboxMessage(models.Model):
    """A message that was shown instead of sent."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=16, choices=ChannelName.choices)
    # The parcel's key: handing it over again adds nothing.
    key = models.CharField(max_length=64)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    language = models.CharField(max_length=10, blank=True, default="")
    # Address, headers and content as JSON.
    sealed = models.BinaryField()
    # Blind digests of whom it is to, so that an erasure finds it.
    subjects = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="channels_shown_once")]
        indexes = [
            models.Index(fields=["channel", "-id"], name="channels_outbox_newest"),
            models.Index(fields=["created_at"], name="channels_outbox_oldest"),
        ]


class OnsiteMessage(models.Model):
    """A message that waits in the shop for the visitor it is to."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=64)
    # Blind digest of the customer's public id.
    mark = models.CharField(max_length=16)
    # Title, body, address and picture as JSON.
    sealed = models.BinaryField()
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True)
    # Clicked or closed.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="channels_onsite_once")]
        indexes = [
            models.Index(fields=["mark", "id"], condition=models.Q(ended_at=None), name="channels_onsite_waiting"),
            models.Index(fields=["ends_at"], name="channels_onsite_over"),
        ]


class ReceiptKind(models.TextChoices):
    """What a provider says afterwards."""

    DELIVERED = "delivered", _("Delivered")
    BOUNCED = "bounced", _("Bounced")
    COMPLAINED = "complained", _("Reported as spam")
    REPLIED = "replied", _("Answered")
    UNSUBSCRIBED = "unsubscribed", _("Unsubscribed at the provider")
    OPENED = "opened", _("Opened")
    CLICKED = "clicked", _("Clicked")


class Receipt(models.Model):
    """One thing that a provider said about a message, or that a person answered. Read by position, in order of commits."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+", db_index=False)
    what = models.CharField(max_length=16, choices=ReceiptKind.choices)
    # The provider's number of it, or a digest of what it said.
    external_id = models.CharField(max_length=120)
    # The parcel's key, if the provider told; and the provider's own id of the message.
    key = models.CharField(max_length=64, blank=True, default="")
    provider_id = models.CharField(max_length=160, blank=True, default="")
    code = models.CharField(max_length=48, blank=True, default="")
    is_permanent = models.BooleanField(default=False)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    # Address, the person's words and what the provider said, as JSON.
    sealed = models.BinaryField()
    subjects = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "external_id"], name="channels_heard_once")]
        indexes = [models.Index(fields=["received_at"], name="channels_receipts_oldest")]
