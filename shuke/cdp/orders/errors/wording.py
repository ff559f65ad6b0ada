"""Why something of a file was not taken, in words: what is wrong, where, and what to do about it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.platform.imports.errors.wording import Wording

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

_REASONS: dict[str, str | Promise] = {
    "number_missing": _("The row has no order number."),
    "not_a_currency": _("This is not a currency. Write three letters, such as GBP or CNY."),
    "currency_missing": _("The row names no currency, and none was chosen for the file."),
    "date_missing": _("The order has no date."),
    "unknown_kind": _("Unknown kind of record. Write sale, refund or adjustment."),
    "amount_missing": _("The row has no price."),
    "quantity_missing": _("The row has no quantity."),
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
    "price_needed": _("Choose the column with the unit price or with the line amount."),
    "currency_needed": _("Choose the currency of the amounts, or the column that names it."),
}
WORDING = Wording(FIELD_LABELS, _REASONS)
sentence = WORDING.sentence
