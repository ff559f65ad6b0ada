"""Writing in batches: each item is judged by itself, so one bad record never loses its neighbours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ninja import Field, Schema
from pydantic import ValidationError, WrapValidator

MOST_ITEMS = 500
# Items written in one transaction: few enough to let others in between.
CHUNK_ITEMS = 100

Status = Literal["created", "updated", "unchanged", "refused"]


class ItemError(Schema):
    """What is wrong with one field of an item."""

    field: str
    message: str


class ItemResult(Schema):
    """What became of one item."""

    index: int = Field(description="Place of the item in the request, from 0.")
    status: Status
    id: str | None = Field(default=None, description="Our id of the record.")
    errors: list[ItemError] = []


class BatchResult(Schema):
    """What became of every item, in the order of the request, with counts."""

    items: list[ItemResult]
    created: int
    updated: int
    unchanged: int
    refused: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """An item that is not what its schema says."""

    errors: list[ItemError]


def _judge(value: Any, handler: Any) -> Any:
    try:
        return handler(value)
    except ValidationError as wrong:
        return Rejected(
            [
                ItemError(field=".".join(map(str, fault["loc"])) or "item", message=fault["msg"])
                for fault in wrong.errors()
            ]
        )


# ``items: list[Annotated[CustomerIn, OneByOne]]``: a wrong item becomes ``Rejected`` instead of failing the request.
OneByOne = WrapValidator(_judge)


def sound(items: Sequence[Any]) -> dict[int, Any]:
    """Return the items that are what their schema says, by index."""
    return {index: item for index, item in enumerate(items) if not isinstance(item, Rejected)}


def chunks(items: Mapping[int, Any]) -> Iterable[dict[int, Any]]:
    """Cut items into pieces of one transaction each."""
    numbered = list(items.items())
    for start in range(0, len(numbered), CHUNK_ITEMS):
        yield dict(numbered[start : start + CHUNK_ITEMS])


def done(index: int, status: Status, identifier: object) -> ItemResult:
    """Return the result of an item that was taken."""
    return ItemResult(index=index, status=status, id=str(identifier))


def refused(index: int, field: str, message: object) -> ItemResult:
    """Return the result of an item that was not taken."""
    return ItemResult(index=index, status="refused", errors=[ItemError(field=field, message=str(message))])


def report(items: Sequence[Any], results: Iterable[ItemResult]) -> BatchResult:
    """Put results in the order of the request, with the items that their schema rejected, and count them."""
    found = {result.index: result for result in results}
    for index, item in enumerate(items):
        if isinstance(item, Rejected):
            found[index] = ItemResult(index=index, status="refused", errors=item.errors)
    ordered = [found[index] for index in sorted(found)]
    counts = {
        name: sum(result.status == name for result in ordered)
        for name in ("created", "updated", "unchanged", "refused")
    }
    return BatchResult(items=ordered, **counts)
