"""What recommendations offer to others: a panel beside a customer, and forgetting."""

from datetime import datetime
from typing import Any

from django.db import transaction

from shuke.cdp.customers import queries as customers
from shuke.insight.recommendations import queries
from shuke.insight.recommendations.models import CustomerList, Feedback, Outcome
from shuke.insight.recommendations.queries import serving, wording

_SHOWN = 4


class Forgetting:
    """Lists and feedback say nothing that identifies anybody; they go with the person they were about."""

    name = "recommendations"
    fields: frozenset[str] = frozenset()

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return what somebody would be shown, what they were shown, and what they did with it."""
        feedback = Feedback.objects.filter(customer_id__in=customer_ids).order_by("at", "pk")
        return {
            "recommended": [
                {"customer": pk, "lists": {
                    kind: [one.product_id for one in items] for kind, items in queries.of_customer(pk).items()
                }}
                for pk in CustomerList.objects.filter(pk__in=customer_ids).values_list("pk", flat=True)
            ],
            "feedback": list(feedback.values("at", "act", "placement", "group", "product_id")),
        }  # fmt: skip

    @transaction.atomic
    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:  # noqa: ARG002  the port's
        """Remove somebody's lists and what they did with them."""
        lists, _kinds = CustomerList.objects.filter(customer_id__in=customer_ids).delete()
        feedback, _kinds = Feedback.objects.filter(customer_id__in=customer_ids).delete()
        Outcome.objects.filter(customer_id__in=customer_ids).delete()
        return {"recommendation_lists": lists, "recommendation_feedback": feedback}


def panel(customer_id: int, viewer: Any, now: datetime) -> dict[str, Any] | None:  # noqa: ARG001  the port's
    """What the customer may buy again and may discover, each with its reason; nothing before the first run."""
    run = queries.last_run()
    customer = customers.customers().filter(pk=customer_id).first() if run is not None else None
    if run is None or customer is None:
        return None
    asking = serving.Asking("email", customer=customer, limit=_SHOWN)
    answer = serving.answer(asking, now=now, is_tried=True)
    lists = [
        {
            "title": wording.KINDS[made.kind],
            "note": wording.fallback(made),
            "goods": [
                {"product": answer.products[one.candidate.product_id], "reason": wording.reason(one, answer.products)}
                for one in made.ruled.shown
            ],
        }
        for made in answer.lists
        if made.ruled.shown
    ]
    return {"lists": lists, "as_of": run.as_of, "customer": customer} if lists else None
