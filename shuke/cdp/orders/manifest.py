"""What orders plug into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.cdp.orders import api, extensions, handlers, jobs
from shuke.cdp.orders.actions import participants
from shuke.cdp.orders.actions.importing import OrderFiles
from shuke.cdp.orders.actions.parts import sealed_as
from shuke.cdp.orders.actions.personal import GuestPlaces, OrdersPersonalData
from shuke.cdp.orders.rules import carts
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, PageMount, Panel, SealedColumn
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, AGENT, ANALYST, FINANCE, MARKETER, OWNER
from shuke.vocabulary import orders as said
from shuke.vocabulary.customers import IdentitiesMoved

MANIFEST = Manifest(
    domain="orders",
    permissions=(
        Permission("orders.view", roles=(OWNER, ADMIN, MARKETER, AGENT, ANALYST, FINANCE)),
        Permission("orders.import", roles=(OWNER, ADMIN, MARKETER, FINANCE)),
        Permission("orders.rates", roles=(OWNER, ADMIN, FINANCE)),
        Permission("orders.checkout_settings", roles=(OWNER, ADMIN, MARKETER)),
    ),
    pages=PageMount("orders/", "shuke.cdp.orders.urls"),
    navigation=(
        NavEntry(_("Orders"), "orders:list", "shopping-cart", group="sales", order=10, permission="orders.view"),
        NavEntry(_("Carts"), "orders:checkouts", "basket", group="sales", order=15, permission="orders.view"),
        NavEntry(
            _("Exchange rates"), "orders:rates", "currency-yuan", group="settings", order=25, permission="orders.rates"
        ),
        NavEntry(
            _("Imports"), "orders:imports", "database-import", group="sales", order=20, permission="orders.import"
        ),
    ),
    api=api.router,
    jobs=(
        JobSpec("orders.find_abandoned", jobs.find_abandoned, every=timedelta(minutes=5), lane="quick"),
        JobSpec("orders.rate", jobs.rate_amounts),
    ),
    reacts_to={
        **dict.fromkeys(carts.NAMES, handlers.fill_carts),
        said.OrderPlaced.NAME: handlers.close_carts,
        IdentitiesMoved.NAME: handlers.move_carts,
    },
    publishes=(
        said.CheckoutAbandoned,
        said.CheckoutRecovered,
        said.SalesRated,
        said.OrderPlaced,
        said.OrderChanged,
        said.OrderPaid,
        said.OrderShipped,
        said.OrderDelivered,
        said.OrderCompleted,
        said.OrderCancelled,
        said.OrderRefunded,
        said.RefundChanged,
        said.SalesAdjusted,
        said.ImportRowsUndone,
    ),
    panels=(Panel("customer.aside", "orders/_carts_panel.html", 20, "orders.view", extensions.carts_panel),),
    merging=(participants.Facts(),),
    personal_data=(OrdersPersonalData(),),
    imports=(OrderFiles(),),
    sealed=(
        SealedColumn("orders.OrderPayment", "reference", sealed_as("reference")),
        SealedColumn("orders.Shipment", "tracking", sealed_as("tracking")),
    ),
    retention=(GuestPlaces(),),
    datasets=(
        extensions.OrdersDataset(),
        extensions.OrderLinesDataset(),
        extensions.OrderCouponsDataset(),
        extensions.RefundsDataset(),
        extensions.RefundLinesDataset(),
        extensions.AdjustmentsDataset(),
    ),
)
