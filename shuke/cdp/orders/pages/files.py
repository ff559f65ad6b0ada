"""How files of orders are shown on their way in."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.cdp.orders import forms
from shuke.cdp.orders.actions.importing import OrderFiles
from shuke.cdp.orders.pages import layouts
from shuke.cdp.orders.pages.preview import preview_of
from shuke.cdp.orders.rules import facts
from shuke.platform.imports.models import Import
from shuke.platform.imports.pages.imports import ImportPages, Texts

KINDS: dict[str, str | Promise] = {
    facts.ORDER: _("Sales"),
    facts.REFUND: _("Refunds"),
    facts.ADJUSTMENT: _("Adjustments"),
    facts.LINES: _("Orders whose lines are told"),
}
# What was done with each special kind of row: what it is, and what became of it.
NOTES: dict[str, tuple[str | Promise, str | Promise]] = {
    "guest_orders": (_("Sales without a customer"), _("They are guest orders: they count in sales and make no customer.")),
    "guest_refunds": (_("Refunds without a customer"), _("They lower the company's sales, and nobody's value.")),
    "refunds_naming_no_order": (
        _("Refunds that do not say for which sale"), _("They are netted against the sales of the customer and of the company."),
    ),
    "adjustments": (_("Bookkeeping entries"), _("They are neither sale nor refund: kept apart, and added to the net.")),
    "free_lines": (_("Free lines"), _("They stay on their orders and add nothing.")),
    "fraction_lines": (_("Lines that come to a fraction of a penny"), _("Each was rounded half up by itself.")),
    "negative_lines": (_("Lines with a negative quantity inside sales"), _("They stay where they are and lower their order.")),
    "zero_lines": (_("Lines with a quantity of nought"), _("They stay and add nothing.")),
    "refunds_on_orders": (
        _("Refunds that stand on the rows of their order"),
        _("Each became a refund of its order, dated like the order, since the file does not say when."),
    ),
    "repeated_lines": (_("Lines that repeat another of their order exactly"), _("They are real and stay: nothing was merged.")),
    "two_times": (_("Orders with more than one time"), _("The earliest counts.")),
    "scattered_records": (_("Orders whose lines do not stand together in the file"), _("They were brought together.")),
    "ids_normalised": (_("Customer ids written like 12346.0"), _("A spreadsheet's doing: they were read as 12346.")),
    "partial_orders": (
        _("Orders without some of their lines"),
        _("See the refused rows. Correct those and import the file again: the orders are replaced whole."),
    ),
    "formula_texts": (_("Product names that begin like a formula"), _("They were kept as text and never run.")),
    "formulas": (_("Cells with formulas"), _("Their stored results were read; nothing was calculated.")),
    "masked_customers": (
        _("Customers hidden behind asterisks"), _("Such ids, phones and e-mails are never used to recognise people."),
    ),
    "unknown_statuses": (_("Orders with a status we do not know"), _("They count as completed.")),
}  # fmt: skip


def outcome(made: Import, counts: dict[str, Any]) -> dict[str, Any]:
    """Return what became of each kind of record, and the money in the file."""
    found = made.report
    return {
        "outcome": [_outcome_row(kind, counts.get(kind, {}), found) for kind in KINDS if kind in counts],
        "amounts": [
            {"currency": currency, **sums, "net": _net(sums)} for currency, sums in found.get("amounts", {}).items()
        ],
    }


def _net(sums: dict[str, int]) -> int:
    return sums[facts.ORDER] - sums[facts.REFUND] + sums[facts.ADJUSTMENT]


def _outcome_row(kind: str, counts: dict[str, int], found: dict[str, Any]) -> dict[str, Any]:
    told = {action: counts.get(action, 0) for action in ("created", "replaced", "unchanged")}
    return {"kind": kind, "label": KINDS[kind], "in_file": found.get("records", {}).get(kind, 0), **told}


PAGES = ImportPages(
    kind=OrderFiles(),
    permission="orders.import",
    form=forms.Columns,
    preview=preview_of,
    outcome=outcome,
    layouts=layouts.LAYOUTS,
    notes=NOTES,
    record_kinds={facts.ORDER: _("Sale"), facts.REFUND: _("Refund"), facts.ADJUSTMENT: _("Adjustment")},
    record_urls={facts.ORDER: "orders:detail", facts.REFUND: "orders:refund"},
    texts=Texts(
        upload=_("Import orders"),
        running=_("Importing orders"),
        shop=_("The shop these orders come from. Customer ids and order numbers are told apart by shop."),
        number=_("Order number"),
        which_files=(
            _("One row per order line. Rows with the same order number belong together."),
            _("Needed: order number, date, and a unit price or amount. Everything else helps."),
        ),
        dry_run=_(
            "This was a dry run: nothing is stored yet. Orders are known by shop and number, so importing a file twice changes nothing, and a corrected file replaces orders whole."
        ),
        nothing_yet=_(
            "Bring in the history of your shop from a file. You see how each column is read before anything is stored, and an import can be undone as a whole."
        ),
        undo=_(
            "Records that the import created go, those it replaced become what they were before. Customers and products it created go too, unless something else has come to rest on them."
        ),
    ),
)
