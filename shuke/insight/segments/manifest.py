"""What segments plug into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.insight.segments import api, handlers, jobs, queries
from shuke.insight.segments.extensions import ListsMerging, MembersDataset
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, PageMount
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, ANALYST, EVERYONE, MARKETER, OWNER
from shuke.vocabulary import customers, orders
from shuke.vocabulary.segments import SegmentEntered, SegmentLeft

_MOVES_MEMBERS = (
    orders.OrderPlaced, orders.OrderChanged, orders.OrderRefunded, orders.RefundChanged, orders.SalesRated, orders.ImportRowsUndone,
    customers.CustomerCreated, customers.CustomerChanged, customers.CustomerTagged, customers.CustomerUntagged,
    customers.CustomerAttributesChanged,
    customers.IdentitiesMoved,
)  # fmt: skip

MANIFEST = Manifest(
    domain="segments",
    permissions=(
        Permission("segments.view", roles=EVERYONE),
        Permission("segments.edit", roles=(OWNER, ADMIN, MARKETER, ANALYST)),
        Permission("segments.export", roles=(OWNER, ADMIN, MARKETER)),
    ),
    pages=PageMount("segments/", "shuke.insight.segments.urls"),
    navigation=(
        NavEntry(
            label=_("Segments and lists"), url_name="segments:list", icon="users-group", group="customers", order=20,
            permission="segments.view",
        ),
    ),
    api=api.router,
    publishes=(SegmentEntered, SegmentLeft),
    listens={event.NAME: handlers.ask_for_recompute for event in _MOVES_MEMBERS}
    | {event.NAME: handlers.follow_joined for event in (customers.CustomerMerged, customers.CustomerSplit)},
    jobs=(
        JobSpec("segments.recompute", jobs.compute_all, every=timedelta(days=1)),
        JobSpec("segments.compute", jobs.compute_one),
        JobSpec("segments.copy_lists", jobs.copy_lists),
    ),
    datasets=(MembersDataset(),),
    merging=(ListsMerging(),),
    uses=queries.uses,
    after_load=handlers.keep_up,
)  # fmt: skip
