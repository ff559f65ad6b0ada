"""Trying an account out: one message in fixed words, to an address that a colleague enters.

The only place besides messaging that approves anything. Nobody's words but these go through it.
"""

from datetime import datetime, timedelta
from html import escape

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shuke.crm.channels.actions.approving import approve
from shuke.crm.channels.actions.sending import Handed, Parcel, hand_over
from shuke.crm.channels.models import ChannelAccount
from shuke.kernel.ids import uuid7
from shuke.kernel.messages import Content
from shuke.platform.audit import actions as audit
from shuke.platform.staff.actor import Actor


def send_test(account: ChannelAccount, address: str, *, code: str, by: Actor, now: datetime) -> Handed:
    """Send a test message through an account and return what became of it. Audited, without the address."""
    with transaction.atomic():
        audit.record(
            by,
            "channels.tried",
            target=f"channels.ChannelAccount:{account.pk}",
            summary={"name": account.name},
            now=now,
        )
    key = uuid7().hex
    words = _("This is a test message from %(account)s. It was sent by a colleague, and needs no answer.") % {
        "account": account.name
    }
    title = _("A test from Shuke")
    content = Content(
        subject=title, text=words, html=f"<p>{escape(words)}</p>", title=title, body=words, provider_code=code,
    )  # fmt: skip
    decision = approve(decision_id=0, contact_point_id=0, key=key, expires_at=now + timedelta(minutes=2))
    parcel = Parcel(key, address.strip(), "service", get_language() or "en", content, decision)
    return hand_over(account.pk, [parcel], now=now, report=lambda _key: None)[0]
