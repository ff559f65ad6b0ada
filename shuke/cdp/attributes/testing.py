"""Attributes for tests."""

from datetime import UTC, datetime
from typing import Any

from shuke.cdp.attributes import actions
from shuke.cdp.attributes.actions import Choice, Definition, Kind, Outcome, Said
from shuke.cdp.attributes.models import Attribute
from shuke.cdp.customers.models import Customer
from shuke.cdp.events.actions import Provenance
from shuke.platform.staff.actor import Actor

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
BY = Actor.system("test")


def attribute(code: str, kind: str = "text", *, choices: tuple[str, ...] = (), **said: Any) -> Attribute:
    """Declare an attribute, not a personal one unless said."""
    usual: dict[str, Any] = {"is_personal": False, "labels": {"en": code.replace("_", " ").capitalize()}}
    definition = Definition(Kind(kind), choices=[Choice(one) for one in choices], **(usual | said))
    return actions.create(code, definition, by=BY, now=NOW)


def says(
    customer: Customer, source: str = "api", *, at: datetime = NOW, identity_id: int = 0, **values: Any
) -> Outcome:
    """Let a source say something of a customer."""
    by = Provenance(source=source, actor="system:test", now=at)
    return actions.set_values([Said(customer.pk, values, identity_id=identity_id)], source=source, by=by)
