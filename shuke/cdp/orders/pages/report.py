"""What an import did, in words."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.cdp.orders.errors.wording import sentence
from shuke.cdp.orders.models import ImportState, OrderImport
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
}
# What was done with each special kind of row. The count stands in front.
NOTES: dict[str, str | Promise] = {
    "guest_orders": _("sales name no customer. They are guest orders: they count in sales and make no customer."),
    "guest_refunds": _("refunds name no customer. They lower the sales of the company, and nobody's value."),
    "guest_adjustments": _("bookkeeping entries name no customer."),
    "refunds_naming_no_order": _("refunds do not say which sale they belong to. They are netted against sales as a whole and the customer's own."),
    "adjustments": _("bookkeeping entries are neither sale nor refund. They are kept apart and added to the net."),
    "free_lines": _("lines have a price of nought. They stay on their orders and add nothing."),
    "fraction_lines": _("lines come to fractions of the smallest coin. Each was rounded half up by itself."),
    "negative_lines": _("lines inside sales have a negative quantity. They stay where they are and lower their order."),
    "zero_lines": _("lines have a quantity of nought. They stay and add nothing."),
    "repeated_lines": _("lines repeat another line of their order exactly. They are real and stay: nothing was merged."),
    "two_times": _("orders carry more than one time. The earliest counts."),
    "scattered_records": _("orders have lines that do not stand together in the file. They were brought together."),
    "ids_normalised": _("rows write the customer id as a spreadsheet does, such as 12346.0. It was read as 12346."),
    "partial_orders": _("orders came in without some of their lines: see the refused rows. Correct those and import the file again, and the orders are replaced whole."),
    "formula_texts": _("product names begin like a formula. They were kept as text and never run."),
    "masked_customers": _("orders hide their customer's id, phone or e-mail behind asterisks. Those are never used to recognise people."),
    "unknown_statuses": _("orders have a status we do not know. They count as completed."),
    "formulas": _("cells hold formulas. Their stored results were read; nothing was calculated."),
}  # fmt: skip


def context(made: OrderImport) -> dict[str, Any]:
    """Return what the pages of a checked or ended import show."""
    found = made.report
    outcome = found.get("applied") if made.state != ImportState.CHECKED else found.get("expected")
    error = found.get("error")
    return {
        "outcome": [_outcome_row(kind, outcome.get(kind, {}), found) for kind in KINDS] if outcome else [],
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
        "error": sentence(error["code"], error) if error else "",
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
    for code, text in NOTES.items():
        if code in told:
            yield {"count": told[code]["count"], "text": text, "row": told[code]["row"]}


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
