"""What value plugs into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.insight.value import handlers, jobs
from shuke.insight.value.extensions import SEGMENT_FIELDS, StandingDataset
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, PageMount
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, ANALYST, FINANCE, MARKETER, OWNER
from shuke.vocabulary.catalog import ProductsChanged
from shuke.vocabulary.customers import CustomerCreated, CustomerMerged, CustomerSplit
from shuke.vocabulary.orders import (
    ImportRowsUndone,
    OrderChanged,
    OrderPlaced,
    OrderRefunded,
    RefundChanged,
    SalesAdjusted,
    SalesRated,
)

_MOVES_VALUE = (
    OrderPlaced, OrderChanged, OrderRefunded, RefundChanged, SalesAdjusted, SalesRated, ImportRowsUndone, CustomerCreated,
    CustomerMerged, CustomerSplit,
)  # fmt: skip

MANIFEST = Manifest(
    domain="value",
    permissions=(
        Permission("value.view", roles=(OWNER, ADMIN, MARKETER, ANALYST, FINANCE)),
        Permission("value.configure", roles=(OWNER, ADMIN, MARKETER)),
    ),
    pages=PageMount("value/", "shuke.insight.value.urls"),
    navigation=(
        NavEntry(
            label=_("RFM and lifecycle"), url_name="value:heatmap", icon="chart-grid-dots", group="insight", order=10,
            permission="value.view",
        ),
    ),
    listens={
        **{event.NAME: handlers.ask_for_recompute for event in _MOVES_VALUE}, ProductsChanged.NAME: handlers.follow_costs,
    },
    jobs=(JobSpec("value.recompute", jobs.recompute, every=timedelta(days=1)),),
    datasets=(StandingDataset(),),
    after_load=handlers.keep_up,
    segment_fields=SEGMENT_FIELDS,
)  # fmt: skip
