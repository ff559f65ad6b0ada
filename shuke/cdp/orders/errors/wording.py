"""Why something of a file was not taken, in words: what is wrong, where, and what to do about it."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

FIELD_LABELS: dict[str, str | Promise] = {
    "number": _("Order number"),
    "kind": _("Kind of record"),
    "refund_number": _("Refund number"),
    "placed_at": _("Date and time"),
    "status": _("Status"),
    "payment_status": _("Payment"),
    "fulfilment_status": _("Delivery"),
    "external_id": _("Order id of the shop"),
    "paid_at": _("Paid on"),
    "shipped_at": _("Shipped on"),
    "completed_at": _("Completed on"),
    "cancelled_at": _("Cancelled on"),
    "coupon": _("Coupon code"),
    "carrier": _("Carrier"),
    "tracking": _("Tracking number"),
    "payment_method": _("Payment method"),
    "payment_reference": _("Payment reference"),
    "paid_amount": _("Amount paid"),
    "total": _("Sum of the goods, after discounts"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "line_discount": _("Discount on the line"),
    "currency": _("Currency"),
    "customer_id": _("Customer id"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "name": _("Customer name"),
    "country": _("Country"),
    "region": _("Region"),
    "city": _("City"),
    "address": _("Address"),
    "postcode": _("Postcode"),
    "channel": _("Sales channel"),
    "discount": _("Discount"),
    "shipping": _("Shipping"),
    "tax": _("Tax"),
    "refunded": _("Amount given back"),
    "reason": _("Reason"),
    "product": _("Product id"),
    "sku": _("Article number (SKU)"),
    "title": _("Product name"),
    "category": _("Category"),
    "brand": _("Brand"),
    "quantity": _("Quantity"),
    "unit_price": _("Unit price"),
    "amount": _("Line amount"),
}

# Rows and orders.
ROW_REASONS: dict[str, str | Promise] = {
    "undecodable": _(
        "These bytes are not text in the encoding of the file. Choose another encoding, or save the file as UTF-8."
    ),
    "shortened_number": _("A spreadsheet has shortened this number and lost its last digits. Export it again as text."),
    "too_long": _("Longer than %(most)s characters."),
    "number_missing": _("The row has no order number."),
    "formula": _("The cell holds a formula, not its result. Save the sheet with values."),
    "not_a_number": _("This is not a number."),
    "decimal_mark": _("This does not read as a number with “%(mark)s” as its decimal mark."),
    "too_large": _("The number is too large."),
    "not_a_currency": _("This is not a currency. Write three letters, such as GBP or CNY."),
    "currency_missing": _("The row names no currency, and none was chosen for the file."),
    "not_a_date": _("This is not a date we can read."),
    "impossible_date": _("There is no such date. Check whether the day or the month comes first."),
    "implausible_date": _("The year is implausible."),
    "date_missing": _("The order has no date."),
    "unknown_kind": _("Unknown kind of record. Write sale, refund or adjustment."),
    "amount_missing": _("The row has no price."),
    "quantity_missing": _("The row has no quantity."),
    "too_many_cells": _("The row has %(cells)s cells, the header only %(columns)s. Is a quotation mark missing?"),
    "too_many_lines": _("The order has more than %(most)s lines."),
    "two_customers": _(
        "One order number names two customers (see also row %(other_row)s). Nothing of the order was taken."
    ),
    "two_currencies": _(
        "One order number names two currencies (see also row %(other_row)s). Nothing of the order was taken."
    ),
    "two_orders": _(
        "One order number is used for different orders more than a week apart (see also row %(other_row)s). "
        "Nothing of them was taken."
    ),
    "number_twice": _("The same number already stands for another record (row %(other_row)s)."),
}

# Whole files and mappings.
FILE_REASONS: dict[str, str | Promise] = {
    "empty_file": _("The file is empty."),
    "header_only": _("The file has a header but no rows below it."),
    "not_a_table": _("This is not a table. Upload a CSV, TSV or XLSX file."),
    "not_a_workbook": _("The workbook cannot be opened. Save it again as XLSX or CSV."),
    "damaged_archive": _("The file is damaged: it cannot be unpacked. Export it again."),
    "too_large_file": _(
        "The file is larger than the limit of %(limit)s bytes. Split it, or ask your administrator to raise the limit."
    ),
    "too_large_workbook": _("The workbook is too large to be read as a whole. Save it as CSV: that may have any size."),
    "too_many_cells_in_workbook": _(
        "The workbook has more than %(limit)s cells. Save it as CSV: that may have any size."
    ),
    "too_many_columns": _("The file has more than %(most)s columns."),
    "sheet_missing": _("The workbook has no sheet “%(sheet)s”. It has: %(sheets)s."),
    "disk": _("The file cannot be read or staged: %(reason)s."),
    "reader_died": _("Reading the file took too much memory or failed. Save it as CSV and try again."),
    "mapping_not_an_object": _("The mapping is not a JSON object."),
    "mapping_unknown_key": _("The mapping has unknown keys: %(names)s. Known are: %(known)s."),
    "mapping_unknown_field": _("The mapping has unknown fields: %(names)s. Known are: %(known)s."),
    "mapping_columns": _("“columns” must be an object of field names and column headers."),
    "mapping_value": _("“%(value)s” is no value for %(name)s. Allowed: %(allowed)s."),
    "preset_unknown": _("There is no preset “%(name)s”. There are: %(known)s."),
    "column_missing": _("The file has no column “%(header)s”."),
    "column_twice": _("The column “%(header)s” is chosen twice."),
    "field_needed": _("Choose the column with: %(field)s."),
    "price_needed": _("Choose the column with the unit price or with the line amount."),
    "currency_needed": _("Choose the currency of the amounts, or the column that names it."),
}
_REASONS = ROW_REASONS | FILE_REASONS


class _Said(dict[str, Any]):
    """Facts that fill a sentence; one that is not given, as in a list of reasons in general, is an ellipsis."""

    def __missing__(self, key: str) -> str:
        return "…"


def sentence(code: str, facts: Mapping[str, Any]) -> str:
    """Return the reason behind ``code`` in the active language."""
    said = _Said({name: FIELD_LABELS.get(value, value) if name == "field" else value for name, value in facts.items()})
    reason = _REASONS.get(code)
    return str(reason) % said if reason else gettext("Not taken: %(code)s.") % {"code": code}
