"""Questions about identities: what the company decided about them, and whose they are."""

from shuke.cdp.customers.models import Identity
from shuke.cdp.customers.queries.merging import family_of
from shuke.cdp.customers.rules.identities import IdentitySettings
from shuke.cdp.events.queries import Past
from shuke.platform.company import queries as company

SETTINGS = "customers.identity"

__all__ = ["IdentitySettings", "past_of", "settings"]


def settings() -> IdentitySettings:
    """Return what the company decided about recognising people."""
    return company.settings_of(SETTINGS, IdentitySettings)


def past_of(customer_id: int) -> Past:
    """Return whose events are a customer's: their own, those of visitors they turned out to be, of whom they merged."""
    identities = Identity.objects.filter(customer_id=customer_id).order_by("pk").values_list("pk", flat=True)
    return Past(list(identities), family_of(customer_id))
