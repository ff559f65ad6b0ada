"""What messages plug into."""

from datetime import timedelta

from shuke.crm.messaging import jobs
from shuke.crm.messaging.extensions import MessageIndexes, MessageMerging, MessagesPersonalData
from shuke.platform.manifest import JobSpec, Manifest
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
    jobs=(JobSpec("messaging.dispatch", jobs.dispatch, every=timedelta(seconds=30), lane="work"),),
)
