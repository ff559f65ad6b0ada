"""How one file of orders is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shuke.cdp.orders.rules import columns
from shuke.platform.imports.rules import mapping as files
from shuke.platform.imports.rules.refusals import Refused

# Where it stands whether a row is a sale, a refund or a bookkeeping entry: in a column, in the first letters of the
# order number, or nowhere, so that orders whose total is negative are refunds.
BY_COLUMN, BY_PREFIX, BY_SIGN = "column", "prefix", "sign"
# What a file knows of its orders: everything, everything but the single lines, or the lines only.
WHOLE, TOTALS, LINES = "", "totals", "lines"


@dataclass(frozen=True, slots=True)
class Mapping(files.Mapping):
    """A confirmed answer to every question about reading a file of orders."""

    kind_by: str = BY_SIGN
    refund_prefixes: tuple[str, ...] = ()
    adjustment_prefixes: tuple[str, ...] = ()
    # For rows that name no currency.
    currency: str = ""
    part: str = WHOLE


def from_json(said: Any) -> Mapping:
    """Return the mapping behind its JSON form; refuse unknown names and values, naming them."""
    choices = {"kind_by": (BY_COLUMN, BY_PREFIX, BY_SIGN), "part": (WHOLE, TOTALS, LINES)}
    mapping = files.from_json(Mapping, said, known_fields=columns.FIELDS, choices=choices)
    code = mapping.currency
    if code and not (len(code) == 3 and code.isascii() and code.isupper()):
        raise Refused("mapping_value", name="currency", value=code, allowed="GBP, CNY, USD, …")
    return mapping


def problems(mapping: Mapping, headers: Sequence[str]) -> list[Refused]:
    """Return what keeps a mapping from reading a file with these headers, everything at once."""
    found = files.problems(mapping, headers)
    needed = ("number",) if mapping.part == LINES else ("number", "placed_at")
    found += [Refused("field_needed", field=name) for name in needed if not mapping.columns.get(name)]
    if not mapping.columns.get("unit_price") and not mapping.columns.get("amount"):
        found.append(Refused("price_needed"))
    if not mapping.currency and not mapping.columns.get("currency"):
        found.append(Refused("currency_needed"))
    if mapping.kind_by == BY_COLUMN and not mapping.columns.get("kind"):
        found.append(Refused("field_needed", field="kind"))
    return found
