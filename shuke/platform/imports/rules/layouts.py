"""Layouts that need no guessing: finding their columns in a file, and telling such a file by its headers."""

from collections.abc import Iterable, Mapping, Sequence

from shuke.platform.imports.rules.headers import normalised

# What other editions of a layout call a column.
Names = Mapping[str, Sequence[str]]


def present(columns: Mapping[str, str], headers: Sequence[str], also_called: Names) -> dict[str, str]:
    """Return the columns of a layout that a file has; headers may differ in case, spaces and punctuation.

    >>> present({"email": "E-mail", "phone": "Phone"}, ["email", "sku"], {})
    {'email': 'email'}
    """
    by_name = {normalised(header): header for header in headers}
    return {field: found for field, header in columns.items() if (found := _find(header, by_name, also_called))}


def has_all(headers: Iterable[str], wanted: Iterable[str], also_called: Names | None = None) -> bool:
    """Whether a file has all of these columns."""
    by_name = {normalised(header): "yes" for header in headers}
    return all(_find(header, by_name, also_called or {}) for header in wanted)


def _find(header: str, by_name: Mapping[str, str], also_called: Names) -> str:
    names = (header, *also_called.get(header, ()))
    return next((by_name[key] for name in names if (key := normalised(name)) in by_name), "")
