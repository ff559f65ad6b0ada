"""The tables of the warehouse: which columns each has, in order, and how the schema's number grows.

Pure. Times are UTC. ``*_on`` are days and ``*_hour`` hours in the company's time zone, computed when a row is
loaded; a change of zone therefore asks for a rebuild. Amounts are integer minor units; ``base_minor`` is the amount
in the company's currency, or NULL while no rate is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# Grows with every change of TABLES. A change that only adds tables or NULL-able columns also gets an entry in
# ADDITIONS; any other makes older warehouses rebuild themselves.
SCHEMA_VERSION = 8
_SCORES = (
    "CREATE TABLE customer_scores (customer_id BIGINT, run_id BIGINT, as_of DATE, churn_risk DOUBLE, propensity DOUBLE,"
    " next_on DATE, ltv_minor BIGINT, ltv_low BIGINT, ltv_high BIGINT, alive DOUBLE, best_hour SMALLINT,"
    " best_channel VARCHAR, reduced_share DOUBLE, due_items INTEGER, due_on DATE)"
)
_VOICE = "CREATE TABLE customer_voice (customer_id BIGINT, last_sentiment VARCHAR, last_on DATE, negative_90 INTEGER)"
ADDITIONS: Mapping[int, tuple[str, ...]] = {6: (_SCORES,), 7: (_VOICE,)}

_SALE = {
    "country": "string",
    "region": "string",
    "city": "string",
}
_TOUCH = ("source", "medium", "campaign", "term", "content", "referrer", "affiliate", "referral_code", "landing")
_LINE = {
    "position": "int32",
    "product_id": "int64",
    "quantity": "float64",
    "amount_minor": "int64",
    "base_minor": "int64",
    "currency": "string",
}

TABLES: Mapping[str, Mapping[str, str]] = {
    "events": {
        "position": "int64",
        "event_id": "string",
        "name": "string",
        "identity_id": "int64",
        "customer_id": "int64",
        "occurred_at": "timestamp",
        "occurred_on": "date",
        "occurred_hour": "int16",
        "received_at": "timestamp",
        "source": "string",
        "historical": "boolean",
        "import_id": "int64",
        "product": "string",
        "value_minor": "int64",
        "currency": "string",
        "properties": "string",
    },
    "customers": {
        "customer_id": "int64",
        "first_seen_at": "timestamp",
        "first_seen_on": "date",
        **_SALE,
        "language": "string",
        "birth_month": "int16",
        "birth_day": "int16",
        # A number below 2**31 - 1 that follows from the customer's public id: what random shares are drawn by.
        "draw": "int64",
    },
    "identities": {"identity_id": "int64", "type": "string", "namespace": "string", "customer_id": "int64"},
    # Whose the events of an identity are today, where that is not what they say; and who a merged customer is now.
    "identity_overrides": {"identity_id": "int64", "customer_id": "int64"},
    "customer_redirects": {"customer_id": "int64", "into_id": "int64"},
    # What brought whoever an identity stands for.
    "acquisitions": {
        "identity_id": "int64",
        "first_at": "timestamp",
        "last_at": "timestamp",
        **{f"{which}_{name}": "string" for which in ("first", "last") for name in _TOUCH},
    },
    "customer_tags": {"customer_id": "int64", "tag_id": "int64", "tagged_at": "timestamp"},
    "reachability": {
        "customer_id": "int64",
        "channel": "string",
        "purpose": "string",
        "topic": "string",
        "state": "string",
        "since": "timestamp",
        "valid_until": "timestamp",
        "is_suppressed": "boolean",
    },
    # One row per value in force, of a list one per item; ``code`` names the attribute.
    "customer_attributes": {
        "customer_id": "int64",
        "code": "string",
        "text": "string",
        "number": "float64",
        "day": "date",
    },
    "products": {
        "product_id": "int64",
        "shop_id": "int64",
        "external_id": "string",
        "sku": "string",
        "title": "string",
        "category": "string",
        "brand": "string",
        "price_minor": "int64",
        "currency": "string",
        "is_active": "boolean",
        "unit_cost_minor": "int64",
    },
    "orders": {
        "order_id": "int64",
        "shop_id": "int64",
        "number": "string",
        "customer_id": "int64",
        "identity_id": "int64",
        "placed_at": "timestamp",
        "placed_on": "date",
        "placed_hour": "int16",
        "currency": "string",
        "gross_minor": "int64",
        "base_minor": "int64",
        "discount_minor": "int64",
        "shipping_minor": "int64",
        "tax_minor": "int64",
        "refunded_minor": "int64",
        "status": "string",
        # Empty where nobody says.
        "payment_state": "string",
        "fulfilment_state": "string",
        **_SALE,
        "channel": "string",
        "line_count": "int32",
    },
    "order_lines": {
        "order_id": "int64",
        "shop_id": "int64",
        "customer_id": "int64",
        "placed_on": "date",
        **_LINE,
    },
    # One row per code used for a sale; what it took off is in the sale's amounts already.
    "order_coupons": {
        "order_id": "int64",
        "shop_id": "int64",
        "customer_id": "int64",
        "placed_on": "date",
        "code": "string",
        "kind": "string",
        "currency": "string",
        "amount_minor": "int64",
    },
    "refunds": {
        "refund_id": "int64",
        "order_id": "int64",
        "shop_id": "int64",
        "number": "string",
        "customer_id": "int64",
        "refunded_at": "timestamp",
        "refunded_on": "date",
        "refunded_hour": "int16",
        "currency": "string",
        "amount_minor": "int64",
        "base_minor": "int64",
        "country": "string",
    },
    "refund_lines": {
        "refund_id": "int64",
        "order_id": "int64",
        "shop_id": "int64",
        "customer_id": "int64",
        "refunded_on": "date",
        **_LINE,
    },
    "adjustments": {
        "adjustment_id": "int64",
        "shop_id": "int64",
        "customer_id": "int64",
        "adjusted_at": "timestamp",
        "adjusted_on": "date",
        "currency": "string",
        "amount_minor": "int64",
        "base_minor": "int64",
    },
    # Derived in the warehouse from the tables above; filled by ``actions.store``.
    "value_standing": {
        "customer_id": "int64",
        "as_of": "date",
        "orders": "int64",
        "gross_minor": "int64",
        "refunds_minor": "int64",
        "net_minor": "int64",
        "average_order_minor": "int64",
        "first_order_on": "date",
        "last_order_on": "date",
        "recency_days": "int32",
        "cadence_days": "float64",
        "r": "int16",
        "f": "int16",
        "m": "int16",
        "fm": "int16",
        "rfm_group": "string",
        "stage": "string",
        "tier": "string",
        "tier_minor": "int64",
        "contribution_minor": "int64",
        "costed_minor": "int64",
    },
    # What is predicted of everybody; NULL: not predicted, or not said of this customer.
    "customer_scores": {
        "customer_id": "int64",
        "run_id": "int64",
        "as_of": "date",
        "churn_risk": "float64",
        "propensity": "float64",
        "next_on": "date",
        "ltv_minor": "int64",
        "ltv_low": "int64",
        "ltv_high": "int64",
        "alive": "float64",
        "best_hour": "int16",
        "best_channel": "string",
        "reduced_share": "float64",
        "due_items": "int32",
        "due_on": "date",
    },
    # How those who wrote something last felt, and how often they complained within 90 days.
    "customer_voice": {"customer_id": "int64", "last_sentiment": "string", "last_on": "date", "negative_90": "int32"},
    "segment_members": {"segment_id": "int64", "customer_id": "int64", "entered_at": "timestamp"},
}

# By which column the rows of a table are replaced; events are only ever added.
KEYS: Mapping[str, str] = {
    "customers": "customer_id",
    "identities": "customer_id",
    "identity_overrides": "identity_id",
    "customer_redirects": "customer_id",
    "acquisitions": "identity_id",
    "customer_tags": "customer_id",
    "reachability": "customer_id",
    "customer_attributes": "customer_id",
    "products": "product_id",
    "orders": "order_id",
    "order_lines": "order_id",
    "order_coupons": "order_id",
    "refunds": "refund_id",
    "refund_lines": "refund_id",
    "adjustments": "adjustment_id",
    "value_standing": "customer_id",
    "customer_scores": "customer_id",
    "customer_voice": "customer_id",
    "segment_members": "segment_id",
}
MONEY_PROPERTIES = ("value_minor", "gross_minor", "amount_minor")


@dataclass(frozen=True, slots=True)
class Load:
    """What a warehouse says of itself: how far it has read the log, under which schema and time zone."""

    position: int
    schema_version: int
    time_zone: str

    def must_rebuild(self, time_zone: str) -> bool:
        """Whether the rows cannot be kept: the days were cut in another zone, or the schema moved on.

        >>> Load(7, SCHEMA_VERSION, "UTC").must_rebuild("UTC")
        False
        >>> Load(7, SCHEMA_VERSION, "UTC").must_rebuild("Asia/Shanghai")
        True
        """
        return self.schema_version != SCHEMA_VERSION or self.time_zone != time_zone
