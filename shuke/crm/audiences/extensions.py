"""What audiences offer to others: what a person's data was handed to, and taking it out there when they are forgotten."""

from datetime import datetime
from typing import Any

from django.db import transaction

from shuke.crm.audiences import queries
from shuke.crm.audiences.models import Destination, Shared


class AudiencesPersonalData:
    """Lines that other companies hold. Erasing unlinks them, and the next run has them taken out on the other side."""

    name = "audiences"
    fields = frozenset({"audiences.Shared.sealed", "audiences.Shared.mark"})

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return to which audiences a person was handed."""
        told = queries.shared_with(customer_ids)
        return {"audiences": told} if told else {}

    @transaction.atomic
    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:
        """Unlink the lines, and let their destinations be told at the next look."""
        theirs = Shared.objects.filter(customer_id__in=customer_ids)
        Destination.objects.filter(pk__in=theirs.values("destination"), archived_at=None).update(next_at=now)
        return {"taken_out_elsewhere": count} if (count := theirs.update(customer=None)) else {}
