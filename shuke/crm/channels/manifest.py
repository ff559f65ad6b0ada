"""What channels plug into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.crm.channels import api, extensions, jobs
from shuke.crm.channels.queries import ONSITE_SEALED_AS, OUTBOX_SEALED_AS, RECEIPT_SEALED_AS, SECRETS_SEALED_AS
from shuke.platform.manifest import JobSpec, Manifest, Mount, NavEntry, PageMount, SealedColumn
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, MARKETER, OWNER

MANIFEST = Manifest(
    domain="channels",
    permissions=(
        # Which accounts there are, and what was shown instead of sent.
        Permission("channels.view", roles=(OWNER, ADMIN, MARKETER)),
        # Keys of providers, and whether messages leave the house.
        Permission("channels.manage", roles=(OWNER, ADMIN)),
    ),
    pages=PageMount("channels/", "shuke.crm.channels.urls"),
    jobs=(JobSpec("channels.fetch_returns", jobs.fetch_returns, every=timedelta(minutes=5)),),
    mounts=(Mount((api.PREFIX,), api.Hooks), Mount((api.ONSITE_PREFIX,), api.Onsite)),
    navigation=(
        NavEntry(_("Channels to customers"), "channels:accounts", "send", "settings", 33, "channels.view"),
        NavEntry(_("Messages in the outbox"), "channels:outbox", "mail-opened", "marketing", 80, "channels.view"),
    ),
    personal_data=(extensions.MessagesPersonalData(),),
    retention=(extensions.OldOutbox(), extensions.OldReceipts()),
    sealed=(
        SealedColumn("channels.ChannelAccount", "secrets", SECRETS_SEALED_AS),
        SealedColumn("channels.OutboxMessage", "sealed", OUTBOX_SEALED_AS),
        SealedColumn("channels.OnsiteMessage", "sealed", ONSITE_SEALED_AS),
        SealedColumn("channels.Receipt", "sealed", RECEIPT_SEALED_AS),
    ),
)
