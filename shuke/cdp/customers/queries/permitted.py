"""Whether many customers may be reached for a purpose, at once: what ``permissions_of`` says of one, for a set."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from shuke.cdp.customers.models import ConsentRecord, ConsentState, ContactPoint, ContactStatus
from shuke.cdp.customers.queries.consents import mailbox, permissions_of, settings, suppressions
from shuke.cdp.customers.rules import consent as rules
from shuke.platform.crypto.blind_index import is_changing

Reasons = tuple[str, ...]
_AT_ONCE = 2_000


def reasons_against(
    customer_ids: Sequence[int], *, channel: str, purposes: Sequence[str], now: datetime
) -> dict[int, dict[int, dict[str, Reasons]]]:
    """Return by customer, by contact of theirs on the channel and by purpose, why it may not be used; () where it may.

    A customer without such an address is not in the answer. Four queries for every two thousand customers. Not a licence:
    whoever reaches out asks again at that moment.
    """
    found: dict[int, dict[int, dict[str, Reasons]]] = {}
    if is_changing():  # what was said may stand under an earlier key, which only the open address leads to
        for customer_id in customer_ids:
            for one in permissions_of(customer_id, now=now):
                if one.known.channel == channel and one.known.purpose in purposes and not one.known.topic:
                    held = found.setdefault(customer_id, {}).setdefault(one.contact_id, {})
                    held[one.known.purpose] = one.reasons
        return found
    for start in range(0, len(customer_ids), _AT_ONCE):
        found |= _of_some(customer_ids[start : start + _AT_ONCE], channel, purposes, now)
    return found


def _of_some(
    customer_ids: Sequence[int], channel: str, purposes: Sequence[str], now: datetime
) -> dict[int, dict[int, dict[str, Reasons]]]:
    points = ContactPoint.objects.filter(customer_id__in=customer_ids, channel=rules.ADDRESS_OF[channel])
    indexes = points.values_list(mailbox())
    states = {
        (bytes(row[0]), row[1]): row[2:]
        for row in ConsentState.objects.filter(
            channel=channel, purpose__in=purposes, topic="", address_index__in=indexes
        ).values_list("address_index", "purpose", "action", "since", "valid_until", "record_id")
    }
    scopes: dict[bytes, set[str]] = {}
    in_force = suppressions().filter(Q(expires_at=None) | Q(expires_at__gt=now), channel=channel)
    for index, scope in in_force.filter(address_index__in=indexes).values_list("address_index", "scope"):
        scopes.setdefault(bytes(index), set()).add(scope)
    retired = set(
        ConsentRecord.objects.filter(
            pk__in=[state[-1] for state in states.values()],
            notice__retired_at__isnull=False, notice__must_ask_again=True,
        ).values_list("pk", flat=True)
    )  # fmt: skip
    strict = settings().email_needs_confirmation
    found: dict[int, dict[int, dict[str, Reasons]]] = {}
    rows = points.order_by("pk").values_list("pk", "customer_id", mailbox(), "status", "customer__restricted_at")
    for pk, customer_id, index, status, restricted_at in rows:
        for purpose in purposes:
            action, since, until, record_id = states.get((bytes(index), purpose), (None, None, None, None))
            known = rules.Known(
                channel=channel, purpose=purpose, topic="", action=action, since=since, valid_until=until,
                must_ask_again=record_id in retired, scopes=frozenset(scopes.get(bytes(index), ())),
                is_unusable=status in {ContactStatus.INVALID, ContactStatus.REASSIGNED},
                is_restricted=restricted_at is not None,
            )  # fmt: skip
            against = rules.why_not(known, now=now, email_needs_confirmation=strict)
            found.setdefault(customer_id, {}).setdefault(pk, {})[purpose] = against
    return found
