"""What providers said, in words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.crm.channels import queries
from shuke.crm.channels.errors import BadAccount
from shuke.crm.channels.kinds.email.signing import public_record
from shuke.crm.channels.models import ChannelAccount
from shuke.crm.channels.rules.parcels import Handed
from shuke.platform.crypto.sealing import Unreadable

CODES: Mapping[str, str | Promise] = {
    "no_answer": gettext_lazy("The provider does not answer."),
    "encryption": gettext_lazy("No encrypted connection came about."),
    "login": gettext_lazy("The provider does not accept the credentials."),
    "private_network": gettext_lazy(
        "The address lies in a private network. Whoever runs the server can allow it with SHUKE_OUTGOING_ALLOWED."
    ),
    "lost": gettext_lazy("The connection was lost after the message had been handed over: it may have arrived."),
    "busy": gettext_lazy("The provider asks for patience."),
    "rate": gettext_lazy("The rate for this domain is used up for the moment."),
    "unreadable": gettext_lazy("The keys cannot be read any more. Please enter them again."),
    "bad_address": gettext_lazy("This is not one address of this channel."),
    "no_template": gettext_lazy("This provider needs the code of an approved template."),
    "empty": gettext_lazy("The message says nothing."),
    "not_understood": gettext_lazy("The provider's answer could not be understood: the message may have arrived."),
    "trouble": gettext_lazy("Something went wrong here; the log of the server says more."),
}


def trouble(error: str) -> str:
    """Return what an account last said in place of sending."""
    code, _space, detail = error.partition(" ")
    said = CODES.get(code)
    return f"{said} {detail}".strip() if said else error


def outcome(answer: Handed, *, is_test: bool) -> str:
    """Return what became of a test message."""
    if answer.state == "accepted":
        shown, sent = _("The test is in the outbox."), _("The provider has accepted the test.")
        return shown if is_test else sent
    return trouble(f"{answer.code} {answer.detail}".strip()) or _("The test was not sent.")


def dkim_record(account: ChannelAccount) -> tuple[str, str] | None:
    """Return name and content of the record that lets others check our signatures; None where we do not sign."""
    settings = account.settings
    if not settings.get("dkim_domain") or account.closed_at:
        return None
    try:
        key = queries.setup_of(account).secrets.get("dkim_key", "")
        return (
            (f"{settings['dkim_selector']}._domainkey.{settings['dkim_domain']}", public_record(key)) if key else None
        )
    except (Unreadable, BadAccount, ValueError):
        return None
