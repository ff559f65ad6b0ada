"""Reading values anew after a definition changed."""

from django.db import transaction

from shuke.cdp.attributes.actions.board import Board
from shuke.cdp.attributes.models import Attribute, Statement
from shuke.cdp.customers import queries as customers
from shuke.cdp.events.actions import Provenance

CHUNK = 500


@transaction.atomic
def reread(attribute_id: int, *, after: int, by: Provenance) -> int | None:
    """Read the values of a chunk of customers anew, as the definition is now; return the last id, None at the end.

    What fits no longer is kept, sealed, and does not count. Values become sealed or open as the definition says, which
    the warehouse learns from the event.
    """
    attribute = Attribute.objects.get(pk=attribute_id)
    held = Statement.objects.filter(attribute=attribute, customer_id__gt=after).order_by("customer_id")
    ids = list(held.values_list("customer_id", flat=True).distinct()[:CHUNK])
    if not ids:
        return None
    board = Board.load([attribute], customers.existing_locked(ids))
    misfits = board.reread()
    board.settle(by=by, publishes_all=True)
    if misfits:
        Attribute.objects.filter(pk=attribute_id).update(misfits=attribute.misfits + misfits)
    return ids[-1]
