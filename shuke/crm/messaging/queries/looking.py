"""A message as it was written, for whoever opens it in the browser."""

from datetime import datetime
from uuid import UUID

from django.utils.html import escape, linebreaks
from django.utils.translation import gettext_lazy as _

from shuke.crm.messaging.errors import BadLink
from shuke.crm.messaging.models import Message
from shuke.crm.messaging.queries import links, rendering
from shuke.crm.messaging.queries.rendering import Wanted, Written

_GONE = _("This message can no longer be shown.")


def context_of(message: Message) -> dict[str, object]:
    """Return what a template is told besides the person: what happened, and our own addresses."""
    return {
        **message.context,
        "unsubscribe_url": links.unsubscribe_url(message.uuid),
        "preferences_url": links.preferences_url(message.uuid),
        "view_url": links.view_url(message.uuid),
    }


def html_of(uuid: UUID, *, now: datetime) -> str:
    """Return a message written anew from the version that was sent. Raises ``BadLink`` where that is not possible any more."""
    message = Message.objects.filter(uuid=uuid, customer__erased_at=None).first()
    if message is None or message.template_version is None or message.customer_id is None:
        raise BadLink(_GONE)
    wanted = Wanted("shown", message.template_version, message.customer_id, message.language, context_of(message))
    written = rendering.rendered([wanted], now=now)["shown"]
    if not isinstance(written, Written):
        raise BadLink(_GONE)
    content = written.content
    return content.html or linebreaks(escape(content.text or content.body or content.subject))
