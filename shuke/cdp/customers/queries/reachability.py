"""Who may be reached how, for many customers at once: what the warehouse holds of permission."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from shuke.cdp.customers.models import ConsentState, ContactPoint
from shuke.cdp.customers.queries.consents import mailbox, suppressions
from shuke.cdp.customers.rules import consent as rules

_AT_ONCE = 5_000
State = tuple[str, datetime | None, datetime | None]


def rows_of(customer_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """Return a row per customer, channel, purpose and topic, in three queries for every some thousand customers."""
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(customer_ids), _AT_ONCE):
        found += _rows_of(customer_ids[start : start + _AT_ONCE])
    return found


def _rows_of(customer_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    points = ContactPoint.objects.filter(customer_id__in=customer_ids)
    addresses: dict[tuple[int, str], list[bytes]] = {}
    for customer_id, kind, index in points.order_by("customer_id", "pk").values_list(
        "customer_id", "channel", mailbox()
    ):
        addresses.setdefault((customer_id, kind), []).append(bytes(index))
    states, scopes = _states(points), _scopes(points)
    rows = []
    for (customer_id, kind), indexes in addresses.items():
        for channel in (channel for channel, used in rules.ADDRESS_OF.items() if used == kind):
            said = {key: None for index in indexes for key in states.get((channel, index), ())}
            for purpose, topic in dict.fromkeys([(rules.MARKETING, ""), *said]):
                at = [(states.get((channel, index), {}).get((purpose, topic)), index) for index in indexes]
                blocked = [_is_suppressed(scopes, channel, index, purpose, topic) for _state, index in at]
                chosen = rules.best(
                    (state[0] if state else None, block) for (state, _index), block in zip(at, blocked, strict=True)
                )
                action, since, until = at[chosen][0] or ("", None, None)
                rows.append((customer_id, channel, purpose, topic, action, since, until, blocked[chosen]))
    return rows


def _states(points: QuerySet[ContactPoint]) -> dict[tuple[str, bytes], dict[tuple[str, str], State]]:
    found: dict[tuple[str, bytes], dict[tuple[str, str], State]] = {}
    columns = ("channel", "address_index", "purpose", "topic", "action", "since", "valid_until")
    held = ConsentState.objects.filter(address_index__in=points.values_list(mailbox()))
    for channel, index, purpose, topic, *state in held.values_list(*columns):
        found.setdefault((channel, bytes(index)), {})[purpose, topic] = (state[0], state[1], state[2])
    return found


def _scopes(points: QuerySet[ContactPoint]) -> dict[tuple[str, bytes], set[str]]:
    found: dict[tuple[str, bytes], set[str]] = {}
    held = suppressions().filter(address_index__in=points.values_list(mailbox()))
    for channel, index, scope in held.values_list("channel", "address_index", "scope"):
        found.setdefault((channel, bytes(index)), set()).add(scope)
    return found


def _is_suppressed(
    scopes: dict[tuple[str, bytes], set[str]], channel: str, index: bytes, purpose: str, topic: str
) -> bool:
    return any(rules.covers(scope, purpose, topic) for scope in scopes.get((channel, index), ()))
