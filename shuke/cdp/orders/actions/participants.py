"""Facts of money follow a merge, and on a split they follow the identity under which they arrived."""

from datetime import datetime
from typing import Any

from shuke.cdp.orders.models import Adjustment, Checkout, Order, Refund

Kept = dict[str, Any]
_FACTS = {"orders": Order, "refunds": Refund, "adjustments": Adjustment, "checkouts": Checkout}


class Facts:
    """Orders, refunds, bookkeeping entries and carts."""

    name = "orders.facts"

    def preview(self, survivor_id: int, merged_id: int) -> Kept:
        """Count the facts that the survivor gains."""
        return {
            "moves": {
                noun: model._default_manager.filter(customer_id=merged_id).count() for noun, model in _FACTS.items()
            }
        }

    def merge(self, survivor_id: int, merged_id: int, identity_ids: list[int], *, now: datetime) -> Kept:
        """Give the survivor every fact; remember those that no identity leads back."""
        kept: Kept = {}
        for noun, model in _FACTS.items():
            theirs = model._default_manager.filter(customer_id=merged_id)
            kept[noun] = list(theirs.filter(identity=None).order_by("pk").values_list("pk", flat=True))
            theirs.update(customer_id=survivor_id)
        return kept

    def split(self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: Kept, *, now: datetime) -> Kept:
        """Give back what arrived under the merged customer's identities, before the merge or since."""
        for noun, model in _FACTS.items():
            held = model._default_manager.filter(customer_id=survivor_id)
            held.filter(identity_id__in=identity_ids).update(customer_id=merged_id)
            held.filter(pk__in=kept.get(noun, ()), identity=None).update(customer_id=merged_id)
        return {}
