"""Forgetting what was said of people."""

from collections.abc import Collection

from django.db import transaction

from shuke.cdp.attributes.models import Change, Statement
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.vocabulary.customers import CustomerAttributesChanged


@transaction.atomic
def erase(customer_ids: Collection[int], *, by: Provenance) -> dict[str, int]:
    """Remove every statement about customers and its history; return counts. Repeating it does nothing."""
    held = Statement.objects.filter(customer_id__in=customer_ids)
    having = sorted(set(held.values_list("customer_id", flat=True)))
    statements, _ = held.delete()
    changes, _ = Change.objects.filter(customer_id__in=customer_ids).delete()
    said = CustomerAttributesChanged(codes=[])
    events.publish(NewEvent.of(said, customer_id=pk, occurred_at=by.now, by=by) for pk in having)
    return {"attribute_values": statements, "attribute_changes": changes}
