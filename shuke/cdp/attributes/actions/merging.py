"""What becomes of statements when two customers turn out to be one, and when they turn out not to be.

Every statement has an origin that a merge does not touch: the identity it arrived with, or, for what was said of a
customer by hand or from a file, that customer. So a merge only moves rows, a split moves those of the same origins
back, and merges may be undone in any order. History stays with the customer it was written for; the survivor's page
shows it all.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from shuke.cdp.attributes.actions.board import Board
from shuke.cdp.attributes.models import Attribute, Statement
from shuke.cdp.customers.queries.merging import family_of
from shuke.cdp.events.actions import Provenance
from shuke.platform.db.bulk import hand_over
from shuke.platform.manifest import Join


@transaction.atomic
def merge(joins: Sequence[Join], *, now: datetime) -> dict[int, dict[str, Any]]:
    """Give survivors what is said of the merged customers; return how much that was, by merged customer."""
    heirs = {join.merged_id: join.survivor_id for join in joins}
    theirs = Statement.objects.filter(customer_id__in=heirs)
    moved = Counter(theirs.values_list("customer_id", flat=True))
    if not moved:
        return {}
    ends = {*heirs, *heirs.values()}
    before = _board(ends)
    # Without an identity, the origin is the customer: their id, below zero, while somebody else holds it.
    theirs.filter(identity_id=0).update(identity_id=-F("customer_id"))
    theirs.update(is_current=False)
    hand_over(Statement, "customer_id", heirs)
    _settle(before, ends, source="merge", now=now)
    return {merged_id: {"moved": moved[merged_id]} for merged_id in heirs}


@transaction.atomic
def split(
    survivor_id: int, merged_id: int, identity_ids: Collection[int], *, merged_at: datetime | None, now: datetime
) -> dict[str, Any]:
    """Give each customer back their own; what was said of both since, without an identity, stays with the survivor."""
    before = _board({survivor_id, merged_id})
    family = family_of(merged_id)
    origins = [*(one for one in identity_ids if one), *(-one for one in family)]
    theirs = Statement.objects.filter(customer_id=survivor_id, identity_id__in=origins)
    theirs.update(customer_id=merged_id, is_current=False)
    Statement.objects.filter(customer_id=merged_id, identity_id=-merged_id).update(identity_id=0)
    _settle(before, {survivor_id, merged_id}, source="split", now=now)
    since = Statement.objects.filter(customer_id=survivor_id, identity_id=0, said_at__gt=merged_at or now)
    staying = Attribute.objects.filter(pk__in=since.values("attribute_id"), is_computed=False)
    codes = list(staying.order_by("code").values_list("code", flat=True))
    return {"stays": {"attributes": len(codes)}, "attributes": codes} if codes else {}


def _board(customer_ids: Collection[int]) -> Board:
    return Board.load(Attribute.objects.all(), customer_ids)


def _settle(before: Board, customer_ids: Collection[int], *, source: str, now: datetime) -> None:
    """Find the values in force anew, of all these customers, now that rows have moved."""
    by = Provenance(source=source, actor="system:merging", now=now, historical=True)
    had = {customer_id for customer_id, _attribute in before.lines}
    board = Board.load(before.attributes.values(), customer_ids)
    board.remember(before)
    # What comes back with a split was there before: it is no change of theirs.
    board.settle(by=by, noted=had & {customer_id for customer_id, _attribute in board.lines})
