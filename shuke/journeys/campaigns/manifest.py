"""What campaigns plug into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.journeys.campaigns import jobs, queries
from shuke.journeys.campaigns.extensions import CampaignsPersonalData
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, NoticeKind, PageMount
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, ANALYST, MARKETER, OWNER

MANIFEST = Manifest(
    domain="campaigns",
    permissions=(
        Permission("campaigns.view", roles=(OWNER, ADMIN, MARKETER, ANALYST)),
        Permission("campaigns.edit", roles=(OWNER, ADMIN, MARKETER)),
        # The second person, and whoever may do without one.
        Permission("campaigns.approve", roles=(OWNER, ADMIN)),
    ),
    pages=PageMount("campaigns/", "shuke.journeys.campaigns.urls"),
    navigation=(NavEntry(_("Campaigns"), "campaigns:list", "send", "marketing", 10, "campaigns.view"),),
    jobs=(
        JobSpec("campaigns.go_on", jobs.go_on, every=timedelta(seconds=30)),
        JobSpec("campaigns.settle", jobs.settle, every=timedelta(hours=6)),
    ),
    personal_data=(CampaignsPersonalData(),),
    notices=(NoticeKind("campaigns.stopped", _("A campaign stopped itself"), "campaigns.edit", by_mail=True),),
    uses=queries.uses,
)
