"""How one file is read: which column means what, and how its numbers, dates and kinds are written."""

from collections.abc import Mapping as Mappings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shuke.cdp.orders.rules import columns
from shuke.cdp.orders.rules.moments import DMY, MDY
from shuke.cdp.orders.rules.refusals import Refused

# Where it stands whether a row is a sale, a refund or a bookkeeping entry: in a column, in the first letters of the
# order number, or nowhere, so that orders whose total is negative are refunds.
BY_COLUMN, BY_PREFIX, BY_SIGN = "column", "prefix", "sign"
ENCODINGS = ("utf-8", "gb18030", "utf-16", "cp1252")
# What a file knows of its orders: everything, everything but the single lines, or the lines only.
WHOLE, TOTALS, LINES = "", "totals", "lines"
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Mapping:
    """A confirmed answer to every question about reading a file. ``columns`` maps fields to headers."""

    columns: Mappings[str, str] = field(default_factory=dict)
    preset: str = ""
    kind_by: str = BY_SIGN
    refund_prefixes: tuple[str, ...] = ()
    adjustment_prefixes: tuple[str, ...] = ()
    # For rows that name no currency; the zone of times without an offset.
    currency: str = ""
    time_zone: str = "UTC"
    date_order: str = DMY
    decimal_mark: str = "."
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""
    part: str = WHOLE

    def as_json(self) -> dict[str, Any]:
        """Return the form in which a mapping is stored and written to files."""
        plain = asdict(self)
        return plain | {name: list(plain[name]) for name in ("refund_prefixes", "adjustment_prefixes")}

    def read_with(self, encoding: str, delimiter: str, sheet: str) -> "Mapping":
        """Return the mapping for a file of another make but with the same columns."""
        return replace(self, encoding=encoding, delimiter=delimiter, sheet=sheet)


def from_json(said: Any) -> Mapping:
    """Return the mapping behind its JSON form; refuse unknown names and values, naming them."""
    if not isinstance(said, dict):
        raise Refused("mapping_not_an_object")
    known = {item.name for item in fields(Mapping)}
    if unknown := sorted(set(said) - known):
        raise Refused("mapping_unknown_key", names=", ".join(unknown), known=", ".join(sorted(known)))
    chosen = said.get("columns", {})
    if not isinstance(chosen, dict) or not all(isinstance(header, str) for header in chosen.values()):
        raise Refused("mapping_columns")
    if unknown := sorted(set(chosen) - set(columns.FIELDS)):
        raise Refused("mapping_unknown_field", names=", ".join(unknown), known=", ".join(columns.FIELDS))
    values = dict(said) | {"columns": {name: header for name, header in chosen.items() if header}}
    for name in ("refund_prefixes", "adjustment_prefixes"):
        given = values.get(name, ())
        if isinstance(given, str) or not all(isinstance(item, str) for item in given):
            raise Refused("mapping_value", name=name, value=str(given), allowed='["C"]')
        values[name] = tuple(item for item in given if item)
    mapping = Mapping(**values)
    _check_choices(mapping)
    return mapping


def _check_choices(mapping: Mapping) -> None:
    allowed: dict[str, Sequence[str]] = {
        "kind_by": (BY_COLUMN, BY_PREFIX, BY_SIGN), "date_order": (DMY, MDY), "decimal_mark": (".", ","),
        "encoding": ENCODINGS, "delimiter": DELIMITERS, "part": (WHOLE, TOTALS, LINES),
    }  # fmt: skip
    for name, choices in allowed.items():
        if getattr(mapping, name) not in choices:
            raise Refused(
                "mapping_value", name=name, value=str(getattr(mapping, name)), allowed=", ".join(map(repr, choices))
            )
    if mapping.currency and not (
        len(mapping.currency) == 3 and mapping.currency.isascii() and mapping.currency.isupper()
    ):
        raise Refused("mapping_value", name="currency", value=mapping.currency, allowed="GBP, CNY, USD, …")
    try:
        ZoneInfo(mapping.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise Refused(
            "mapping_value", name="time_zone", value=mapping.time_zone, allowed="Europe/London, …"
        ) from unknown


def problems(mapping: Mapping, headers: Sequence[str]) -> list[Refused]:
    """Return what keeps a mapping from reading a file with these headers, everything at once."""
    found = [
        Refused("column_missing", field=name, header=header)
        for name, header in mapping.columns.items()
        if header not in headers
    ]
    chosen = [header for header in mapping.columns.values() if header]
    found += [Refused("column_twice", header=header) for header in sorted({h for h in chosen if chosen.count(h) > 1})]
    needed = ("number",) if mapping.part == LINES else ("number", "placed_at")
    found += [Refused("field_needed", field=name) for name in needed if not mapping.columns.get(name)]
    if not mapping.columns.get("unit_price") and not mapping.columns.get("amount"):
        found.append(Refused("price_needed"))
    if not mapping.currency and not mapping.columns.get("currency"):
        found.append(Refused("currency_needed"))
    if mapping.kind_by == BY_COLUMN and not mapping.columns.get("kind"):
        found.append(Refused("field_needed", field="kind"))
    return found
