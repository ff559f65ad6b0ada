"""What an import did, in words: what is the same for every kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.platform.imports import queries
from shuke.platform.imports.errors.wording import Wording
from shuke.platform.imports.models import Import, ImportState

SHOWN_REFUSALS = 20
UNDOABLE = {ImportState.DONE, ImportState.CANCELLED, ImportState.FAILED}
TONES: dict[str, str] = {
    ImportState.UPLOADED: "neutral", ImportState.CHECKING: "accent", ImportState.CHECKED: "info",
    ImportState.RUNNING: "accent", ImportState.DONE: "good", ImportState.CANCELLED: "warn", ImportState.FAILED: "bad",
    ImportState.UNDOING: "accent", ImportState.UNDONE: "neutral",
}  # fmt: skip
# A title and a text for each special kind of row.
Notes = Mapping[str, tuple[str | Promise, str | Promise]]


def is_mappable(made: Import) -> bool:
    """Whether the columns may still be changed: nothing was written, and the file is there."""
    return made.state in {ImportState.CHECKED, ImportState.FAILED} and not made.checkpoint


def counts_of(made: Import) -> dict[str, Any]:
    """Return what the import did, or what its check says it would do."""
    found = made.report.get("applied" if made.state != ImportState.CHECKED else "expected")
    return found or {}


def context(made: Import, *, wording: Wording, notes: Notes) -> dict[str, Any]:
    """Return what the pages of a checked or ended import of any kind show."""
    found, counts = made.report, counts_of(made)
    error = found.get("error")
    return {
        "notes": list(_notes(found, notes)),
        "refused": queries.refused_count(found, counts),
        "left_out": found.get("left_out", 0) + sum(each.get("left_out", 0) for each in counts.values()),
        "refusals": [
            {"row": row, "reason": wording.sentence(row.code, row.facts)}
            for row in queries.refused_rows(made, limit=SHOWN_REFUSALS)
        ],
        "error": wording.sentence(error["code"], error) if error else "",
        "is_mappable": is_mappable(made),
        "may_go_on": made.state in {ImportState.CANCELLED, ImportState.FAILED} and bool(made.mapping)
        and not error and "undo" not in found,
        "is_undoable": made.state in UNDOABLE and made.checkpoint > 0 and not found.get("images_forgotten"),
        "is_unchanged": bool(counts) and not any(
            each.get("created") or each.get("replaced") for each in counts.values()
        ),
    }  # fmt: skip


def _notes(found: Mapping[str, Any], notes: Notes) -> Iterator[dict[str, Any]]:
    told = dict(found.get("notes", {}))
    if found.get("formulas"):
        told["formulas"] = {"count": found["formulas"], "row": None}
    for code, (title, text) in notes.items():
        if code in told:
            yield {"count": told[code]["count"], "title": title, "text": text, "row": told[code]["row"]}


def summary(made: Import) -> dict[str, int]:
    """Return how many records an import created, replaced and left alone, all kinds together."""
    counts = made.report.get("applied", {})
    return {
        action: sum(kind.get(action, 0) for kind in counts.values()) for action in ("created", "replaced", "unchanged")
    } | {"refused": queries.refused_count(made.report, counts)}


def steps(made: Import, *, at_columns: bool = False) -> list[dict[str, Any]]:
    """Return the stages of an import with what is done, current and to do."""
    labels = (_("Upload"), _("Columns"), _("Check"), _("Import"), _("Report"))
    reached = {
        ImportState.UPLOADED: 1, ImportState.CHECKING: 2, ImportState.CHECKED: 2, ImportState.RUNNING: 3,
    }.get(ImportState(made.state), 4)  # fmt: skip
    reached = 1 if at_columns else reached
    states = ["done" if place < reached else "current" if place == reached else "todo" for place in range(len(labels))]
    return [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]
