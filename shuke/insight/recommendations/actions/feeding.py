"""What people did with what they were shown, and what they bought after it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from shuke.cdp.orders.queries import buyers
from shuke.insight.recommendations import queries
from shuke.insight.recommendations.models import Act, Feedback, Outcome
from shuke.insight.recommendations.queries import tokens
from shuke.insight.recommendations.queries.tokens import Token


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one answer: the token it came with, and what was done with which product (0: the whole list)."""

    token: Token
    act: str
    product_id: int
    at: datetime
    # Whom the log knows behind the visitor by now; None: whoever the token names.
    customer_id: int | None = None


def tell(said: Sequence[Told]) -> int:
    """Record what is new of it and return how much; telling a thing twice changes nothing."""
    rows = [
        Feedback(
            subject=one.token.subject, customer_id=one.customer_id or one.token.customer_id, group=one.token.group[:8],
            placement=one.token.placement, act=one.act, product_id=one.product_id, token=one.token.number, at=one.at,
            products=tokens.packed(one.token.products) if one.act == Act.SHOWN else b"",
        )
        for one in said
    ]  # fmt: skip
    known = set(
        Feedback.objects.filter(token__in={row.token for row in rows}).values_list("token", "act", "product_id")
    )
    fresh = {(row.token, row.act, row.product_id): row for row in rows}
    new = [row for key, row in fresh.items() if key not in known]
    with transaction.atomic():
        Feedback.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def attribute(order_ids: Collection[int]) -> int:
    """Record sales to people who had been shown something within the window before; return how many."""
    window = timedelta(days=queries.settings().attribution_days)
    sold = {pk: one for pk, one in buyers.amounts_of(list(order_ids)).items() if one[0].customer_id}
    if not sold:
        return 0
    placed = [order.placed_at for order, _lines in sold.values()]
    shown: dict[int, list[Feedback]] = {}
    for one in Feedback.objects.filter(
        customer_id__in={order.customer_id for order, _lines in sold.values()}, at__gt=min(placed) - window,
        at__lte=max(placed),
    ):  # fmt: skip
        shown.setdefault(one.customer_id or 0, []).append(one)
    outcomes = []
    for pk, (order, lines) in sold.items():
        before = [
            one for one in shown.get(order.customer_id or 0, []) if order.placed_at - window < one.at <= order.placed_at
        ]
        if not before:
            continue
        clicked = {one.product_id for one in before if one.act == Act.CLICKED}
        seen = clicked | {product for one in before for product in tokens.unpacked(one.products)}
        outcomes.append(Outcome(
            order_id=pk, customer_id=order.customer_id or 0, group=min(before, key=lambda one: one.at).group, at=order.placed_at,
            base_minor=order.base_minor, shown_minor=_share(order.base_minor, lines, seen),
            clicked_minor=_share(order.base_minor, lines, clicked),
        ))  # fmt: skip
    with transaction.atomic():
        Outcome.objects.filter(order_id__in=list(sold)).delete()
        Outcome.objects.bulk_create(outcomes)
    return len(outcomes)


def _share(base_minor: int | None, lines: dict[int, int], products: set[int]) -> int:
    """Return what some products came to of a sale, in the company's currency."""
    whole = sum(lines.values())
    if not base_minor or whole <= 0:
        return 0
    return round(base_minor * sum(amount for pk, amount in lines.items() if pk in products) / whole)
