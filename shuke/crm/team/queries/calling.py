"""Whom we may call: what customers know of permission, read strictly."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from shuke.cdp.customers.queries.permitted import reasons_against
from shuke.crm.team.rules import SELLING

CHANNEL, SERVICE, MARKETING = "call", "service", "marketing"
_NO = ("withdrawn", "refused", "objected", "suppressed:")


def numbers_for(customer_ids: Sequence[int], *, now: datetime) -> dict[int, dict[int, tuple[bool, bool]]]:
    """Return by customer and contact whether they may be called for service, and whether nothing forbids selling to them.

    Calling needs a permission for service calls. Selling needs that nobody said no to marketing calls either.
    """
    found = reasons_against(customer_ids, channel=CHANNEL, purposes=(SERVICE, MARKETING), now=now)
    return {
        customer_id: {
            contact: (not said[SERVICE], not any(reason.startswith(_NO) for reason in said[MARKETING]))
            for contact, said in theirs.items()
        }
        for customer_id, theirs in found.items()
    }


def callable_contacts(reasons: Mapping[int, Sequence[str]], *, now: datetime) -> dict[int, list[int]]:
    """Return the contacts at which each customer may be called today for the reasons they are listed for; [] for none.

    Whoever has a reason that sells nothing may be called for that one alone.
    """
    numbers = numbers_for(list(reasons), now=now)
    return {
        customer_id: [
            contact
            for contact, (serves, sells) in numbers.get(customer_id, {}).items()
            if serves and (sells or not SELLING.issuperset(codes))
        ]
        for customer_id, codes in reasons.items()
    }
