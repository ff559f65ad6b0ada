"""Questions about identities: what the company decided about them, and whose they are."""

from collections.abc import Collection

from shuke.cdp.customers.models import Identity
from shuke.cdp.customers.queries.merging import family_of
from shuke.cdp.customers.rules.identities import IdentitySettings
from shuke.cdp.events.queries import Past
from shuke.platform.company import queries as company

SETTINGS = "customers.identity"
# SQLite takes at most 32,766 values in one statement.
_AT_ONCE = 30_000

__all__ = ["IdentitySettings", "owners_of_moved", "past_of", "settings"]


def settings() -> IdentitySettings:
    """Return what the company decided about recognising people."""
    return company.settings_of(SETTINGS, IdentitySettings)


def owners_of_moved(identity_ids: Collection[int]) -> dict[int, int | None]:
    """Return whose those identities are today that ever changed hands; None: nobody's."""
    found: dict[int, int | None] = {}
    ids = list(identity_ids)
    for start in range(0, len(ids), _AT_ONCE):
        rows = Identity.objects.filter(pk__in=ids[start : start + _AT_ONCE], moved_at__isnull=False)
        found |= dict(rows.values_list("pk", "customer_id"))
    return found


def past_of(customer_id: int) -> Past:
    """Return whose events are a customer's: their own, those of visitors they turned out to be, of whom they merged."""
    identities = Identity.objects.filter(customer_id=customer_id).order_by("pk").values_list("pk", flat=True)
    return Past(list(identities), family_of(customer_id))
