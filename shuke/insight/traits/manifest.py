"""What traits plug into."""

from django.utils.translation import gettext_lazy as _

from shuke.insight.traits import handlers, jobs, queries
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, PageMount
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, ANALYST, MARKETER, OWNER
from shuke.vocabulary import orders
from shuke.vocabulary.segments import SegmentEntered, SegmentLeft

_MOVES_TRAITS = (orders.OrderPlaced, orders.OrderChanged, orders.ImportRowsUndone)

MANIFEST = Manifest(
    domain="traits",
    permissions=(Permission("traits.edit", roles=(OWNER, ADMIN, MARKETER, ANALYST)),),
    pages=PageMount("traits/", "shuke.insight.traits.urls"),
    navigation=(
        NavEntry(
            label=_("Computed attributes"), url_name="traits:list", icon="robot", group="customers", order=45,
            permission="segments.view",
        ),
    ),
    listens={event.NAME: handlers.ask_for_recompute for event in _MOVES_TRAITS}
    | {event.NAME: handlers.follow_members for event in (SegmentEntered, SegmentLeft)},
    jobs=(
        JobSpec("traits.recompute", jobs.compute_all, every=jobs.EVERY),
        JobSpec("traits.compute", jobs.compute_one),
        JobSpec("traits.tag", jobs.follow_one),
    ),
    uses=queries.uses,
)  # fmt: skip
