"""What connections plug into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.integrations import api, extensions, jobs
from shuke.integrations.actions import APPLY_JOB, FETCH_JOB, SYNC_JOB
from shuke.integrations.queries import SEALED_AS, SECRETS_SEALED_AS
from shuke.platform.manifest import JobSpec, Manifest, Mount, NavEntry, PageMount, Panel, SealedColumn
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, ANALYST, MARKETER, OWNER

MANIFEST = Manifest(
    domain="integrations",
    permissions=(
        # How connections are doing and what they bring; no payloads.
        Permission("connections.view", roles=(OWNER, ADMIN, MARKETER, ANALYST)),
        # Secrets, addresses, replays, and what a platform sent in clear.
        Permission("connections.manage", roles=(OWNER, ADMIN)),
    ),
    pages=PageMount("connections/", "shuke.integrations.urls"),
    navigation=(
        NavEntry(
            _("Connected shops"), "integrations:connections", "building-store", "settings", 34, "connections.view"
        ),
    ),
    mounts=(Mount((api.PREFIX,), api.Hooks),),
    jobs=(
        JobSpec(APPLY_JOB, jobs.apply, every=timedelta(minutes=1)),
        JobSpec(SYNC_JOB, jobs.sync),
        JobSpec(FETCH_JOB, jobs.fetch),
        JobSpec("integrations.reconcile", jobs.reconcile, every=timedelta(hours=1)),
    ),
    panels=(Panel("ingest.live", "integrations/_live.html", 10, "connections.view", extensions.live),),
    personal_data=(extensions.ConnectionsPersonalData(),),
    retention=(extensions.OldDeliveries(),),
    sealed=(
        SealedColumn("integrations.Connection", "secrets", SECRETS_SEALED_AS),
        SealedColumn("integrations.Delivery", "sealed", SEALED_AS),
    ),
)
