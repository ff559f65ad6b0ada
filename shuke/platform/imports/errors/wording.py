"""Why something of a file was not taken, in words: what is wrong, where, and what to do about it.

Here is what can be wrong with any file; a domain adds its own reasons and the names of its fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, str | Promise]

# Rows and their cells.
ROW_REASONS: dict[str, str | Promise] = {
    "undecodable": _(
        "These bytes are not text in the encoding of the file. Choose another encoding, or save the file as UTF-8."
    ),
    "shortened_number": _("A spreadsheet has shortened this number and lost its last digits. Export it again as text."),
    "too_long": _("Longer than %(most)s characters."),
    "formula": _("The cell holds a formula, not its result. Save the sheet with values."),
    "not_a_number": _("This is not a number."),
    "decimal_mark": _("This does not read as a number with “%(mark)s” as its decimal mark."),
    "too_large": _("The number is too large."),
    "not_a_date": _("This is not a date we can read."),
    "impossible_date": _("There is no such date. Check whether the day or the month comes first."),
    "implausible_date": _("The year is implausible."),
    "too_many_cells": _("The row has %(cells)s cells, the header only %(columns)s. Is a quotation mark missing?"),
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
}


class _Said(dict[str, Any]):
    """Facts that fill a sentence; one that is not given, as in a list of reasons in general, is an ellipsis."""

    def __missing__(self, key: str) -> str:
        return "…"


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one kind of import: what its fields are called, and its own reasons."""

    fields: Words = field(default_factory=dict)
    reasons: Words = field(default_factory=dict)

    def sentence(self, code: str, facts: Mapping[str, Any]) -> str:
        """Return the reason behind ``code`` in the active language."""
        said = _Said(
            {
                name: self.fields.get(value, value) if name in {"field", "other_field"} else value
                for name, value in facts.items()
            }
        )
        reason = self.reasons.get(code) or ROW_REASONS.get(code) or FILE_REASONS.get(code)
        return str(reason) % said if reason else gettext("Not taken: %(code)s.") % {"code": code}


sentence = Wording().sentence
