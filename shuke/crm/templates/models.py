"""Tables of templates."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class Channel(models.TextChoices):
    """The ways for which something can be written."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message")
    WECHAT_OA = "wechat_oa", _("WeChat Official Account")
    WECOM = "wecom", _("WeCom")
    PUSH = "push", _("Web push")
    ONSITE = "onsite", _("On-site message")
    WEBHOOK = "webhook", _("Webhook")


class MessagePurpose(models.TextChoices):
    """What a message is for, which decides what permission it takes."""

    MARKETING = "marketing", _("Marketing")
    SERVICE = "service", _("Service")
    TRANSACTIONAL = "transactional", _("Transactional")
    SURVEY = "survey", _("Surveys")


class Template(models.Model):
    """Something to say through one channel, for one purpose."""

    uuid = models.UUIDField(unique=True)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=500, blank=True, default="")
    channel = models.CharField(max_length=16, choices=Channel.choices)
    purpose = models.CharField(max_length=16, choices=MessagePurpose.choices)
    # What it is about, where people choose among topics; "" for none in particular.
    topic = models.CharField(max_length=64, blank=True, default="")
    # The version that is sent. NULL: nothing was published yet.
    published = models.ForeignKey("Version", null=True, on_delete=models.PROTECT, related_name="+")
    is_archived = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(is_archived=False), name="templates_one_in_use_per_name"
            )
        ]
        indexes = [models.Index(fields=["is_archived", "-changed_at", "-id"], name="templates_newest")]

    @override
    def __str__(self) -> str:
        return self.name


class Version(models.Model):
    """What a template says from one saving to the next. Its texts are never changed."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    note = models.CharField(max_length=200, blank=True, default="")
    # The version whose texts were taken up again.
    restored_from = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)
    created_by_label = models.CharField(max_length=200, blank=True, default="")
    # Waiting for a second person since; who asked, who agreed.
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.CharField(max_length=80, blank=True, default="")
    approved_by = models.CharField(max_length=80, blank=True, default="")
    approved_by_label = models.CharField(max_length=200, blank=True, default="")
    published_at = models.DateTimeField(null=True)
    # What it asks for, in the form of ``rules.needs.Needs``; of a published version only.
    needs = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="templates_one_version_per_number")]


class Text(models.Model):
    """What a version says in one language."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=10)
    # As written: blocks or fields, by channel. Read by ``rules.documents``.
    document = models.JSONField()
    # As compiled when the version was published: the fields of a message, with places in them. NULL until then.
    prepared = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "language"], name="templates_one_text_per_language")]


class Snippet(models.Model):
    """A piece of text that many templates contain, by its code."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    # By language.
    texts = models.JSONField(default=dict)
    changed_at = models.DateTimeField()

    @override
    def __str__(self) -> str:
        return self.name


class Picture(models.Model):
    """A picture for messages. Whoever has its address can see it: mail is read by people without a log-in."""

    uuid = models.UUIDField(unique=True)
    name = models.CharField(max_length=200)
    file = models.CharField(max_length=200)
    kind = models.CharField(max_length=4)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["-created_at", "-id"], name="templates_newest_picture")]
