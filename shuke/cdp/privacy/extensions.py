"""What privacy work itself holds about people, and for how long customers of whom nothing is heard are kept."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.queries import personal
from shuke.cdp.privacy.actions.archives import remove_archives_of
from shuke.cdp.privacy.actions.certificates import write
from shuke.cdp.privacy.actions.erasing import erase_person
from shuke.cdp.privacy.models import PrivacyRequest, RequestKind
from shuke.platform.staff.actor import Actor

_AT_ONCE = 20


class PrivacyPersonalData:
    """Requests with what people wrote, and archives packed for them."""

    name = "privacy"
    fields = frozenset(
        {"privacy.PrivacyRequest.note", "privacy.PrivacyRequest.refusal", "privacy.Archive.token_digest"}
    )

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return what the person asked for."""
        found = PrivacyRequest.objects.filter(customer_id__in=customer_ids).order_by("pk")
        return {"requests": list(found.values("kind", "state", "received_at", "note", "refusal"))}

    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:  # noqa: ARG002  the port hands it to all
        """Empty what people wrote and remove archives; that there was a request, and its proof, stays."""
        with transaction.atomic():
            theirs = PrivacyRequest.objects.filter(customer_id__in=customer_ids)
            counts = {
                "notes_emptied": theirs.exclude(note="", refusal="").update(note="", refusal=""),
                "archives_removed": remove_archives_of(customer_ids),
            }
        return {name: count for name, count in counts.items() if count}


class InactiveCustomers:
    """Customers about whom nothing was written for long: erased like somebody who asked for it."""

    name = "inactive_customers"
    label = _("Customers of whom nothing is heard")
    help = _("They are erased as if they had asked for it: orders stay, without saying whose they were.")
    usual_days = 0
    least_days = 365

    def count(self, before: datetime) -> int:
        """Return how many customers have not changed since."""
        return personal.inactive_since(before).count()

    def remove_some(self, before: datetime, *, now: datetime) -> int:
        """Erase a few of them, with a certificate each."""
        some = list(personal.inactive_since(before).order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
        by = Actor.system("retention")
        for customer_id in some:
            ids, report = erase_person(customer_id, now=now)
            with transaction.atomic():
                write(RequestKind.ERASE, ids, report, request=None, began_at=now, by=by, now=now)
        return len(some)
