"""What the reports plug in."""

from datetime import timedelta
from functools import partial

from django.utils.translation import gettext_lazy as _

from shuke.insight.analytics import jobs
from shuke.insight.analytics.actions import keeping
from shuke.insight.analytics.pages.mailing import written
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, PageMount
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, ANALYST, FINANCE, MARKETER, OWNER

MANIFEST = Manifest(
    domain="analytics",
    permissions=(
        Permission("reports.view", roles=(OWNER, ADMIN, MARKETER, ANALYST, FINANCE)),
        Permission("reports.costs", roles=(OWNER, ADMIN, MARKETER, FINANCE)),
    ),
    pages=PageMount("reports/", "shuke.insight.analytics.urls"),
    jobs=(
        JobSpec("reports.mail_boards", partial(jobs.mail_boards, write=written), every=timedelta(hours=1)),
        JobSpec(keeping.SEND, partial(jobs.send_board, write=written)),
    ),
    navigation=(NavEntry(_("Reports"), "analytics:sales", "report-analytics", "insight", 30, "reports.view"),),
)
