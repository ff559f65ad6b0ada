"""What becomes of statements when two customers turn out to be one, and when they turn out not to be.

Every statement has an origin that a merge does not touch: the identity it arrived with, or, for what was said of a
customer by hand or from a file, that customer. So a merge only moves rows, a split moves those of the same origins
back, and merges may be undone in any order. History stays with the customer it was written for; the survivor's page
shows it all.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from shuke.cdp.attributes.actions.board import Board
from shuke.cdp.attributes.models import Attribute, Statement
from shuke.cdp.customers.queries.merging import family_of
from shuke.cdp.events.actions import Provenance


@transaction.atomic
def merge(survivor_id: int, merged_id: int, *, now: datetime) -> dict[str, Any]:
    """Give the survivor what is said of the merged customer; return how much that was."""
    before = _boards(survivor_id, merged_id)
    theirs = Statement.objects.filter(customer_id=merged_id)
    # Without an identity, the origin is the customer: their id, below zero, while somebody else holds it.
    theirs.filter(identity_id=0).update(identity_id=-merged_id)
    moved = theirs.update(customer_id=survivor_id, is_current=False)
    _settle(before, source="merge", now=now)
    return {"moved": moved}


@transaction.atomic
def split(
    survivor_id: int, merged_id: int, identity_ids: Collection[int], *, merged_at: datetime | None, now: datetime
) -> dict[str, Any]:
    """Give each customer back their own; what was said of both since, without an identity, stays with the survivor."""
    before = _boards(survivor_id, merged_id)
    family = family_of(merged_id)
    origins = [*(one for one in identity_ids if one), *(-one for one in family)]
    theirs = Statement.objects.filter(customer_id=survivor_id, identity_id__in=origins)
    theirs.update(customer_id=merged_id, is_current=False)
    Statement.objects.filter(customer_id=merged_id, identity_id=-merged_id).update(identity_id=0)
    _settle(before, source="split", now=now)
    since = Statement.objects.filter(customer_id=survivor_id, identity_id=0, said_at__gt=merged_at or now)
    staying = Attribute.objects.filter(pk__in=since.values("attribute_id"), is_computed=False)
    codes = list(staying.order_by("code").values_list("code", flat=True))
    return {"stays": {"attributes": len(codes)}, "attributes": codes} if codes else {}


def _boards(*customer_ids: int) -> dict[int, Board]:
    attributes = list(Attribute.objects.all())
    return {customer_id: Board.load(attributes, [customer_id]) for customer_id in customer_ids}


def _settle(before: dict[int, Board], *, source: str, now: datetime) -> None:
    """Find the values in force anew, of both customers, now that rows have moved."""
    by = Provenance(source=source, actor="system:merging", now=now, historical=True)
    for customer_id, former in before.items():
        board = Board.load(former.attributes.values(), [customer_id])
        board.remember(former)
        # What comes back with a split was there before: it is no change of theirs.
        board.settle(by=by, notes=bool(former.lines) and bool(board.lines))
