"""Layouts that need no guessing."""

from collections.abc import Sequence

from shuke.cdp.orders.rules import columns
from shuke.cdp.orders.rules.mapping import BY_COLUMN, BY_PREFIX, Mapping

UCI_ONLINE_RETAIL = Mapping(
    preset="uci-online-retail",
    columns={
        "number": "InvoiceNo",
        "placed_at": "InvoiceDate",
        "customer_id": "CustomerID",
        "country": "Country",
        "product": "StockCode",
        "title": "Description",
        "quantity": "Quantity",
        "unit_price": "UnitPrice",
    },
    kind_by=BY_PREFIX,
    refund_prefixes=("C",),
    adjustment_prefixes=("A",),
    currency="GBP",
    time_zone="Europe/London",
)
# The second edition of the same shop's data names three columns otherwise.
_ALSO_CALLED = {"InvoiceNo": "Invoice", "UnitPrice": "Price", "CustomerID": "Customer ID"}
# Our own layout: column names are the field names.
GENERIC = Mapping(preset="generic", columns={name: name for name in columns.FIELDS}, kind_by=BY_COLUMN)
PRESETS = {mapping.preset: mapping for mapping in (UCI_ONLINE_RETAIL, GENERIC)}


def fitting(name: str, headers: Sequence[str]) -> Mapping:
    """Return a preset with the columns that a file has; headers may differ in case, spaces and punctuation."""
    preset = PRESETS[name]
    by_name = {columns.normalised(header): header for header in headers}
    present = {field: found for field, header in preset.columns.items() if (found := _find(header, by_name))}
    kind_by = preset.kind_by if preset.kind_by != BY_COLUMN or "kind" in present else "sign"
    return Mapping(
        columns=present, preset=name, kind_by=kind_by, refund_prefixes=preset.refund_prefixes,
        adjustment_prefixes=preset.adjustment_prefixes, currency=preset.currency, time_zone=preset.time_zone,
    )  # fmt: skip


def _find(header: str, by_name: dict[str, str]) -> str:
    named = by_name.get(columns.normalised(header), "")
    return named or by_name.get(columns.normalised(_ALSO_CALLED.get(header, header)), "")


def recognised(headers: Sequence[str]) -> str:
    """Return the preset whose layout a file has, "" if none.

    >>> recognised(["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"])
    'uci-online-retail'
    """
    names = {columns.normalised(header) for header in headers}
    if all(_find(header, dict.fromkeys(names, "yes")) for header in UCI_ONLINE_RETAIL.columns.values()):
        return UCI_ONLINE_RETAIL.preset
    required = {columns.normalised(name) for name in ("number", "placed_at")}
    if required <= names and ({"unitprice", "amount"} & names):
        return GENERIC.preset
    return ""
