"""What an import did, in words."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.cdp.orders.errors.wording import sentence
from shuke.cdp.orders.models import ImportState, OrderImport
from shuke.cdp.orders.pages import layouts
from shuke.cdp.orders.queries import imports as queries
from shuke.cdp.orders.rules import facts

_SHOWN_REFUSALS = 20
UNDOABLE = {ImportState.DONE, ImportState.CANCELLED, ImportState.FAILED}
TONES: dict[str, str] = {
    ImportState.UPLOADED: "neutral", ImportState.CHECKING: "accent", ImportState.CHECKED: "info",
    ImportState.RUNNING: "accent", ImportState.DONE: "good", ImportState.CANCELLED: "warn", ImportState.FAILED: "bad",
    ImportState.UNDOING: "accent", ImportState.UNDONE: "neutral",
}  # fmt: skip
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


def is_mappable(made: OrderImport) -> bool:
    """Whether the columns may still be changed: nothing was written, and the file is there."""
    return made.state in {ImportState.CHECKED, ImportState.FAILED} and not made.checkpoint


def context(made: OrderImport) -> dict[str, Any]:
    """Return what the pages of a checked or ended import show."""
    found = made.report
    outcome = found.get("applied") if made.state != ImportState.CHECKED else found.get("expected")
    error = found.get("error")
    return {
        "outcome": [_outcome_row(kind, outcome.get(kind, {}), found) for kind in KINDS if kind in outcome] if outcome else [],
        "amounts": [{"currency": currency, **sums, "net": _net(sums)} for currency, sums in found.get("amounts", {}).items()],
        "notes": list(_notes(found)),
        "refused": found.get("refused", 0),
        "reasons": [
            {"reason": sentence(code, {}), "count": said["count"], "row": said["row"]}
            for code, said in found.get("refusals", {}).items()
        ],
        "refusals": [
            {"row": row, "reason": sentence(row.code, row.facts)}
            for row in queries.refused_rows(made, limit=_SHOWN_REFUSALS)
        ],
        "layout": layouts.of(made.mapping),
        "error": sentence(error["code"], error) if error else "",
        "is_mappable": is_mappable(made),
        "may_go_on": made.state in {ImportState.CANCELLED, ImportState.FAILED} and bool(made.mapping)
        and not error and "undo" not in found,
        "is_undoable": made.state in UNDOABLE and made.checkpoint > 0,
        "is_unchanged": bool(outcome) and not any(
            counts.get("created") or counts.get("replaced") for counts in outcome.values()
        ),
    }  # fmt: skip


def _net(sums: dict[str, int]) -> int:
    return sums[facts.ORDER] - sums[facts.REFUND] + sums[facts.ADJUSTMENT]


def _outcome_row(kind: str, counts: dict[str, int], found: dict[str, Any]) -> dict[str, Any]:
    told = {action: counts.get(action, 0) for action in ("created", "replaced", "unchanged")}
    return {"kind": kind, "label": KINDS[kind], "in_file": found.get("records", {}).get(kind, 0), **told}


def _notes(found: dict[str, Any]) -> Any:
    told = dict(found.get("notes", {}))
    if found.get("formulas"):
        told["formulas"] = {"count": found["formulas"], "row": None}
    for code, (title, text) in NOTES.items():
        if code in told:
            yield {"count": told[code]["count"], "title": title, "text": text, "row": told[code]["row"]}


def summary(made: OrderImport) -> dict[str, int]:
    """Return how many records an import created, replaced and left alone, all kinds together."""
    counts = made.report.get("applied", {})
    return {
        action: sum(kind.get(action, 0) for kind in counts.values()) for action in ("created", "replaced", "unchanged")
    } | {"refused": made.report.get("refused", 0)}


def steps(made: OrderImport, *, at_columns: bool = False) -> list[dict[str, Any]]:
    """Return the stages of an import with what is done, current and to do."""
    labels = (_("Upload"), _("Columns"), _("Check"), _("Import"), _("Report"))
    reached = {
        ImportState.UPLOADED: 1, ImportState.CHECKING: 2, ImportState.CHECKED: 2, ImportState.RUNNING: 3,
    }.get(ImportState(made.state), 4)  # fmt: skip
    reached = 1 if at_columns else reached
    states = ["done" if place < reached else "current" if place == reached else "todo" for place in range(len(labels))]
    return [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]
