"""What channels plug into."""

from shuke.crm.channels import extensions
from shuke.crm.channels.queries import OUTBOX_SEALED_AS, RECEIPT_SEALED_AS, SECRETS_SEALED_AS
from shuke.platform.manifest import Manifest, SealedColumn

MANIFEST = Manifest(
    domain="channels",
    personal_data=(extensions.MessagesPersonalData(),),
    retention=(extensions.OldOutbox(), extensions.OldReceipts()),
    sealed=(
        SealedColumn("channels.ChannelAccount", "secrets", SECRETS_SEALED_AS),
        SealedColumn("channels.OutboxMessage", "sealed", OUTBOX_SEALED_AS),
        SealedColumn("channels.Receipt", "sealed", RECEIPT_SEALED_AS),
    ),
)
