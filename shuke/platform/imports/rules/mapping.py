"""How one file is read: which column means what, and how its dates and numbers are written. Kinds of imports add more."""

from collections.abc import Collection, Sequence
from collections.abc import Mapping as Mappings
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shuke.platform.imports.rules.moments import DMY, MDY
from shuke.platform.imports.rules.refusals import Refused

ENCODINGS = ("utf-8", "gb18030", "utf-16", "cp1252")
DELIMITERS = (",", ";", "\t", "|")
_CHOICES: Mappings[str, Sequence[str]] = {
    "date_order": (DMY, MDY), "decimal_mark": (".", ","), "encoding": ENCODINGS, "delimiter": DELIMITERS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mapping:
    """A confirmed answer to every question about reading a file. ``columns`` maps fields to headers."""

    columns: Mappings[str, str] = field(default_factory=dict)
    preset: str = ""
    # The zone of times without an offset.
    time_zone: str = "UTC"
    date_order: str = DMY
    decimal_mark: str = "."
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the form in which a mapping is stored and written to files."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def read_with(self, encoding: str, delimiter: str, sheet: str) -> Self:
        """Return the mapping for a file of another make but with the same columns."""
        return replace(self, encoding=encoding, delimiter=delimiter, sheet=sheet)


M = TypeVar("M", bound=Mapping)


def from_json(kind: type[M], said: Any, *, known_fields: Collection[str], choices: Mappings[str, Sequence[str]]) -> M:
    """Return the mapping behind its JSON form; refuse unknown names and values, naming them.

    ``known_fields`` is what columns may mean; one that ends in ``*`` stands for whatever begins like it. ``choices``
    are the values that the settings of this kind may have.
    """
    if not isinstance(said, dict):
        raise Refused("mapping_not_an_object")
    settings = {item.name: item for item in fields(kind)}
    if unknown := sorted(set(said) - set(settings)):
        raise Refused("mapping_unknown_key", names=", ".join(unknown), known=", ".join(sorted(settings)))
    values = dict(said) | {"columns": _columns(said.get("columns", {}), known_fields)}
    for name, item in settings.items():
        if isinstance(item.default, tuple):
            values[name] = _texts(name, values.get(name, ()))
        elif name != "columns" and name in values and type(values[name]) is not type(item.default):
            raise Refused("mapping_value", name=name, value=str(values[name]), allowed=repr(item.default))
    mapping = kind(**values)
    _check(mapping, {**_CHOICES, **choices})
    return mapping


def _columns(chosen: Any, known: Collection[str]) -> dict[str, str]:
    if not isinstance(chosen, dict) or not all(isinstance(header, str) for header in chosen.values()):
        raise Refused("mapping_columns")
    families = tuple(name[:-1] for name in known if name.endswith("*"))
    unknown = sorted(name for name in chosen if name not in known and not (families and name.startswith(families)))
    if unknown:
        raise Refused("mapping_unknown_field", names=", ".join(unknown), known=", ".join(known))
    return {name: header for name, header in chosen.items() if header}


def _texts(name: str, given: Any) -> tuple[str, ...]:
    if isinstance(given, str) or not all(isinstance(item, str) for item in given):
        raise Refused("mapping_value", name=name, value=str(given), allowed='["C"]')
    return tuple(item for item in given if item)


def _check(mapping: Mapping, choices: Mappings[str, Sequence[str]]) -> None:
    for name, allowed in choices.items():
        if (value := getattr(mapping, name)) not in allowed:
            raise Refused("mapping_value", name=name, value=str(value), allowed=", ".join(map(repr, allowed)))
    try:
        ZoneInfo(mapping.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise Refused(
            "mapping_value", name="time_zone", value=mapping.time_zone, allowed="Europe/London, …"
        ) from unknown


def problems(mapping: Mapping, headers: Sequence[str]) -> list[Refused]:
    """Return what keeps any mapping from reading a file with these headers: columns that are not there, or taken twice."""
    found = [
        Refused("column_missing", field=name, header=header)
        for name, header in mapping.columns.items()
        if header not in headers
    ]
    chosen = [header for header in mapping.columns.values() if header]
    return found + [
        Refused("column_twice", header=header) for header in sorted({h for h in chosen if chosen.count(h) > 1})
    ]
