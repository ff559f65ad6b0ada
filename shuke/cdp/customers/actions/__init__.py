"""The verbs of customers."""

from shuke.cdp.customers.actions.resolution import Resolved, resolve
from shuke.cdp.customers.rules import PersonRecord

__all__ = ["PersonRecord", "Resolved", "resolve"]
