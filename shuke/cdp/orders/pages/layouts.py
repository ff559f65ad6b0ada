"""The layouts of files that we know by heart, in words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.cdp.orders.rules import presets
from shuke.platform.imports.pages.layouts import Layout

_WORDS: Mapping[str, tuple[str | Promise, str | Promise]] = {
    "taobao-orders": (
        _("Taobao and Tmall: report of orders"),
        _("Buyer and totals of each order. Import the report of items too: it gives the lines, in either order."),
    ),
    "taobao-items": (
        _("Taobao and Tmall: report of items"),
        _("The lines of each order. Buyer and totals come from the report of orders."),
    ),
    "jd": (_("JD"), _("One row for each product; the sum of the order is repeated on each and counted once.")),
    "douyin": (_("Douyin shop"), _("One row for each partial order; they are brought together by the main order.")),
    "shopify": (_("Shopify"), _("The export of orders. What belongs to the order stands on its first row only.")),
    "woocommerce": (_("WooCommerce"), _("An export with one row for each item, as Advanced Order Export writes it.")),
    presets.UCI_ONLINE_RETAIL.preset: (
        _("Online Retail (UCI)"),
        _("The public data set of a British gift shop. Numbers that begin with C are returns, those with A bookkeeping."),
    ),
    presets.GENERIC.preset: (
        _("Shuke's own layout"),
        _("The columns are named after our fields: number, placed_at, customer_id, product, quantity, unit_price and so on."),
    ),
}  # fmt: skip
LAYOUTS: Mapping[str, Layout] = {code: Layout(code, *_WORDS[code]) for code in presets.PRESETS}
