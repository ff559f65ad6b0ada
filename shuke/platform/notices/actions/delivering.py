"""The company's mail server: one connection for a batch of letters."""

import smtplib
import socket
import ssl
from collections.abc import Callable
from email.message import EmailMessage as Letter
from typing import Any

from shuke.platform.crypto.sealing import Unreadable, unseal
from shuke.platform.http.outgoing import ForbiddenAddress, judged
from shuke.platform.notices.models import MailServer
from shuke.platform.notices.queries import SERVER_SEALED_AS

SECONDS = 20


class PostRefused(Exception):
    """A letter did not leave: a code of ``queries.ERRORS``, and what the server said."""

    def __init__(self, code: str, detail: object = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = _said(detail)


def _said(detail: object) -> str:
    if isinstance(detail, smtplib.SMTPResponseException):
        error = detail.smtp_error
        return f"{detail.smtp_code} {error.decode('utf-8', 'replace') if isinstance(error, bytes) else error}"[:300]
    return str(detail)[:300]


class _Plain(smtplib.SMTP):
    """Connects only to addresses that were judged; certificates are still checked against the name."""

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        return socket.create_connection((judged(host, port), port), timeout)


class _Wrapped(smtplib.SMTP_SSL):
    """The same, encrypted from the first byte on."""

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        bare = socket.create_connection((judged(host, port), port), timeout)
        return self.context.wrap_socket(bare, server_hostname=host)


class Post:
    """Sends letters through a mail server, connecting with the first of them."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._connection: smtplib.SMTP | None = None

    def send(self, letter: Letter) -> None:
        """Send one letter or raise ``PostRefused``; after that the connection is made anew."""
        del letter["From"]
        letter["From"] = self._server.sender
        try:
            _in_words(lambda: self._connected().send_message(letter, from_addr=self._server.sender))
        except PostRefused:
            self.close()
            raise

    def close(self) -> None:
        """Take leave of the server."""
        connection, self._connection = self._connection, None
        if connection:
            try:
                connection.quit()
            except (OSError, smtplib.SMTPException):
                connection.close()

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            self._connection = _in_words(self._connect)
        return self._connection

    def _connect(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        if server.security == "tls":
            made: smtplib.SMTP = _Wrapped(server.host, server.port, timeout=SECONDS, context=context)
        else:
            made = _Plain(server.host, server.port, timeout=SECONDS)
            if server.security == "starttls":
                made.starttls(context=context)
        if server.username:
            made.login(server.username, unseal(bytes(server.sealed), context=SERVER_SEALED_AS))
        return made


def _in_words(act: Callable[[], Any]) -> Any:
    """Do something with a mail server; what goes wrong is told apart by what a person would have to change."""
    try:
        return act()
    except PostRefused:
        raise
    except Unreadable as lost:
        raise PostRefused("unreadable") from lost
    except ForbiddenAddress as forbidden:
        raise PostRefused("private_network", forbidden.facts["host"]) from forbidden
    except smtplib.SMTPAuthenticationError as refused:
        raise PostRefused("login", refused) from refused
    except smtplib.SMTPSenderRefused as refused:
        raise PostRefused("sender", refused) from refused
    except smtplib.SMTPRecipientsRefused as refused:
        raise PostRefused("recipient", "; ".join(refused.recipients)) from refused
    except (ssl.SSLError, smtplib.SMTPNotSupportedError) as refused:
        raise PostRefused("encryption", refused) from refused
    except smtplib.SMTPException as refused:
        raise PostRefused("mail", refused) from refused
    except (OSError, UnicodeError) as away:
        raise PostRefused("unreachable", away) from away
