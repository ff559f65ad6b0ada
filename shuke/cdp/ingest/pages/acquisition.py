"""What brought a customer, on their page."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from shuke.cdp.ingest.queries import acquisition
from shuke.cdp.ingest.rules.touches import Touch


def card(customer_id: int, viewer: Any, now: datetime) -> dict[str, Any] | None:
    """Return the first touch and the last; None for whoever never came through a browser or an app."""
    del viewer, now
    found = acquisition.of_customer(customer_id)
    if found is None:
        return None
    touches = [(_("First visit"), found.first, _facts(found.first))]
    if found.last != found.first:
        touches.append((_("Last arrival"), found.last, _facts(found.last)))
    return {"touches": touches}


def _facts(touch: Touch) -> list[tuple[str, str]]:
    mediums = {
        "search": _("search engine"), "social": _("social network"), "link": _("link on another site"), "paid": _("advertisement"),
    }  # fmt: skip
    said = [
        (_("Source"), touch.source or _("direct")), (_("Medium"), mediums.get(touch.medium, touch.medium)),
        (_("Campaign"), touch.campaign), (_("Affiliate"), touch.affiliate), (_("Referral code"), touch.referral_code),
        (_("Landing page"), touch.landing),
    ]  # fmt: skip
    return [(label, value) for label, value in said if value]
