"""What quality plugs into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.cdp.quality import handlers, jobs
from shuke.cdp.quality.actions.mending import IMAGES_CONTEXT
from shuke.cdp.quality.actions.reading import HINT_CONTEXT
from shuke.cdp.quality.extensions import QualityMerging, QualityPersonalData
from shuke.cdp.quality.pages.panel import card
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, PageMount, Panel, SealedColumn
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, AGENT, ANALYST, MARKETER, OWNER
from shuke.vocabulary.customers import (
    CustomerChanged,
    CustomerCreated,
    CustomerErased,
    CustomerMerged,
    CustomerRestricted,
    CustomerSplit,
)
from shuke.vocabulary.orders import ImportRowsUndone

_TOUCHING = (
    CustomerCreated, CustomerChanged, CustomerMerged, CustomerSplit, CustomerErased, CustomerRestricted, ImportRowsUndone,
)  # fmt: skip

MANIFEST = Manifest(
    domain="quality",
    permissions=(
        Permission("quality.view", roles=(OWNER, ADMIN, MARKETER, ANALYST, AGENT)),
        # Changing many customers at once.
        Permission("quality.fix", roles=(OWNER, ADMIN, MARKETER)),
        Permission("quality.configure", roles=(OWNER, ADMIN)),
    ),
    pages=PageMount("quality/", "shuke.cdp.quality.urls"),
    navigation=(
        NavEntry(
            label=_("Duplicates"), url_name="quality:duplicates", icon="arrows-join", group="customers", order=50,
            permission="quality.view",
        ),
        NavEntry(
            label=_("Data quality"), url_name="quality:overview", icon="checkup-list", group="customers", order=60,
            permission="quality.view",
        ),
    ),
    listens={event.NAME: handlers.note for event in _TOUCHING},
    jobs=(
        JobSpec("quality.catch_up", jobs.catch_up),
        JobSpec("quality.search", jobs.search, every=timedelta(days=7)),
        JobSpec("quality.accept_many", jobs.accept_many),
        JobSpec("quality.mend", jobs.mend),
        JobSpec("quality.undo_fix", jobs.undo_fix),
        JobSpec("quality.measure", jobs.measure, every=timedelta(days=1)),
    ),
    panels=(Panel("customer.aside", "quality/_card.html", 5, "quality.view", card),),
    merging=(QualityMerging(),),
    personal_data=(QualityPersonalData(),),
    sealed=(
        SealedColumn("quality.Flag", "hint", HINT_CONTEXT),
        SealedColumn("quality.FixedValue", "images", IMAGES_CONTEXT),
    ),
)  # fmt: skip
