"""What a certificate counts, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PLACES: Mapping[str, str | Promise] = {
    "customers": _("Customers"), "events": _("Events"), "orders": _("Orders"), "attributes": _("Attributes"),
    "quality": _("Data quality"), "privacy": _("Privacy requests"), "ingest": _("Sources"),
    "integrations": _("Connected shops"), "predictions": _("Predictions"), "recommendations": _("Recommendations"),
    "audiences": _("Audiences held by others"),
    "team": _("Calls"), "channels": _("Channels"), "messaging": _("Messages"), "journeys": _("Journeys"),
    "campaigns": _("Campaigns"),
}  # fmt: skip
COUNTED: Mapping[str, str | Promise] = {
    "permissions_withdrawn": _("Permissions withdrawn"), "addresses_suppressed": _("Addresses suppressed for good"),
    "evidence_emptied": _("Evidence of consent emptied"), "views_removed": _("Saved lists removed"),
    "contacts_removed": _("Contact details removed"), "names_removed": _("Words of the name removed from the search"),
    "tags_removed": _("Tags removed"), "relations_removed": _("Relations removed"),
    "reasons_emptied": _("Reasons for looking at contact details emptied"),
    "merges_sealed_off": _("Merges that can no longer be undone"), "keys_made_meaningless": _("Keys made meaningless"),
    "profiles_emptied": _("Profiles emptied"), "behaviour_removed": _("Events of behaviour removed"),
    "facts_kept": _("Facts kept without a name"), "attribute_values": _("Values of attributes removed"),
    "attribute_changes": _("Earlier values of attributes removed"), "match_keys": _("Keys for finding duplicates removed"),
    "flags": _("Notes on wrong values removed"), "fixed_values": _("Values from before corrections removed"),
    "suggestions": _("Suggestions of duplicates removed"), "scores": _("Scores of predictions removed"), "recommendation_lists": _("Lists of recommendations removed"),
    "tasks": _("Tasks unlinked and emptied of words"),
    "journey_runs": _("Ways through journeys unlinked"),
    "calls": _("Calls unlinked and emptied of words"), "churn_warnings": _("Churn warnings removed"),
    "recommendation_feedback": _("What was shown and clicked removed"), "notes_emptied": _("Requests emptied of words"),
    "archives_removed": _("Archives removed"), "requests": _("Received requests emptied"),
    "dead_letters": _("Dead letters removed"), "deliveries_emptied": _("Messages of shops emptied"),
    "refused_rows_emptied": _("Refused rows of files emptied"), "images_emptied": _("Images for undoing imports emptied"),
    "orders_emptied": _("Orders emptied of places"), "payments_emptied": _("Payments emptied of references"),
    "shipments_emptied": _("Parcels emptied of numbers"), "checkouts_emptied": _("Carts emptied of keys"),
    "refunds_emptied": _("Refunds emptied of marks"), "adjustments_emptied": _("Bookkeeping entries emptied of words"),
    "outbox_messages": _("Messages of the outbox removed"),
    "receipts_emptied": _("Receipts of providers emptied"),
    "messages_stopped": _("Messages that had not left stopped"), "messages_emptied": _("Messages emptied of what they spoke of"),
    "campaign_members": _("Memberships of campaigns unlinked"),
    "taken_out_elsewhere": _("Lines to be taken out elsewhere"),
    "entries": _("Entries in the archive"),
}  # fmt: skip


def in_words(report: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """Return where, what and how many; what has no words is shown by its own name."""
    return [
        (str(PLACES.get(domain, domain)), str(COUNTED.get(name, name)), count)
        for domain, counts in report.items()
        for name, count in counts.items()
    ]
