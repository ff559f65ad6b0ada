"""Forms of orders. They check what was typed; changing anything is the actions' business."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from shuke.cdp.orders.errors.wording import FIELD_LABELS
from shuke.cdp.orders.rules import columns
from shuke.cdp.orders.rules import mapping as mappings
from shuke.cdp.orders.rules.mapping import BY_COLUMN, BY_PREFIX, BY_SIGN, Mapping
from shuke.cdp.orders.rules.moments import DMY, MDY
from shuke.kernel.money import CURRENCIES
from shuke.platform.ui import time_zones

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
_DELIMITER_NAMES = ((",", _("Comma")), (";", _("Semicolon")), ("\t", _("Tab")), ("|", _("Vertical bar")))
_ENCODING_NAMES = (
    ("utf-8", "UTF-8"), ("gb18030", _("GB18030 (Chinese, GBK)")), ("utf-16", "UTF-16"), ("cp1252", _("Windows-1252 (Western)")),
)  # fmt: skip


class Upload(forms.Form):
    """The file, and the shop it comes from."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, TSV or TXT (also gzipped) of any size up to the limit, or an Excel workbook (XLSX)."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.gz,.xlsx"}),
        error_messages={"empty": _("The file is empty.")},
    )
    shop = forms.CharField(
        label=_("Shop"),
        max_length=200,
        help_text=_("The shop these orders come from. Customer ids and order numbers are told apart by shop."),
        widget=forms.TextInput(attrs={"list": "shops", "autocomplete": "off"}),
    )


class ColumnField(forms.ChoiceField):
    """The column that holds a field. What an import cannot do without is told by the mapping, all at once."""

    @override
    def validate(self, value: Any) -> None:
        if value:
            super().validate(value)


class Columns(forms.Form):
    """Which column means what, and how its values are written."""

    use_required_attribute = False

    currency = ColumnField(label=_("Currency of the amounts"))
    time_zone = forms.ChoiceField(
        label=_("Time zone of the shop"), help_text=_("For times in the file that carry no zone of their own.")
    )
    date_order = forms.ChoiceField(
        label=_("Dates such as 03/04/2024 mean"),
        choices=((DMY, _("3 April: the day comes first")), (MDY, _("March 4: the month comes first"))),
    )
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
    encoding = ColumnField(label=_("Encoding of the text"), choices=_ENCODING_NAMES)
    delimiter = ColumnField(label=_("Columns are separated by"), choices=_DELIMITER_NAMES)
    sheet = ColumnField(label=_("Sheet"))
    part = forms.ChoiceField(
        label=_("What the file knows of its orders"), required=False,
        choices=(
            ("", _("Everything")),
            ("totals", _("Everything but the single lines, which another file tells")),
            ("lines", _("The lines only; buyer and time stand in another file")),
        ),
    )  # fmt: skip
    preset = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, headers: Sequence[str], sheets: Sequence[str] = (), is_workbook: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.is_workbook = is_workbook
        self._choose("currency", [("", _("A column names it")), *((code, code) for code in CURRENCIES)])
        self.fields["time_zone"].choices = time_zones.choices(chosen=self["time_zone"].value())  # type: ignore[attr-defined]
        self._choose("sheet", [(name, name) for name in sheets])
        offered = [("", _("— not in this file —")), *((header, header) for header in headers)]
        for field in columns.FIELDS:
            self.fields[_name(field)] = ColumnField(label=str(FIELD_LABELS[field]), choices=offered)

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        given = self.initial.get(name)
        if given and given not in {value for value, _label in choices}:
            choices.append((given, given))
        field.choices = choices  # type: ignore[attr-defined]

    def groups(self) -> Iterator[tuple[Any, list[forms.BoundField], list[forms.BoundField]]]:
        """Yield the column fields under their headings: those that matter or are in the file, then the others."""
        for heading, names in _GROUPS:
            shown = [name for name in names if name in _ALWAYS_SHOWN or self[_name(name)].value()]
            hidden = [name for name in names if name not in shown]
            yield heading, [self[_name(name)] for name in shown], [self[_name(name)] for name in hidden]

    def reading_fields(self) -> list[forms.BoundField]:
        """Return the fields that say how the file itself is written."""
        return [self["sheet"]] if self.is_workbook else [self["encoding"], self["delimiter"]]

    def mapping(self) -> Mapping:
        """Return the mapping that a valid form describes; raise ``Refused``."""
        said = self.cleaned_data
        return mappings.from_json(
            {
                "columns": {field: said[_name(field)] for field in columns.FIELDS if said[_name(field)]},
                "preset": said["preset"], "part": said["part"], "kind_by": said["kind_by"], "currency": said["currency"],
                "refund_prefixes": said["refund_prefixes"].replace(",", " ").split(),
                "adjustment_prefixes": said["adjustment_prefixes"].replace(",", " ").split(),
                "time_zone": said["time_zone"], "date_order": said["date_order"], "decimal_mark": said["decimal_mark"],
                "encoding": said["encoding"] or "utf-8", "delimiter": said["delimiter"] or ",", "sheet": said["sheet"],
            }
        )  # fmt: skip

    @override
    def clean(self) -> dict[str, Any]:
        """Refuse a column that is chosen twice."""
        said = super().clean() or {}
        seen: dict[str, str] = {}
        for field in columns.FIELDS:
            header = said.get(_name(field))
            if header and header in seen:
                self.add_error(_name(field), _("This column is chosen twice."))
            elif header:
                seen[header] = field
        return said


def _name(field: str) -> str:
    return f"column_{field}"


def initial_of(mapping: Mapping) -> dict[str, Any]:
    """Return the form values that describe a mapping."""
    plain = mapping.as_json()
    chosen = {_name(field): header for field, header in plain.pop("columns").items()}
    for name in ("refund_prefixes", "adjustment_prefixes"):
        plain[name] = " ".join(plain[name])
    return plain | chosen


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
