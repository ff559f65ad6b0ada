"""Words for the codes that audit rows and jobs carry. A code without words here is shown as it is."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise

VERBS: dict[str, Label] = {
    "company.founded": _("founded the company"),
    "company.changed": _("changed the company"),
    "shop.changed": _("changed a shop"),
    "shop.opened": _("opened a shop"),
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
    "orders.import_started": _("started an import of orders"),
    "orders.import_cancelled": _("cancelled an import of orders"),
    "orders.import_undone": _("undid an import of orders"),
    "customers.tagged": _("tagged customers"),
    "customers.untagged": _("took a tag off customers"),
    "customers.changed": _("changed a customer"),
    "customers.contact_revealed": _("looked at contact details"),
    "segments.created": _("made a segment"),
    "segments.changed": _("changed a segment"),
    "segments.archived": _("archived a segment"),
    "segments.exported": _("exported a segment"),
    "value.settings_changed": _("changed the limits of RFM and lifecycle"),
    "value.recompute_requested": _("asked for a new computation of RFM"),
    "warehouse.rebuild_requested": _("asked for a rebuild of the warehouse"),
}

JOBS: dict[str, Label] = {
    "orders.import": _("Import of orders"),
    "orders.check": _("Check of an order file"),
    "orders.undo": _("Undoing an import"),
    "warehouse.load": _("Loading the warehouse"),
    "warehouse.rebuild": _("Rebuilding the warehouse"),
    "value.recompute": _("Computing RFM and lifecycle"),
    "segments.refresh": _("Refreshing segments"),
    "segments.export": _("Export of a segment"),
    "demo.fill": _("Filling the demo company"),
}


def verb(code: str) -> Label:
    """Return the words for an audit verb."""
    return VERBS.get(code, code)


def job(name: str) -> Label:
    """Return the words for a kind of job."""
    return JOBS.get(name, name)
