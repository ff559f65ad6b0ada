"""What messages show on the page of a customer."""

from datetime import datetime
from typing import Any

from shuke.crm.messaging import queries
from shuke.crm.messaging.models import State
from shuke.crm.messaging.pages.staff import TONES
from shuke.crm.messaging.queries.wording import channel_label, reason_label

_SHOWN = 5


def panel(customer_id: int, viewer: Any, now: datetime) -> dict[str, Any] | None:  # noqa: ARG001  the port's
    """Return the latest messages to a person and what they were refused."""
    return {
        "messages": [
            {
                "message": one, "tone": TONES[State(one.state)], "state": one.get_state_display(),
                "channel": channel_label(one.channel), "reason": reason_label(one.reason) if one.reason else "",
            }
            for one in queries.messages_of(customer_id, limit=_SHOWN)
        ],
        "refused": [
            {"decision": one, "channel": channel_label(one.channel), "reasons": [reason_label(code) for code in one.reasons]}
            for one in queries.refusals_of(customer_id, limit=_SHOWN)
        ],
    }  # fmt: skip
