"""What journeys plug into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.journeys.journeys import api, handlers, jobs
from shuke.journeys.journeys.extensions import JourneysPersonalData, RunsMerging, panel
from shuke.journeys.journeys.queries import uses
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, PageMount, Panel
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, ANALYST, MARKETER, OWNER
from shuke.vocabulary.journeys import JourneyEntered, JourneyExited

MANIFEST = Manifest(
    domain="journeys",
    permissions=(
        Permission("journeys.view", roles=(OWNER, ADMIN, MARKETER, ANALYST)),
        Permission("journeys.edit", roles=(OWNER, ADMIN, MARKETER)),
        # Switching on, pausing, moving people: what reaches customers.
        Permission("journeys.run", roles=(OWNER, ADMIN, MARKETER)),
    ),
    pages=PageMount("journeys/", "shuke.journeys.journeys.urls"),
    navigation=(NavEntry(_("Journeys"), "journeys:list", "route", "marketing", 20, "journeys.view"),),
    api=api.router,
    publishes=(JourneyEntered, JourneyExited),
    reacts_to_chosen=handlers.wanted,
    jobs=(
        JobSpec("journeys.advance", jobs.advance, every=timedelta(seconds=30), lane="quick"),
        JobSpec("journeys.schedule", jobs.schedule, every=timedelta(minutes=5)),
        JobSpec("journeys.settle", jobs.settle, every=timedelta(hours=6)),
        JobSpec("journeys.list", jobs.put_on_list, lane="quick"),
    ),
    panels=(Panel("customer.aside", "journeys/_panel.html", 30, "journeys.view", panel),),
    merging=(RunsMerging(),),
    personal_data=(JourneysPersonalData(),),
    uses=uses.uses,
)
