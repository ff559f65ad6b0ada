"""Facts of money follow a merge, and on a split they follow the identity under which they arrived."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shuke.cdp.orders.models import Adjustment, Checkout, Order, Refund
from shuke.platform.db.bulk import hand_over
from shuke.platform.manifest import Join

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

    def merge(self, joins: Sequence[Join], *, now: datetime) -> dict[int, Kept]:
        """Give the survivors every fact; remember those that no identity leads back."""
        heirs = {join.merged_id: join.survivor_id for join in joins}
        kept: dict[int, Kept] = {merged_id: {noun: [] for noun in _FACTS} for merged_id in heirs}
        for noun, model in _FACTS.items():
            alone = model._default_manager.filter(customer_id__in=heirs, identity=None).order_by("pk")
            for merged_id, pk in alone.values_list("customer_id", "pk"):
                kept[merged_id][noun].append(pk)
            hand_over(model, "customer_id", heirs)
        return kept

    def split(self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: Kept, *, now: datetime) -> Kept:
        """Give back what arrived under the merged customer's identities, before the merge or since."""
        for noun, model in _FACTS.items():
            held = model._default_manager.filter(customer_id=survivor_id)
            held.filter(identity_id__in=identity_ids).update(customer_id=merged_id)
            held.filter(pk__in=kept.get(noun, ()), identity=None).update(customer_id=merged_id)
        return {}
