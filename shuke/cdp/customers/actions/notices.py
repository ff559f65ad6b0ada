"""The texts that people see when they decide, word for word."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import errors, rules
from shuke.cdp.customers.models import NoticeVersion, Purpose
from shuke.kernel.ids import uuid7
from shuke.platform.audit import actions as audit
from shuke.platform.staff.actor import Actor

MOST_CHARACTERS = 20_000


@transaction.atomic
def publish_notice(
    *, name: str, purposes: Sequence[str], language: str, text: str, by: Actor, now: datetime
) -> NoticeVersion:
    """Publish a version of a notice; the text never changes afterwards. Audited.

    An earlier version under the same name and language stays valid for whoever agreed to it. Raises ``BadNotice``.
    """
    name, text = rules.words(name, limit=120), text.strip()
    if not name or not text or len(text) > MOST_CHARACTERS or not purposes or set(purposes) - set(Purpose.values):
        raise errors.BadNotice(_("A notice needs a name, a text and what it asks for."))
    made = NoticeVersion.objects.create(
        uuid=uuid7(), name=name, purposes=sorted(purposes), language=language, text=text,
        sha256=sha256(text.encode()).hexdigest(), published_at=now,
    )  # fmt: skip
    summary = {"name": name, "language": language, "purposes": sorted(purposes)}
    audit.record(
        by, "customers.notice_published", target=f"customers.NoticeVersion:{made.pk}", summary=summary, now=now
    )
    return made


@transaction.atomic
def retire_notice(notice: NoticeVersion, *, must_ask_again: bool, by: Actor, now: datetime) -> None:
    """Stop using a version. With ``must_ask_again`` whoever agreed to it counts as not asked. Audited; once is enough."""
    changed = NoticeVersion.objects.filter(pk=notice.pk, retired_at__isnull=True)
    if changed.update(retired_at=now, must_ask_again=must_ask_again):
        summary = {"name": notice.name, "ask_again": must_ask_again}
        audit.record(
            by, "customers.notice_retired", target=f"customers.NoticeVersion:{notice.pk}", summary=summary, now=now
        )
