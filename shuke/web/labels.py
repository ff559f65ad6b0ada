"""Words for the codes that audit rows, jobs and roles carry. A code without words here is shown as it is."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Label = str | Promise

VERBS: dict[str, Label] = {
    "company.founded": _("founded the company"),
    "company.changed": _("changed the company"),
    "shop.changed": _("changed a shop"),
    "staff.invited": _("invited a colleague"),
    "staff.link_issued": _("made a log-in link"),
    "staff.changed": _("changed a member of the team"),
    "staff.deactivated": _("deactivated a member of the team"),
    "staff.reactivated": _("reactivated a member of the team"),
    "staff.profile_changed": _("changed their own profile"),
    "staff.password_changed": _("changed their password"),
    "api_key.created": _("made an API key"),
    "api_key.revoked": _("revoked an API key"),
    "jobs.cancelled": _("cancelled background work"),
    "orders.import_uploaded": _("uploaded an order file"),
    "orders.import_discarded": _("discarded an uploaded order file"),
    "orders.import_started": _("started an import of orders"),
    "orders.import_finished": _("finished an import of orders"),
    "orders.import_cancelled": _("cancelled an import of orders"),
    "orders.rates_set": _("entered exchange rates"),
    "orders.rate_removed": _("took an exchange rate out"),
    "orders.checkout_settings_changed": _("changed when a cart counts as abandoned"),
    "orders.import_undone": _("undid an import of orders"),
    "customers.tagged": _("tagged customers"),
    "customers.untagged": _("took a tag off customers"),
    "customers.tag_created": _("made a tag"),
    "customers.tag_changed": _("changed a tag"),
    "customers.tag_deleted": _("deleted a tag"),
    "customers.edited": _("changed a customer"),
    "customers.contact_revealed": _("looked at contact details"),
    "customers.contact_added": _("added contact details"),
    "customers.contact_removed": _("removed contact details"),
    "customers.contact_verified": _("said whether contact details work"),
    "customers.reveals_exceeded": _("looked at too many contact details and was stopped"),
    "customers.consent_recorded": _("recorded consent"),
    "customers.consents_imported": _("imported consents"),
    "customers.evidence_shown": _("looked at the evidence of a consent"),
    "customers.consents_faulty": _("found the evidence of consent damaged"),
    "customers.notice_published": _("published a notice"),
    "customers.notice_retired": _("retired a notice"),
    "customers.suppressed": _("suppressed an address"),
    "customers.suppression_lifted": _("lifted a suppression"),
    "customers.bulk_started": _("changed many customers at once"),
    "customers.view_saved": _("saved a view of the customer list"),
    "customers.view_changed": _("changed a view of the customer list"),
    "customers.view_deleted": _("deleted a view of the customer list"),
    "customers.tag_group_created": _("made a group of tags"),
    "customers.tag_group_changed": _("changed a group of tags"),
    "customers.tag_group_deleted": _("deleted a group of tags"),
    "customers.related": _("connected two customers"),
    "customers.relation_removed": _("removed a connection between two customers"),
    "customers.kind_changed": _("changed whether a customer is a person or a company"),
    "attributes.created": _("made an attribute"),
    "attributes.declared": _("declared an attribute"),
    "attributes.changed": _("changed an attribute"),
    "attributes.archived": _("archived an attribute"),
    "attributes.restored": _("brought an attribute back"),
    "attributes.value_set": _("set an attribute of a customer"),
    "traits.created": _("made a computed attribute"),
    "traits.changed": _("changed a computed attribute"),
    "traits.archived": _("archived a computed attribute"),
    "traits.tag_bound": _("tied a tag to a segment"),
    "traits.tag_released": _("untied a tag from its segment"),
    "privacy.request_received": _("noted a privacy request"),
    "privacy.identity_checked": _("checked who made a privacy request"),
    "privacy.request_carried_out": _("had a privacy request carried out"),
    "privacy.request_refused": _("refused a privacy request"),
    "privacy.request_done": _("finished a privacy request"),
    "privacy.person_erased": _("erased a person"),
    "privacy.link_issued": _("made a link to a person's archive"),
    "privacy.archive_fetched": _("fetched a person's archive"),
    "privacy.configured": _("changed the terms of retention"),
    "privacy.keys_rotated": _("changed the keys of personal data"),
    "privacy.keys_retired": _("removed earlier keys of personal data"),
    "privacy.retention_applied": _("removed what was too old"),
    "segments.created": _("made a segment"),
    "segments.changed": _("changed a segment"),
    "segments.list_changed": _("changed the members of a list"),
    "segments.archived": _("archived a segment"),
    "segments.restored": _("brought a segment back"),
    "segments.exported": _("exported a segment"),
    "ingest.source_created": _("opened a source of events"),
    "ingest.source_changed": _("changed a source of events"),
    "ingest.source_archived": _("closed a source of events"),
    "ingest.source_restored": _("opened a source of events again"),
    "ingest.key_rotated": _("gave a source of events a new key"),
    "ingest.letter_replayed": _("replayed an event that was kept aside"),
    "ingest.letter_discarded": _("discarded an event that was kept aside"),
    "ingest.letters_replayed": _("replayed events that were kept aside"),
    "ingest.letters_discarded": _("discarded events that were kept aside"),
    "ingest.event_planned": _("planned an event"),
    "ingest.event_dropped": _("took an event out of the tracking plan"),
    "quality.told_apart": _("told two customers apart"),
    "quality.reconsidered": _("took back that two customers are different people"),
    "quality.accepted_many": _("merged many suggested duplicates"),
    "quality.configured": _("changed what may be merged and corrected without asking"),
    "quality.fix_started": _("corrected many values at once"),
    "quality.fix_undone": _("undid a correction of many values"),
    "value.configured": _("changed the limits of RFM and lifecycle"),
}

JOBS: dict[str, Label] = {
    "api.forget_answers": _("Forgetting old answers of the API"),
    "customers.remove_tag": _("Taking a tag off customers"),
    "quality.catch_up": _("Comparing and checking changed customers"),
    "quality.search": _("Searching all customers for duplicates"),
    "quality.accept_many": _("Merging accepted duplicates"),
    "quality.mend": _("Correcting values"),
    "quality.undo_fix": _("Undoing a correction"),
    "quality.measure": _("Measuring data quality"),
    "customers.check_consents": _("Checking the evidence of consent"),
    "attributes.reread": _("Reading the values of an attribute anew"),
    "traits.recompute": _("Computing attributes and automatic tags"),
    "traits.compute": _("Computing an attribute"),
    "traits.tag": _("Computing an automatic tag"),
    "web.customers_bulk": _("Changing many customers"),
    "orders.check_import": _("Check of an order file"),
    "orders.import": _("Import of orders"),
    "orders.undo_import": _("Undoing an import"),
    "orders.find_abandoned": _("Looking for abandoned carts"),
    "orders.rate": _("Valuing amounts of another currency"),
    "orders.forget_uploads": _("Removing uploads that were not imported"),
    "privacy.erase": _("Erasing a person"),
    "privacy.export": _("Packing a person's archive"),
    "privacy.apply_retention": _("Removing what is too old"),
    "privacy.tidy": _("Removing archives that have expired"),
    "warehouse.rebuild": _("Rebuilding the warehouse"),
    "value.recompute": _("Computing RFM and lifecycle"),
    "segments.recompute": _("Refreshing segments"),
    "segments.compute": _("Computing a segment"),
    "ingest.tidy": _("Removing old copies of events"),
    "jobs.tidy": _("Removing old background work"),
}

# What the facts of an audit row are called.
FACTS: dict[str, Label] = {
    "act": _("action"), "before": _("before"), "bytes": _("bytes"), "channel": _("channel"), "color": _("colour"),
    "columns": _("columns"), "contact": _("contact point"), "currency": _("currency"),
    "customers": pgettext_lazy("fact", "customers"), "entered": _("entered"), "fields": _("fields"),
    "file": _("file"), "filters": _("filters"), "format": _("format"), "kind": _("kind"), "at_once": _("at once"), "left": _("left"), "letters": _("events kept aside"),
    "list": _("list"), "members": pgettext_lazy("fact", "members"), "name": pgettext_lazy("fact", "name"),
    "role": _("role"), "scopes": _("scopes"), "shared": _("shared"), "shop": _("shop"), "was": _("before"),
    "now": _("now"), "order": pgettext_lazy("fact", "orders"), "refund": pgettext_lazy("fact", "refunds"),
    "adjustment": pgettext_lazy("fact", "adjustments"), "created": _("created"), "replaced": _("replaced"),
    "unchanged": _("unchanged"), "refused": _("refused"),
}  # fmt: skip

PERMISSIONS: dict[str, Label] = {
    "audit.view": _("See the audit log"),
    "company.edit": _("Change the company and its shops"),
    "customers.consents": _("Look after notices and addresses not to be contacted"),
    "customers.edit": _("Edit and tag customers"),
    "customers.view": _("See customers"),
    "customers.view_contacts": _("See names and contact details"),
    "jobs.view": _("See background work"),
    "keys.manage": _("Manage API keys"),
    "orders.import": _("Import orders"),
    "orders.rates": _("Enter exchange rates"),
    "orders.checkout_settings": _("Decide when a cart is abandoned"),
    "orders.view": _("See orders"),
    "privacy.configure": _("Decide how long data is kept"),
    "privacy.handle": _("Check and carry out privacy requests"),
    "privacy.receive": _("Note privacy requests"),
    "reports.view": _("See reports"),
    "segments.edit": _("Make and change segments"),
    "segments.export": _("Export segments"),
    "segments.view": _("See segments"),
    "sources.manage": _("Manage sources of events"),
    "sources.view": _("See sources and live events"),
    "system.view": _("See the state of the system"),
    "team.manage": _("Manage the team"),
    "value.configure": _("Change what RFM and lifecycle mean"),
    "value.view": _("See RFM and lifecycle"),
}


def verb(code: str) -> Label:
    """Return the words for an audit verb."""
    return VERBS.get(code, code)


def job(name: str) -> Label:
    """Return the words for a kind of job."""
    return JOBS.get(name, name)


def permission(code: str) -> Label:
    """Return the words for what a role may do."""
    return PERMISSIONS.get(code, code)


def fact(name: str) -> Label:
    """Return the words for the name of a fact in an audit row."""
    return FACTS.get(name, name)
