"""Lists that a program walks with a cursor."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from django.db.models import Model, QuerySet
from ninja import Query

from shuke.platform.http import keyset
from shuke.platform.http.api.errors import DamagedCursor

M = TypeVar("M", bound=Model)

Cursor = Annotated[str, Query(description="Where to go on: `next` of the page before.", max_length=500)]
Limit = Annotated[int, Query(ge=1, le=500, description="At most how many items.")]


def walk(
    queryset: QuerySet[M], cursor: str, limit: int, *, keys: Sequence[str] = ("id",)
) -> tuple[list[M], str | None]:
    """Return the rows after ``cursor`` and the next cursor; raise ``DamagedCursor``."""
    try:
        return keyset.following(queryset, cursor, keys=keys, limit=limit)
    except ValueError:
        raise DamagedCursor from None


def answer(items: Sequence[Any], following: str | None) -> dict[str, Any]:
    """Return the body of one page of a list."""
    return {"items": items, "next": following}
