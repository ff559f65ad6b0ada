"""Reactions: history that came in is learned from; what shops tell of our lists is noted; sales after a showing are counted."""

from datetime import timedelta
from typing import Any

from shuke.insight.recommendations import queries
from shuke.insight.recommendations.actions import feeding, learning
from shuke.insight.recommendations.actions.feeding import Told
from shuke.insight.recommendations.errors import InvalidToken
from shuke.insight.recommendations.models import Act
from shuke.insight.recommendations.queries import tokens
from shuke.kernel.clock import utcnow
from shuke.vocabulary import behaviour

# A file is imported in many batches; one run serves them all. Predictions go first.
_PATIENCE = timedelta(seconds=90)
# The property in which a tracked event carries the token of the list that led to it.
PROPERTY = "recommendation"
_ACTS = {
    behaviour.RECOMMENDATION_VIEWED: Act.SHOWN, behaviour.RECOMMENDATION_CLICKED: Act.CLICKED,
    behaviour.PRODUCT_VIEWED: Act.CLICKED, behaviour.PRODUCT_ADDED: Act.CLICKED,
}  # fmt: skip


def learn_from_history(events: list[Any]) -> None:
    """Queue a run when history came in and nothing has been learned yet."""
    if any(event.historical for event in events) and not queries.has_learned():
        now = utcnow()
        learning.ask(now=now, run_at=now + _PATIENCE, only_first=True)


def note(events: list[Any]) -> None:
    """Note what tracked events tell of our lists. A token that is not ours is somebody's mistake, and left aside."""
    said = [event for event in events if isinstance(event.properties.get(PROPERTY), str)]
    products = queries.products_named({str(event.properties.get("product_id") or "") for event in said})
    told = []
    for event in said:
        try:
            token = tokens.read(event.properties[PROPERTY], now=event.received_at)
        except InvalidToken:
            continue
        act = _ACTS[event.name]
        named = products.get(str(event.properties.get("product_id") or ""), set()).intersection(token.products)
        if act == Act.SHOWN or named:
            product = 0 if act == Act.SHOWN else min(named)
            told.append(Told(token, act.value, product, event.occurred_at, event.customer_id))
    if told:
        feeding.tell(told)


def attribute(events: list[Any]) -> None:
    """Count sales to people who had been shown something."""
    feeding.attribute({event.properties["order_id"] for event in events})
