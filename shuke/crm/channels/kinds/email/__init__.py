"""E-mail through any mail server (SMTP).

``envelope`` knows addresses, ``building`` writes letters as bytes, ``signing`` signs them, ``conversation`` takes them to the server,
``answers`` judges what it says, ``rates`` holds back, ``bounces`` reads what comes back. Each can be read, and is tested,
without the others.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from shuke.crm.channels.errors import BadAccount, BadContent
from shuke.crm.channels.kinds.email import bounces, envelope, rates
from shuke.crm.channels.kinds.email.building import Sender, Writer
from shuke.crm.channels.kinds.email.conversation import Server, SmtpCarrier
from shuke.crm.channels.kinds.email.returns import Mailbox
from shuke.crm.channels.kinds.email.signing import Signer
from shuke.crm.channels.kinds.kind import Call, Capability, Carrier, Field, Heard, Reply, Setup
from shuke.kernel.clock import utcnow
from shuke.platform.crypto.keys import unchanging

CAPABILITY = Capability("email", has_subject=True, is_html=True, has_receipts=True)
SENDER_FIELDS = (
    Field("sender", _("Sender address"), _("What customers see, such as hello@news.example.com.")),
    Field("sender_name", _("Sender name"), is_required=False),
    Field("reply_to", _("Answers go to"), _("Empty: to the sender."), is_required=False),
)


class Smtp:
    """A mail server of one's own or of a provider, spoken to by SMTP."""

    code = "smtp"
    channel = "email"
    label = _("Mail server (SMTP)")
    icon = "mail"
    text = _(
        "Any mail server or provider that takes mail by SMTP: Aliyun DirectMail, Tencent SES, SendCloud, Postfix …"
    )
    capability = CAPABILITY
    fields: tuple[Field, ...] = (
        Field("host", _("Server")),
        Field("port", _("Port"), initial="587"),
        Field(
            "security", _("Encryption"), initial="starttls",
            choices=(("starttls", "STARTTLS"), ("tls", "TLS"), ("none", _("None (only inside one's own network)"))),
        ),
        Field("username", _("User name"), is_required=False),
        Field("password", _("Password"), is_secret=True, is_required=False),
        *SENDER_FIELDS,
        Field(
            "bounces_to", _("Returned mail goes to"),
            _("A mailbox such as bounces@news.example.com that takes plus addresses: each letter gets a way back of its own."),
            is_required=False,
        ),
        Field("imap_host", _("Its IMAP server"), _("Empty: your mail server posts what comes back to us."), is_required=False),
        Field("imap_username", _("Its user name"), is_required=False),
        Field("imap_password", _("Its password"), is_secret=True, is_required=False),
        Field(
            "rates", _("Letters per minute by domain"),
            _("One domain per line, such as “qq.com 60”; “*” stands for all others. Empty: as fast as the server takes them."),
            is_required=False, is_long=True,
        ),
        Field("dkim_domain", _("DKIM domain"), _("Empty: your provider signs."), is_required=False),
        Field("dkim_selector", _("DKIM selector"), is_required=False),
        Field("dkim_key", _("DKIM private key (PEM)"), is_secret=True, is_required=False, is_long=True),
    )  # fmt: skip

    def carrier(self, setup: Setup) -> Carrier:
        """Return what takes letters to the server. Raises ``BadAccount`` and ``BadContent``."""
        said = setup.settings
        server = Server(
            said["host"], int(said["port"]), said.get("security") or "starttls", said.get("username", ""),
            setup.secrets.get("password", ""),
        )  # fmt: skip
        writer = Writer(sender_of(setup), _signer(setup))
        return SmtpCarrier(server, writer, _rates(setup.account_id, said.get("rates", "")), utcnow)

    def problem(self, setup: Setup) -> Any:
        """Return what is wrong with what was entered; "" if nothing is."""
        said = setup.settings
        if not str(said.get("port", "")).isdigit() or not 0 < int(said["port"]) < 65536:
            return _("The port is a number from 1 to 65535.")
        signing = (said.get("dkim_domain"), said.get("dkim_selector"), setup.secrets.get("dkim_key"))
        if any(signing) and not all(signing):
            return _("DKIM needs all three: domain, selector and private key.")
        return sender_problem(setup) or self._trouble(setup)

    def _trouble(self, setup: Setup) -> Any:
        try:
            rates.parsed(setup.settings.get("rates", ""))
        except BadAccount as wrong:
            return _("%(line)s is no domain with letters per minute.") % wrong.facts
        try:
            self.carrier(setup)
        except BadAccount:
            return _("The DKIM key is no RSA private key in PEM form.")
        except BadContent:
            return _("The name of the sender cannot stand in a letter.")
        return ""

    def mailbox(self, setup: Setup) -> Mailbox | None:
        """Return the mailbox that returned letters lie in, None where there is none to look into."""
        said = setup.settings
        host, _colon, port = str(said.get("imap_host", "")).partition(":")
        if not host:
            return None
        number = int(port) if port.isdigit() else 993
        return Mailbox(host, number, said.get("imap_username", ""), setup.secrets.get("imap_password", ""))

    def read_return(self, raw: bytes) -> list[Heard]:
        """Return what a letter says that came back."""
        secret = unchanging("way-back")
        return bounces.read(raw, lambda address: envelope.message_of(address, secret=secret))

    def hear(self, call: Call, setup: Setup, *, now: datetime) -> Reply:
        """Read a letter that came back, posted as it is (message/rfc822)."""
        return Reply(self.read_return(call.body))


def sender_of(setup: Setup) -> Sender:
    """Return who writes through an account."""
    said: Mapping[str, Any] = setup.settings
    return Sender(
        said["sender"], said.get("sender_name") or setup.sender_name, said.get("reply_to", ""), said.get("bounces_to", ""),
        unchanging("way-back"),
    )  # fmt: skip


def sender_problem(setup: Setup) -> Any:
    """Return which of the addresses of a sender is none."""
    for name in ("sender", "reply_to", "bounces_to"):
        if (address := setup.settings.get(name)) and not _is_mailbox(address):
            return _("%(address)s is not one e-mail address.") % {"address": address}
    return ""


def _signer(setup: Setup) -> Signer | None:
    key = setup.secrets.get("dkim_key", "")
    if not key:
        return None
    domain, selector = setup.settings.get("dkim_domain", ""), setup.settings.get("dkim_selector", "")
    return Signer(domain=domain, selector=selector, private_key=key)


@lru_cache(maxsize=64)
def _rates(_account_id: int, text: str) -> rates.Rates:
    """One count for all threads that send through an account."""
    return rates.Rates(rates.parsed(text))


def _is_mailbox(address: str) -> bool:
    try:
        envelope.mailbox(address)
    except BadContent:
        return False
    return True


KIND = Smtp()
