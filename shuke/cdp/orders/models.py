"""Tables of orders."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from shuke.cdp.catalog.models import Product
from shuke.cdp.customers.models import Customer, Identity
from shuke.platform.company.models import Shop


class MoneyFact(models.Model):
    """What orders, refunds and adjustments have in common: where, who, when, how much, from which import."""

    uuid = models.UUIDField(unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=120)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    identity = models.ForeignKey(Identity, null=True, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    # The amount in the company's currency, with the rate used and its day; NULL while no rate is known: then the
    # amount is listed under its own currency and never added to others.
    base_minor = models.BigIntegerField(null=True)
    rate = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    rate_date = models.DateField(null=True)
    # Fingerprint of everything the source said, by which a repeated import recognises an unchanged record.
    content_hash = models.BinaryField(max_length=32)
    # When the source last changed the record, as it says itself: what is older never overwrites what is newer.
    version = models.DateTimeField(null=True)
    import_id = models.BigIntegerField(null=True, db_index=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        abstract = True


class OrderStatus(models.TextChoices):
    """Where a sale stands."""

    OPEN = "open", _("Open")
    PAID = "paid", _("Paid")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


class PaymentState(models.TextChoices):
    """How far a sale is paid; empty where nobody says."""

    PENDING = "pending", _("Payment pending")
    AUTHORIZED = "authorized", _("Authorised")
    PARTIALLY_PAID = "partially_paid", _("Partially paid")
    PAID = "paid", _("Paid")
    PARTIALLY_REFUNDED = "partially_refunded", _("Partially refunded")
    REFUNDED = "refunded", _("Refunded")
    VOIDED = "voided", _("Voided")


class FulfilmentState(models.TextChoices):
    """How far a sale is delivered; empty where nobody says."""

    UNFULFILLED = "unfulfilled", _("Not shipped")
    PARTIAL = "partial", _("Partly shipped")
    FULFILLED = "fulfilled", _("Shipped")
    DELIVERED = "delivered", _("Delivered")
    RETURNED = "returned", _("Returned")


class Order(MoneyFact):
    """A sale."""

    # The source's own key, where ``number`` is only what people call it; refunds and deletions may name either.
    external_id = models.CharField(max_length=120, blank=True, default="")
    placed_at = models.DateTimeField()
    status = models.CharField(max_length=16, choices=OrderStatus.choices, default=OrderStatus.COMPLETED)
    payment_state = models.CharField(max_length=24, blank=True, default="", choices=PaymentState.choices)
    fulfilment_state = models.CharField(max_length=24, blank=True, default="", choices=FulfilmentState.choices)
    paid_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=200, blank=True, default="")
    # What the log has been told already, as bits of ``rules.milestones``: nothing is told twice.
    told = models.PositiveSmallIntegerField(default=0)
    gross_minor = models.BigIntegerField()
    # For information: the gross amount is what the lines charge.
    discount_minor = models.BigIntegerField(default=0)
    shipping_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    # Σ of the refunds that name this order.
    refunded_minor = models.BigIntegerField(default=0)
    country = models.CharField(max_length=80, blank=True, default="")
    region = models.CharField(max_length=80, blank=True, default="")
    city = models.CharField(max_length=80, blank=True, default="")
    channel = models.CharField(max_length=64, blank=True, default="")
    # Where the buyer came in and from where: host and path, campaign parameters, nothing else of the address.
    landing_site = models.CharField(max_length=300, blank=True, default="")
    referring_site = models.CharField(max_length=300, blank=True, default="")
    line_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "number"], name="orders_one_per_number")]
        indexes = [
            models.Index(
                fields=["shop", "external_id"], condition=~models.Q(external_id=""), name="orders_by_external_id"
            ),
            models.Index(fields=["customer", "-placed_at"], name="orders_of_customer"),
            models.Index(fields=["-placed_at", "-id"], name="orders_newest"),
        ]

    @override
    def __str__(self) -> str:
        return self.number


class Line(models.Model):
    """What order lines and refund lines have in common. ``quantity`` may be a fraction (goods by weight)."""

    position = models.PositiveIntegerField()
    product = models.ForeignKey(Product, null=True, on_delete=models.PROTECT, related_name="+")
    sku = models.CharField(max_length=120, blank=True, default="")
    title = models.CharField(max_length=300, blank=True, default="")
    quantity = models.DecimalField(max_digits=18, decimal_places=4)
    # As the source wrote it, which may be fractions of a minor unit.
    unit_price = models.DecimalField(max_digits=18, decimal_places=6)
    # quantity x unit price, rounded half up, less the discount on this line.
    amount_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class OrderLine(Line):
    """One line of a sale."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")


class OrderCoupon(models.Model):
    """A coupon or discount code used for a sale, and what it took off, which the lines have already."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="coupons")
    code = models.CharField(max_length=80)
    # What the source calls its make: percentage, fixed_amount, shipping …
    kind = models.CharField(max_length=40, blank=True, default="")
    amount_minor = models.BigIntegerField(default=0)


class OrderPayment(models.Model):
    """One payment towards a sale."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="payments")
    method = models.CharField(max_length=80, blank=True, default="")
    amount_minor = models.BigIntegerField(default=0)
    state = models.CharField(max_length=24, blank=True, default="", choices=PaymentState.choices)
    paid_at = models.DateTimeField(null=True)
    # The provider's number, sealed: there it leads to a person.
    reference = models.BinaryField(default=b"")


class ShipmentState(models.TextChoices):
    """Where a parcel is."""

    PENDING = "pending", _("Being prepared")
    IN_TRANSIT = "in_transit", _("On its way")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Delivery failed")
    RETURNED = "returned", _("Sent back")
    CANCELLED = "cancelled", _("Cancelled")


class Shipment(models.Model):
    """One parcel of a sale."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="shipments")
    # The source's number of the parcel, "" where it has none.
    number = models.CharField(max_length=120, blank=True, default="")
    carrier = models.CharField(max_length=80, blank=True, default="")
    # Sealed: with the carrier it leads to an address.
    tracking = models.BinaryField(default=b"")
    state = models.CharField(max_length=16, choices=ShipmentState.choices, default=ShipmentState.IN_TRANSIT)
    shipped_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    # What is in it: ``[[product or article number, quantity], …]``; empty means everything or unknown.
    contents = models.JSONField(default=list)


class OrderChange(models.Model):
    """What one message of a source changed in a sale, for staff to read. No values that say something of a person."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    version = models.DateTimeField(null=True)
    source = models.CharField(max_length=64)
    actor = models.CharField(max_length=80)
    import_id = models.BigIntegerField(null=True, db_index=True)
    # ``[[field, before, after], …]``; both are None where the values are not to be shown.
    changes = models.JSONField(default=list)


class LineReport(models.Model):
    """The lines of a sale as a file tells them that knows nothing else of it, such as Taobao's report of items.

    The buyer and what was paid come from another file; whichever comes first, the newest report gives the lines.
    """

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    number = models.CharField(max_length=120)
    lines = models.JSONField(default=list)
    content_hash = models.BinaryField(max_length=32)
    import_id = models.BigIntegerField(null=True, db_index=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["shop", "number", "-id"], name="orders_report_of_number")]


class Checkout(models.Model):
    """A cart, from the first product in it until it is bought or left behind."""

    uuid = models.UUIDField(unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    # The source's key of it; carts without one are their visitor's.
    token = models.CharField(max_length=120)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    identity = models.ForeignKey(Identity, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=64)
    currency = models.CharField(max_length=3, blank=True, default="")
    value_minor = models.BigIntegerField(default=0)
    # ``[{product, sku, title, quantity, amount_minor}, …]``
    lines = models.JSONField(default=list)
    line_count = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    # The last sign of life, by which it is found abandoned.
    active_at = models.DateTimeField()
    checkout_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    order = models.ForeignKey(Order, null=True, on_delete=models.SET_NULL, related_name="+")
    abandoned_at = models.DateTimeField(null=True)
    recovered_at = models.DateTimeField(null=True)
    version = models.DateTimeField(null=True)
    # The last event of the log that is in it: reading one again changes nothing.
    position = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "token"], name="orders_one_checkout_per_token")]
        indexes = [
            models.Index(fields=["customer", "-active_at"], name="orders_checkouts_of_customer"),
            models.Index(fields=["identity", "-active_at"], name="orders_checkouts_of_identity"),
            models.Index(fields=["-active_at", "-id"], name="orders_newest_checkouts"),
            models.Index(
                fields=["active_at"],
                condition=models.Q(completed_at=None, abandoned_at=None),
                name="orders_checkouts_open",
            ),
        ]


class ExchangeRate(models.Model):
    """What one unit of a currency was worth in the company's, from a day on until the next rate."""

    currency = models.CharField(max_length=3)
    day = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "day"], name="orders_one_rate_per_day"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="orders_rate_positive"),
        ]


class Refund(MoneyFact):
    """Money given back: a cancellation or a return. ``amount_minor`` is positive."""

    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="refunds")
    # The sale as the source names it; kept so that a sale which arrives after its refund is still linked.
    order_number = models.CharField(max_length=120, blank=True, default="")
    order_external_id = models.CharField(max_length=120, blank=True, default="")
    refunded_at = models.DateTimeField()
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=200, blank=True, default="")
    country = models.CharField(max_length=80, blank=True, default="")
    line_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "number"], name="orders_one_refund_per_number")]
        indexes = [
            models.Index(fields=["customer", "-refunded_at"], name="orders_refunds_of_customer"),
            models.Index(fields=["-refunded_at", "-id"], name="orders_newest_refunds"),
            models.Index(
                fields=["shop", "order_number"],
                condition=~models.Q(order_number=""),
                name="orders_refunds_naming_order",
            ),
            models.Index(
                fields=["shop", "order_external_id"],
                condition=~models.Q(order_external_id=""),
                name="orders_refunds_naming_id",
            ),
        ]


class RefundLine(Line):
    """One line of a refund; quantity and amount are positive."""

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="lines")


class Adjustment(MoneyFact):
    """A bookkeeping entry that is neither sale nor return, such as a bad-debt correction. Signed."""

    adjusted_at = models.DateTimeField()
    amount_minor = models.BigIntegerField()
    description = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shop", "number"], name="orders_one_adjustment_per_number")]
