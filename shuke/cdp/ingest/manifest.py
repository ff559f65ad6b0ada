"""What the collector plugs into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.cdp.ingest import api, extensions, jobs
from shuke.cdp.ingest.pages import acquisition
from shuke.cdp.ingest.queries import letters, live
from shuke.platform.manifest import JobSpec, Manifest, Mount, NavEntry, PageMount, Panel, SealedColumn
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, ANALYST, MARKETER, OWNER

MANIFEST = Manifest(
    domain="ingest",
    permissions=(
        # How sources are doing, what they send and where it departs from the plan; personal data stays masked.
        Permission("sources.view", roles=(OWNER, ADMIN, MARKETER, ANALYST)),
        # Keys, dead letters, the plan; events in clear for those who also see contacts.
        Permission("sources.manage", roles=(OWNER, ADMIN)),
    ),
    pages=PageMount("sources/", "shuke.cdp.ingest.urls"),
    navigation=(NavEntry(_("Sources"), "ingest:sources", "plug", "settings", 35, "sources.view"),),
    mounts=(Mount(("/v1/", "/beacon/v1/", "/sourceConfig"), api.Collector),),
    jobs=(JobSpec("ingest.tidy", jobs.tidy, every=timedelta(hours=6)),),
    datasets=(extensions.AcquisitionsDataset(),),
    panels=(Panel("customer.aside", "ingest/_acquisition.html", 20, "customers.view", acquisition.card),),
    personal_data=(extensions.IngestPersonalData(),),
    sealed=(
        SealedColumn("ingest.Inbox", "sealed", live.SEALED_AS),
        SealedColumn("ingest.DeadLetter", "sealed", letters.SEALED_AS),
    ),
)
