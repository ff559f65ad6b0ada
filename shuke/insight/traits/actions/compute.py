"""Working a trait out and writing what changed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from shuke.cdp.attributes import actions as attributes
from shuke.cdp.attributes import queries as held
from shuke.cdp.attributes.actions import Said
from shuke.cdp.events.actions import Provenance
from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.segments import queries as segments
from shuke.insight.traits import queries
from shuke.insight.traits.models import Trait
from shuke.insight.traits.rules import Recipe

_ROWS_AT_ONCE = 500
SOURCE = "computed"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Computed:
    """What a computation did: how many customers have a value, how many of them another one than before."""

    customers: int
    changed: int


def compute(trait: Trait, *, now: datetime, progress: Progress | None = None) -> Computed:
    """Work a trait out for everybody, in one question, and write only what changed, in short transactions.

    Both sides are walked in order of customers, so a computation that was interrupted just leaves a smaller difference.
    The first one announces nothing: nothing happened to these people, we only looked. Raises ``NothingToAnalyse``.
    """
    recipe, day = queries.recipe_of(trait), segments.today()
    by = Provenance(source=SOURCE, actor="system:traits", now=now, historical=trait.computed_at is None)
    found = warehouse.execute(queries.expression(recipe, as_of=day).order_by("customer_id"), timeout=300)
    changed = after = done = 0
    for chunk in _chunks(found, recipe):
        changed += _write(trait, dict(chunk), after, chunk[-1][0], by)
        after, done = chunk[-1][0], done + len(chunk)
        if progress is not None:
            progress(done, found.num_rows)
    changed += _clear_beyond(trait, after, by)
    Trait.objects.filter(pk=trait.pk).update(as_of=day, computed_at=now, customers=found.num_rows, changed=changed)
    return Computed(found.num_rows, changed)


def _chunks(found: pa.Table, recipe: Recipe) -> Iterator[list[tuple[int, Any]]]:
    for start in range(0, found.num_rows, _ROWS_AT_ONCE):
        part = found.slice(start, _ROWS_AT_ONCE).to_pydict()
        figures = [queries.as_value(recipe, one) for one in part["value"]]
        yield list(zip(part["customer_id"], figures, strict=True))


def _write(trait: Trait, wanted: dict[int, Any], after: int, until: int | None, by: Provenance) -> int:
    """Make the customers in (``after``, ``until``] have what is wanted; return how many changed."""
    present = held.plain_values(trait.attribute, after=after, until=until)
    differing: Sequence[tuple[int, Any]] = [
        *((pk, value) for pk, value in wanted.items() if present.get(pk) != value),
        *((pk, None) for pk in present if pk not in wanted),
    ]
    if not differing:
        return 0
    said = [Said(pk, {trait.attribute.code: value}) for pk, value in sorted(differing)]
    return len(attributes.set_values(said, source=SOURCE, by=by).changed)


def _clear_beyond(trait: Trait, after: int, by: Provenance) -> int:
    """Take the values of everybody beyond the last one away, piece by piece."""
    changed = 0
    while present := held.plain_values(trait.attribute, after=after, until=None, limit=_ROWS_AT_ONCE):
        said = [Said(pk, {trait.attribute.code: None}) for pk in sorted(present)]
        changed += len(attributes.set_values(said, source=SOURCE, by=by).changed)
        after = max(present)
    return changed
