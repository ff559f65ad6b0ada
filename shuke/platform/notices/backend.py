"""Where Django's own letters go (password links, invitations): the same way as ours."""

from collections.abc import Sequence
from typing import Any

from django.core.mail.backends.filebased import EmailBackend
from django.db import transaction
from typing_extensions import override

from shuke.kernel.clock import utcnow
from shuke.platform.notices import actions, queries


class StaffMail(EmailBackend):
    """Queues letters for the company's mail server; without one they become files that the outbox page shows."""

    @override
    def send_messages(self, email_messages: Sequence[Any]) -> int:
        """Take letters and return how many."""
        if queries.mail_server() is None:
            return super().send_messages(email_messages) or 0
        with transaction.atomic():
            for one in email_messages:
                actions.queue_letter(one.message().as_string(), kind="mail", now=utcnow())
        return len(email_messages)
