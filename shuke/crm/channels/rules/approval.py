"""What lets a message go: a decision, sealed so that it fits one message and cannot be made up.

Only whoever decides (``crm.messaging``) seals; every carrier looks at the seal again right before it sends.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

MISSING, FORGED, OTHER_KEY, EXPIRED = "missing", "forged", "other_key", "expired"


@dataclass(frozen=True, slots=True)
class Approval:
    """The answer "yes" of a decision: to one contact point, for one message, until a moment."""

    decision_id: int
    contact_point_id: int
    key: str
    expires_at: datetime
    seal: bytes


def seal(secret: bytes, *, decision_id: int, contact_point_id: int, key: str, expires_at: datetime) -> Approval:
    """Return the approval of a decision, sealed with the installation's secret."""
    return Approval(
        decision_id, contact_point_id, key, expires_at, _sealed(secret, decision_id, contact_point_id, key, expires_at)
    )


def refusal(secret: bytes, approval: Any, *, key: str, now: datetime) -> str:
    """Return why a message with this key may not go, "" if it may."""
    if not isinstance(approval, Approval):
        return MISSING
    expected = _sealed(secret, approval.decision_id, approval.contact_point_id, approval.key, approval.expires_at)
    if not hmac.compare_digest(expected, approval.seal):
        return FORGED
    if approval.key != key:
        return OTHER_KEY
    return EXPIRED if approval.expires_at <= now else ""


def _sealed(secret: bytes, decision_id: int, contact_point_id: int, key: str, expires_at: datetime) -> bytes:
    moment = expires_at.astimezone(UTC).isoformat(timespec="microseconds")
    said = f"{decision_id}\0{contact_point_id}\0{moment}\0{key}"
    return hmac.digest(secret, said.encode(), sha256)
