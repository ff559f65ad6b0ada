"""What orders plug into."""

from shuke.cdp.orders import api, extensions
from shuke.platform.manifest import Manifest
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, AGENT, ANALYST, FINANCE, MARKETER, OWNER
from shuke.vocabulary import orders as said

MANIFEST = Manifest(
    domain="orders",
    permissions=(
        Permission("orders.view", roles=(OWNER, ADMIN, MARKETER, AGENT, ANALYST, FINANCE)),
        Permission("orders.import", roles=(OWNER, ADMIN, MARKETER, FINANCE)),
    ),
    api=api.router,
    publishes=(
        said.OrderPlaced,
        said.OrderChanged,
        said.OrderRefunded,
        said.RefundChanged,
        said.SalesAdjusted,
        said.ImportRowsUndone,
    ),
    datasets=(
        extensions.OrdersDataset(),
        extensions.OrderLinesDataset(),
        extensions.RefundsDataset(),
        extensions.RefundLinesDataset(),
        extensions.AdjustmentsDataset(),
    ),
)
