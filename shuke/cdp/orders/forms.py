"""Forms of orders. They check what was typed; changing anything is the actions' business."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from shuke.cdp.orders.errors.wording import FIELD_LABELS
from shuke.cdp.orders.rules import mapping as mappings
from shuke.cdp.orders.rules.mapping import BY_COLUMN, BY_PREFIX, BY_SIGN
from shuke.kernel.money import CURRENCIES
from shuke.platform.imports import forms as imports

_GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (
        _("The order"),
        (
            "number",
            "placed_at",
            "currency",
            "status",
            "payment_status",
            "fulfilment_status",
            "external_id",
            "kind",
            "refund_number",
            "refunded",
            "reason",
            "discount",
            "shipping",
            "tax",
            "channel",
            "total",
            "paid_amount",
            "paid_at",
            "shipped_at",
            "completed_at",
            "cancelled_at",
            "coupon",
            "payment_method",
            "payment_reference",
            "carrier",
            "tracking",
        ),
    ),
    (
        _("What was bought"),
        ("product", "sku", "title", "category", "brand", "quantity", "unit_price", "line_discount", "amount"),
    ),
    (
        _("The buyer"),
        (
            "customer_id",
            "email",
            "phone",
            "name",
            "first_name",
            "last_name",
            "country",
            "region",
            "city",
            "address",
            "postcode",
        ),
    ),
)
_ALWAYS_SHOWN = frozenset(
    "number placed_at currency product title quantity unit_price amount customer_id email name".split()
)


class Columns(imports.Columns):
    """Which column of a file of orders means what, and how its values are written."""

    currency = imports.ColumnField(label=_("Currency of the amounts"))
    decimal_mark = forms.ChoiceField(label=_("Decimal mark"), choices=((".", "1,234.56"), (",", "1.234,56")))
    kind_by = forms.ChoiceField(
        label=_("How to tell refunds from sales"),
        choices=(
            (BY_SIGN, _("An order whose total is negative is a refund")),
            (BY_COLUMN, _("A column says it: sale, refund, adjustment")),
            (BY_PREFIX, _("By the first letters of the order number")),
        ),
    )
    refund_prefixes = forms.CharField(label=_("Refund numbers start with"), required=False, max_length=40)
    adjustment_prefixes = forms.CharField(label=_("Bookkeeping numbers start with"), required=False, max_length=40)
    part = forms.ChoiceField(
        label=_("What the file knows of its orders"), required=False,
        choices=(
            ("", _("Everything")),
            ("totals", _("Everything but the single lines, which another file tells")),
            ("lines", _("The lines only; buyer and time stand in another file")),
        ),
    )  # fmt: skip
    always_shown = _ALWAYS_SHOWN
    cards = (
        (_("How values are written"), ("currency", "time_zone", "date_order", "decimal_mark")),
        (_("Refunds"), ("part", "kind_by", "refund_prefixes", "adjustment_prefixes")),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("currency", [("", _("A column names it")), *((code, code) for code in CURRENCIES)])

    @override
    def labels(self) -> Mapping[str, Any]:
        return FIELD_LABELS

    @override
    def headings(self) -> Sequence[imports.Group]:
        return _GROUPS

    @override
    def described(self, plain: dict[str, Any]) -> mappings.Mapping:
        said = self.cleaned_data
        own = {name: said[name] for name in ("part", "kind_by", "currency", "decimal_mark")}
        lists = {name: said[name].replace(",", " ").split() for name in ("refund_prefixes", "adjustment_prefixes")}
        return mappings.from_json(plain | own | lists)


class CheckoutRules(forms.Form):
    """When a cart counts as abandoned."""

    abandoned_after_minutes = forms.IntegerField(
        label=_("Abandoned after this many minutes without activity"), min_value=5, max_value=60 * 24 * 30
    )
    recovered_within_days = forms.IntegerField(
        label=_("An order recovers it within this many days"), min_value=1, max_value=90,
        help_text=_("Of the same buyer in the same shop, where the order does not name its cart."),
    )  # fmt: skip


class Rates(forms.Form):
    """Exchange rates, a line each."""

    rates = forms.CharField(
        label=_("Rates, one in each line"), max_length=1_000_000,
        widget=forms.Textarea(attrs={"rows": 6, "placeholder": "USD, 2024-01-31, 7.1245", "spellcheck": "false"}),
        help_text=_("Currency, day, and what one unit of it is worth in the currency of the company. Holds from that day on until the next rate."),
    )  # fmt: skip
