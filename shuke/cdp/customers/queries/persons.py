"""Which rows are one person."""

from shuke.cdp.customers.models import Customer


def merged_ids(customer_id: int) -> list[int]:
    """Return a customer's id and those of everybody merged into them, over as many steps as there were."""
    found, frontier = [customer_id], [customer_id]
    while frontier:
        frontier = list(Customer.objects.filter(merged_into__in=frontier).values_list("pk", flat=True))
        found += frontier
    return found
