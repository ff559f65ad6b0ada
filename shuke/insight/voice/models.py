"""Tables of the voice of the customer."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shuke.cdp.catalog.models import Product
from shuke.cdp.customers.models import Customer, Identity
from shuke.platform.company.models import Shop


class Kind(models.TextChoices):
    """What kind of text it is."""

    REVIEW = "review", _("Review")
    SURVEY = "survey", _("Survey answer")
    TICKET = "ticket", _("Ticket")


class Sentiment(models.IntegerChoices):
    """How somebody feels about what they write of."""

    NEGATIVE = -1, _("Negative")
    NEUTRAL = 0, _("Neutral")
    POSITIVE = 1, _("Positive")


class Judge(models.TextChoices):
    """Who says what the sentiment of a text is."""

    NOBODY = "", _("nobody yet")
    STARS = "stars", _("its stars")
    MODEL = "model", _("learned")
    PERSON = "person", _("a person")


class Text(models.Model):
    """Something a customer wrote. Its words are sealed; what is told of them stands beside."""

    uuid = models.UUIDField(unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    # Where it came from, and its id there: together they say whether it was sent before.
    source = models.CharField(max_length=64)
    external_id = models.CharField(max_length=200)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, null=True, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, related_name="+")
    identity = models.ForeignKey(Identity, on_delete=models.SET_NULL, null=True, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.SET_NULL, null=True, related_name="+")
    language = models.CharField(max_length=8)
    rating = models.SmallIntegerField(null=True)
    written_at = models.DateTimeField()
    received_at = models.DateTimeField()
    sealed = models.BinaryField()
    # A keyed digest of what it says, to see that nothing changed and that two texts say the same.
    mark = models.BinaryField(max_length=16)
    sentiment = models.SmallIntegerField(null=True, choices=Sentiment.choices)
    judge = models.CharField(max_length=8, choices=Judge.choices, blank=True, default="")
    # How probable the likeliest sentiment is in the eyes of what was learned, and whether that is too little to trust.
    certainty = models.FloatField(null=True)
    is_unsure = models.BooleanField(default=False)
    # The run that last looked at it; NULL: it waits.
    run = models.ForeignKey("Run", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "kind", "external_id"], name="voice_one_text_per_id")]
        indexes = [
            models.Index(fields=["-written_at", "-id"], name="voice_newest"),
            models.Index(fields=["sentiment", "-written_at", "-id"], name="voice_by_sentiment"),
            models.Index(fields=["certainty", "id"], name="voice_least_certain"),
            models.Index(fields=["run", "id"], name="voice_waiting"),
            models.Index(fields=["customer", "-written_at"], name="voice_of_customer"),
            models.Index(fields=["product", "-written_at"], name="voice_of_product"),
        ]


class Label(models.Model):
    """What one person says the sentiment of a text is."""

    text = models.ForeignKey(Text, on_delete=models.CASCADE, related_name="labels")
    # ``kind:id`` of who said it; several people may differ, and all are kept.
    by = models.CharField(max_length=80)
    by_label = models.CharField(max_length=120, blank=True, default="")
    sentiment = models.SmallIntegerField(choices=Sentiment.choices)
    said_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["text", "by"], name="voice_one_label_each")]


class Topic(models.Model):
    """What texts are about: found among them, or pinned by keywords; its name is people's once they gave it one."""

    name = models.CharField(max_length=80)
    is_named = models.BooleanField(default=False)
    language = models.CharField(max_length=8, blank=True, default="")
    # The words that stand out in it, the strongest first; keywords of a pinned one.
    words = models.JSONField(default=list)
    is_pinned = models.BooleanField(default=False)
    coherence = models.FloatField(null=True)
    merged_into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField()


class TextTopic(models.Model):
    """A text is about a topic: as found, or as a person said."""

    text = models.ForeignKey(Text, on_delete=models.CASCADE, related_name="topics")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")
    by_person = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["text", "topic"], name="voice_topic_once")]


class Endpoint(models.Model):
    """The outside service that may write summaries; a single row, and off until somebody turns it on."""

    is_on = models.BooleanField(default=False)
    url = models.CharField(max_length=300, blank=True, default="")
    model = models.CharField(max_length=120, blank=True, default="")
    # Its key; empty where it asks for none.
    sealed = models.BinaryField(default=bytes)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="voice_single_endpoint")]


class Run(models.Model):
    """One training: what it rested on, how it did, or why it learned nothing."""

    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    texts = models.IntegerField(default=0)
    labelled = models.IntegerField(default=0)
    starred = models.IntegerField(default=0)
    is_ready = models.BooleanField(default=False)
    # Code and facts of why nothing was learned; empty when ready.
    refusal = models.JSONField(default=dict)
    findings = models.JSONField(default=dict)
    # What is complained of more than before, with its counts; and up to when that was looked at.
    rising = models.JSONField(default=list)
    rising_until = models.DateTimeField(null=True)
    # Where what was learned is kept, sealed, in private storage; "" where nothing was, or it is no longer needed.
    model_file = models.CharField(max_length=120, blank=True, default="")
