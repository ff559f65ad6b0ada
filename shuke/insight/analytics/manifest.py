"""What the reports plug in."""

from django.utils.translation import gettext_lazy as _

from shuke.platform.manifest import Manifest, NavEntry, PageMount
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, ANALYST, FINANCE, MARKETER, OWNER

MANIFEST = Manifest(
    domain="analytics",
    permissions=(
        Permission("reports.view", roles=(OWNER, ADMIN, MARKETER, ANALYST, FINANCE)),
        Permission("reports.costs", roles=(OWNER, ADMIN, MARKETER, FINANCE)),
    ),
    pages=PageMount("reports/", "shuke.insight.analytics.urls"),
    navigation=(NavEntry(_("Reports"), "analytics:sales", "report-analytics", "insight", 30, "reports.view"),),
)
