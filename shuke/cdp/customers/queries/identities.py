"""Questions about identities: what the company decided about them, and whose they are."""

from shuke.cdp.customers.rules.identities import IdentitySettings
from shuke.platform.company import queries as company

SETTINGS = "customers.identity"

__all__ = ["IdentitySettings", "settings"]


def settings() -> IdentitySettings:
    """Return what the company decided about recognising people."""
    return company.settings_of(SETTINGS, IdentitySettings)
