"""Who a customer is: the person, the keys they are known under, their addresses and labels."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class CustomerKind(models.TextChoices):
    """Whether a customer is a person or a company account (a B2B buyer)."""

    PERSON = "person", _("Person")
    COMPANY = "company", _("Company")


class Customer(models.Model):
    """One person (or company) that buys, as far as we know."""

    uuid = models.UUIDField(unique=True)
    # As written by the source; what staff see. Masked by role.
    name = models.CharField(max_length=200, blank=True, default="")
    # By what lists sort the name; "z" where there is none.
    name_key = models.CharField(max_length=200, default="z")
    country = models.CharField(max_length=80, blank=True, default="")
    region = models.CharField(max_length=80, blank=True, default="")
    city = models.CharField(max_length=80, blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    birthday = models.DateField(null=True)
    # When the person became known to the company (their first fact), and when the row was written.
    first_seen_at = models.DateTimeField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    # The import that created the row; an undo removes it if nothing else has come to rest on it.
    import_id = models.BigIntegerField(null=True, db_index=True)
    kind = models.CharField(max_length=16, choices=CustomerKind.choices, default=CustomerKind.PERSON)
    # Set while this row is merged into another: it is shown nowhere, and its address leads to the survivor for ever.
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    # Erased: nothing here says any more who this was; facts stay under the bare number.
    erased_at = models.DateTimeField(null=True)
    # Restricted at the person's wish: kept, but used neither for analysis nor for marketing.
    restricted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-first_seen_at", "-id"], name="customers_newest"),
            models.Index(fields=["country", "-first_seen_at", "-id"], name="customers_newest_of_country"),
            models.Index(fields=["id"], condition=models.Q(kind="company"), name="customers_companies"),
            models.Index(
                fields=["restricted_at"],
                condition=models.Q(restricted_at__isnull=False),
                name="customers_restricted",
            ),
            models.Index(fields=["name_key", "id"], name="customers_by_name"),
        ]


class NameWord(models.Model):
    """A beginning under which a customer's name is found; see ``rules.name_words``.

    Searching "contains" in a million names would read them all; a prefix of an indexed word is found at once.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    word = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["word", "customer"], name="customers_name_word_once")]
        # On PostgreSQL, prefixes are found through this operator class; other engines ignore it.
        indexes = [models.Index(fields=["word"], name="customers_name_prefix", opclasses=["varchar_pattern_ops"])]


class IdentityReason(models.TextChoices):
    """Why an identity belongs to its customer."""

    SEEN = "seen", _("First key of this customer")
    TOGETHER = "together", _("Arrived in one record with another key")
    CLAIMED = "claimed", _("Anonymous until the person became known")
    MERGED = "merged", _("Came with a merge")
    SPLIT = "split", _("Given back by a split")
    STAFF = "staff", _("Set by staff")
    SHARED = "shared", _("Let go: seen with several people")


class Identity(models.Model):
    """A typed, namespaced key of a person: ``external_id`` in a shop, ``email``, ``phone`` and so on.

    For types that are themselves contact details ``value`` is the hex of a blind index, so the table holds no
    address in clear; for the others it is the value as the source writes it.
    """

    type = models.CharField(max_length=32)
    namespace = models.CharField(max_length=64, blank=True, default="")
    value = models.CharField(max_length=200)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="identities")
    created_at = models.DateTimeField()
    import_id = models.BigIntegerField(null=True)
    # Where it was seen first, and why it belongs to its customer (``IdentityReason``).
    source = models.CharField(max_length=64, blank=True, default="")
    reason = models.CharField(max_length=16, choices=IdentityReason.choices, default=IdentityReason.SEEN)
    # When it last changed hands; facts written before carry another customer, which the warehouse has to override.
    moved_at = models.DateTimeField(null=True)
    # Seen with more than one known person (a family tablet, a till): it says nothing about who is using it.
    is_shared = models.BooleanField(default=False)
    # Whose it is once every merge is undone, if that is not its customer; what came with it follows it.
    home = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["type", "namespace", "value"], name="customers_one_identity_per_value")
        ]
        indexes = [models.Index(fields=["value"], name="customers_identity_value")]


class Channel(models.TextChoices):
    """Ways to reach a person that we store."""

    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    ADDRESS = "address", _("Postal address")


class ContactStatus(models.TextChoices):
    """What we know about whether an address works."""

    UNVERIFIED = "unverified", _("Not verified")
    VERIFIED = "verified", _("Verified")
    INVALID = "invalid", _("Does not work")
    REASSIGNED = "reassigned", _("Belongs to somebody else now")


class ContactPoint(models.Model):
    """An address at which a person can be reached, sealed."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contact_points")
    channel = models.CharField(max_length=16, choices=Channel.choices)
    sealed = models.BinaryField()
    blind_index = models.BinaryField(max_length=32)
    # Of the mailbox behind an e-mail address, where that is written differently: permission is kept under it.
    mailbox_index = models.BinaryField(max_length=32, null=True)
    # Last four characters of a phone number, blind: deliberately many people share one value.
    tail_index = models.BinaryField(max_length=32, null=True)
    # The key ring's number of the key behind both indexes.
    index_key = models.PositiveSmallIntegerField(db_default=1)
    status = models.CharField(
        max_length=16, choices=ContactStatus.choices, default=ContactStatus.UNVERIFIED, db_default="unverified"
    )
    status_at = models.DateTimeField(null=True)
    # How we came to know: "staff", "double_opt_in", "code", "bounce" …
    status_method = models.CharField(max_length=24, blank=True, default="", db_default="")
    created_at = models.DateTimeField()
    import_id = models.BigIntegerField(null=True)
    # Whose it is once every merge is undone, if that is not its customer.
    home = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "channel", "blind_index"], name="customers_contact_once")
        ]
        indexes = [
            models.Index(fields=["channel", "blind_index"], name="customers_contact_lookup"),
            models.Index(fields=["channel", "tail_index"], name="customers_contact_tail"),
            models.Index(
                fields=["mailbox_index"],
                condition=models.Q(mailbox_index__isnull=False),
                name="customers_contact_mailbox",
            ),
        ]


class TagGroup(models.Model):
    """A drawer of tags; of an exclusive one a customer holds at most one tag."""

    name = models.CharField(max_length=64, unique=True)
    is_exclusive = models.BooleanField(default=False)
    created_at = models.DateTimeField()


class Tag(models.Model):
    """A label on customers, put there by staff, by a source or by a rule."""

    group = models.ForeignKey(TagGroup, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=64, unique=True)
    color = models.CharField(max_length=16, default="blue")
    # Follows a rule: nobody puts it on or takes it off by hand.
    is_automatic = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    @override
    def __str__(self) -> str:
        return self.name


class CustomerTag(models.Model):
    """A tag on a customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tagged", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="+", db_index=False)
    tagged_at = models.DateTimeField()
    tagged_by = models.CharField(max_length=80)
    # Whose it is once every merge is undone, if that is not its customer.
    home = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "customer"], name="customers_tag_once")]
        indexes = [models.Index(fields=["customer"], name="customers_tags_of_customer")]


class SavedView(models.Model):
    """A list with its filters and order, kept under a name by one member of staff or shared with all."""

    list = models.CharField(max_length=64)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=1000)
    owner_id = models.BigIntegerField()
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()


class RelationKind(models.TextChoices):
    """How one customer stands to another."""

    HOUSEHOLD = "household", _("Lives in one household with")
    EMPLOYER = "employer", _("Buys for the company")
    REFERRER = "referrer", _("Was referred by")
    INFLUENCER = "influencer", _("Is influenced in buying by")


class Relation(models.Model):
    """What connects one customer with another. A household is symmetric and stored once, the lower id first."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=RelationKind.choices)
    note = models.CharField(max_length=200, blank=True, default="")
    source = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)
    # Whose the two ends are once every merge is undone, if not those who hold them.
    customer_home = models.BigIntegerField(null=True)
    other_home = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "other", "kind"], name="customers_relation_once"),
            models.CheckConstraint(
                condition=~models.Q(customer=models.F("other")), name="customers_relation_to_another"
            ),
        ]
