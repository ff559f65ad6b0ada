from typing import Any

from oscar.apps.checkout import views
from oscar.apps.payment.models import Source, SourceType


class PaymentDetailsView(views.PaymentDetailsView):
    """Takes every card there is."""

    def handle_payment(self, order_number: str, total: Any, **_said: Any) -> None:
        kind, _made = SourceType.objects.get_or_create(name="Card")
        amount = total.incl_tax
        self.add_payment_source(
            Source(
                source_type=kind,
                currency=total.currency,
                amount_allocated=amount,
                amount_debited=amount,
                reference=f"card-{order_number}",
            )
        )
        self.add_payment_event("Paid", amount, reference=f"card-{order_number}")
