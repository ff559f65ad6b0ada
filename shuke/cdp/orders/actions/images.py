"""What records looked like before an import touched them, kept for its undo."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from shuke.cdp.orders.actions.parts import Parts
from shuke.cdp.orders.actions.writing import LINE_FIELDS, LINE_MODELS, Row, Written
from shuke.platform.imports.actions import images
from shuke.platform.imports.models import Import

_NEVER_RESTORED = {"id", "uuid", "shop", "number", "created_at", "refunded_minor"}


def take(kind: str, rows: Sequence[Row], hanging: Mapping[int, Parts]) -> dict[int, dict[str, Any]]:
    """Return the state of ``rows`` with their lines and what else hangs on them as JSON, by record id; at most one query."""
    lines: dict[int, list[list[Any]]] = defaultdict(list)
    if kind in LINE_MODELS:
        model, owner = LINE_MODELS[kind]
        found = model._default_manager.filter(**{f"{owner}__in": [row.pk for row in rows]})
        for owner_id, *values in found.order_by("pk").values_list(owner, *LINE_FIELDS):
            lines[owner_id].append([_json(value) for value in values])
    images = {row.pk: {"row": _state(row), "lines": lines[row.pk]} for row in rows}
    for pk, parts in hanging.items():
        images[pk]["parts"] = parts
    return images


def _state(row: Row) -> dict[str, Any]:
    return {
        field.attname: _json(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.name not in _NEVER_RESTORED
    }


def _json(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def keep(made: Import, kind: str, written: Iterable[Written], before: dict[int, dict[str, Any]]) -> None:
    """Store what an import replaced and what it created."""
    changed = [(item.record_id, item.number, before.get(item.record_id), item.row["content_hash"]) for item in written]
    images.keep(made, kind, changed)
