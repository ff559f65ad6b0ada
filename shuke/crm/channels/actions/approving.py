"""Making approvals. Only ``crm.messaging`` may call this: a test looks for anybody else."""

from datetime import datetime

from shuke.crm.channels.kinds.kind import secret
from shuke.crm.channels.rules import approval
from shuke.crm.channels.rules.approval import Approval

__all__ = ["Approval", "approve"]


def approve(*, decision_id: int, contact_point_id: int, key: str, expires_at: datetime) -> Approval:
    """Return the approval of a decision that lets the message with this key go to this contact point."""
    return approval.seal(
        secret(), decision_id=decision_id, contact_point_id=contact_point_id, key=key, expires_at=expires_at
    )
