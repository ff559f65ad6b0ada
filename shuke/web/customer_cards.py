"""A customer as lists and headings show them: masked for whoever may not see more."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Customer, Identity, Tag
from shuke.insight.value.models import Standing
from shuke.platform.http import mask

# How well each group and stage stands, in the tones of the kit.
GROUP_TONES = {
    "champions": "good", "loyal": "good", "potential_loyal": "accent", "promising": "accent", "new": "info",
    "needs_attention": "warn", "about_to_sleep": "warn", "at_risk": "bad", "cant_lose": "bad", "hibernating": "neutral",
    "lost": "neutral", "prospect": "neutral",
}  # fmt: skip
STAGE_TONES = {
    "new": "info", "active": "good", "loyal": "good", "at_risk": "bad", "dormant": "warn", "lost": "neutral",
    "prospect": "neutral",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Card:
    """One customer, ready to be shown."""

    customer: Customer
    title: str
    external_ids: Sequence[Identity]
    tags: Sequence[Tag]
    standing: Standing | None

    @property
    def group_tone(self) -> str:
        """Return the tone of the RFM group."""
        return GROUP_TONES.get(self.standing.rfm_group, "neutral") if self.standing else "neutral"

    @property
    def stage_tone(self) -> str:
        """Return the tone of the lifecycle stage."""
        return STAGE_TONES.get(self.standing.stage, "neutral") if self.standing else "neutral"


def cards(found: Sequence[Customer], *, sees_contacts: bool) -> list[Card]:
    """Return the cards of customers loaded with their standing, in two queries."""
    ids = [customer.pk for customer in found]
    known, tags = customers.external_ids_of(ids), customers.tags_of(ids)
    return [
        Card(
            customer=customer,
            title=title_of(customer, known.get(customer.pk, []), sees_contacts=sees_contacts),
            external_ids=known.get(customer.pk, []),
            tags=tags.get(customer.pk, []),
            standing=getattr(customer, "standing", None),
        )
        for customer in found
    ]


def title_of(customer: Customer, external_ids: Sequence[Identity], *, sees_contacts: bool) -> str:
    """Return what a customer is called: by name (masked for some), by a shop's id, or by nothing but a number."""
    if customer.name:
        return customer.name if sees_contacts else mask.name(customer.name)
    if external_ids:
        return external_ids[0].value
    return _("Customer %(number)s") % {"number": customer.pk}
