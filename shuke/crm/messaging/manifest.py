"""What messages plug into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shuke.crm.messaging import jobs
from shuke.crm.messaging.extensions import MessageIndexes, MessageMerging, MessagesPersonalData
from shuke.crm.messaging.pages import panels
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, PageMount, Panel
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, AGENT, ANALYST, MARKETER, OWNER
from shuke.vocabulary import messaging as vocabulary

MANIFEST = Manifest(
    domain="messaging",
    permissions=(
        # Which messages went where, and why not.
        Permission("messaging.view", roles=(OWNER, ADMIN, MARKETER, AGENT, ANALYST)),
        # The contact policy, and stopping everything.
        Permission("messaging.policy", roles=(OWNER, ADMIN, MARKETER)),
    ),
    pages=PageMount("", "shuke.crm.messaging.urls"),
    navigation=(
        NavEntry(
            pgettext_lazy("of messages", "Deliveries"),
            "messaging:deliveries",
            "send",
            "marketing",
            60,
            "messaging.view",
        ),
        NavEntry(
            _("Contact policy"), "messaging:policy", "adjustments-horizontal", "marketing", 70, "messaging.policy"
        ),
    ),
    panels=(Panel("customer.aside", "messaging/_panel.html", 14, "messaging.view", panels.panel),),
    publishes=(
        vocabulary.MessageSuppressed,
        vocabulary.MessageSent,
        vocabulary.MessageFailed,
        vocabulary.MessageDelivered,
        vocabulary.MessageOpened,
        vocabulary.MessageClicked,
        vocabulary.MessageBounced,
        vocabulary.MessageComplained,
        vocabulary.MessageUnsubscribed,
        vocabulary.MessageReplied,
    ),
    reindexing=(MessageIndexes(),),
    merging=(MessageMerging(),),
    personal_data=(MessagesPersonalData(),),
    jobs=(
        JobSpec("messaging.dispatch", jobs.dispatch, every=timedelta(seconds=30), lane="send"),
        JobSpec("messaging.receipts", jobs.receipts, every=timedelta(seconds=20), lane="quick"),
    ),
)
