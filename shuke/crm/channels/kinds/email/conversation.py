"""The conversation with a mail server: one connection for many letters, one recipient each.

The line that matters is the first byte of a letter's content. Before it nothing can have been delivered, so anything that goes
wrong is safe to try again. After it, only an answer says what became of the letter; no answer is "unknown".
"""

import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shuke.crm.channels.errors import BadContent
from shuke.crm.channels.kinds.email.answers import LATER, Answer, Stage, judged, without_addresses
from shuke.crm.channels.kinds.email.building import Letter, Writer
from shuke.crm.channels.kinds.email.rates import Rates
from shuke.crm.channels.kinds.kind import Load, MayGo, opened
from shuke.crm.channels.rules.parcels import ACCEPTED, DEFERRED, FAILED, NOT_STARTED, UNKNOWN, Handed, Parcel
from shuke.platform.http.outgoing import ForbiddenAddress
from shuke.platform.http.outgoing import judged as judged_host

NO_ANSWER, ENCRYPTION, LOGIN, PRIVATE, LOST, RATE = (
    "no_answer", "encryption", "login", "private_network", "lost", "rate",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Server:
    """Where letters are taken to. ``security``: starttls, tls or none; never less than what was asked for."""

    host: str
    port: int
    security: str = "starttls"
    username: str = ""
    password: str = ""
    # For connecting and for commands; the answer to a whole letter may take longer.
    timeout: float = 20.0
    content_timeout: float = 120.0
    trusted: ssl.SSLContext | None = None


class _Unreachable(Exception):
    """No usable connection came about; nothing was said about any letter."""

    def __init__(self, code: str, detail: object = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, without_addresses(str(detail))


class _Lost(Exception):
    """The connection broke in the middle of a conversation."""


class _Plain(smtplib.SMTP):
    """Connects only to addresses that were judged; certificates are still checked against the name."""

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        return socket.create_connection((judged_host(host, port), port), timeout)


class _Wrapped(smtplib.SMTP_SSL):
    """The same, encrypted from the first byte on."""

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        bare = socket.create_connection((judged_host(host, port), port), timeout)
        return self.context.wrap_socket(bare, server_hostname=host)


class SmtpCarrier:
    """Takes letters to a mail server, over one connection that is kept."""

    def __init__(self, server: Server, writer: Writer, rates: Rates, clock: Callable[[], datetime]) -> None:
        self._server, self._writer, self._rates, self._clock = server, writer, rates, clock
        self._connection: smtplib.SMTP | None = None
        self._hung_up_in_a_row = 0

    def carry(self, load: Load, may_go: MayGo) -> Iterator[Handed]:
        """Send letters one after the other. A server that cannot be reached is not asked again for the same load."""
        parcels = opened(load)
        away: _Unreachable | None = None
        for parcel in parcels:
            if away is None:
                try:
                    yield self._one(parcel, may_go)
                    continue
                except _Unreachable as found:
                    away = found
            yield Handed(parcel.key, NOT_STARTED, code=away.code, detail=away.detail, retry_after=LATER)

    def close(self) -> None:
        """Take leave of the server."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.quit()
            except (OSError, smtplib.SMTPException):
                connection.close()

    # -- one letter

    def _one(self, parcel: Parcel, may_go: MayGo) -> Handed:
        try:
            letter = self._writer.write(parcel, now=self._clock())
        except BadContent as bad:
            code = str(bad.facts.get("code", "bad_content"))
            return Handed(parcel.key, FAILED, code=code, is_address=code == "bad_address")
        if wait := self._rates.wait_for(letter.domain):
            return Handed(parcel.key, NOT_STARTED, code=RATE, retry_after=wait)
        answer = self._enveloped(letter)
        if answer.state == ACCEPTED:
            answer = self._given(parcel.key, letter, may_go)
        self._rates.heard(letter.domain, is_patience=answer.state == DEFERRED and answer.code != LOST)
        number = answer.detail if answer.state == ACCEPTED else ""
        return Handed(
            parcel.key, answer.state, number[:160], answer.code, answer.detail, answer.retry_after, answer.is_address
        )

    def _enveloped(self, letter: Letter) -> Answer:
        """Say from whom and to whom. A connection that died while it was kept is made anew, once."""
        was_kept = self._connection is not None
        try:
            return self._asked(letter)
        except _Lost as lost:
            self._drop()
            if not was_kept:
                return self._hung_up(lost)
        try:
            return self._asked(letter)
        except _Lost as lost:
            self._drop()
            return self._hung_up(lost)

    def _hung_up(self, lost: _Lost) -> Answer:
        """Put a letter off over which the server hung up; when it hangs up over two in a row, it is no use to go on."""
        self._hung_up_in_a_row += 1
        if self._hung_up_in_a_row > 1:
            self._hung_up_in_a_row = 0
            raise _Unreachable(NO_ANSWER, lost) from lost
        return Answer(NOT_STARTED, LOST, without_addresses(str(lost)), LATER)

    def _asked(self, letter: Letter) -> Answer:
        connection = self._connected()
        if letter.needs_utf8 and not connection.has_extn("smtputf8"):
            return Answer(FAILED, "no_smtputf8", "the mail server takes no addresses of this kind", is_address=True)
        most = connection.esmtp_features.get("size", "")
        if most.isdigit() and 0 < int(most) < len(letter.data):
            return Answer(FAILED, "too_large", f"{len(letter.data)} > {most}")
        options = " SMTPUTF8" if letter.needs_utf8 else ""
        encoding = "utf-8" if letter.needs_utf8 else "ascii"
        lines = (f"MAIL FROM:<{letter.sender}>{options}\r\n", f"RCPT TO:<{letter.recipient}>\r\n")
        if connection.has_extn("pipelining"):
            self._say("".join(lines).encode(encoding))
            first, second = self._hear(), self._hear()
        else:
            self._say(lines[0].encode(encoding))
            first = second = self._hear()
            if 200 <= first[0] < 300:
                self._say(lines[1].encode(encoding))
                second = self._hear()
        self._hung_up_in_a_row = 0
        answer = judged(Stage.SENDER, *first)
        if answer.state == ACCEPTED:
            answer = judged(Stage.RECIPIENT, *second)
        return answer if answer.state == ACCEPTED else self._begun_again(answer, 421 in (first[0], second[0]))

    def _given(self, key: str, letter: Letter, may_go: MayGo) -> Answer:
        if not may_go(key):
            return self._begun_again(Answer(NOT_STARTED, "kept", ""), is_over=False)
        try:
            self._say(b"DATA\r\n")
            code, said = self._hear()
        except _Lost as lost:  # not a byte of the letter has left
            self._drop()
            return Answer(DEFERRED, LOST, without_addresses(str(lost)), LATER)
        if code != 354:
            answer = judged(Stage.DATA, code, said)
            if answer.state == ACCEPTED:  # an answer that SMTP does not have
                answer = replace(answer, state=DEFERRED, retry_after=LATER)
            return self._begun_again(answer, code == 421)
        try:
            self._say(_dotted(letter.data), timeout=self._server.content_timeout)
            code, said = self._hear()
        except _Lost as lost:
            self._drop()
            return Answer(UNKNOWN, LOST, without_addresses(str(lost)))
        if code == 421:
            self._drop()
        return judged(Stage.CONTENT, code, said)

    def _begun_again(self, answer: Answer, is_over: bool) -> Answer:
        """Leave the server ready for the next letter."""
        try:
            if is_over:
                self._drop()
            else:
                self._say(b"RSET\r\n")
                self._hear()
        except _Lost:
            self._drop()
        return answer

    # -- the connection

    def _say(self, line: bytes, timeout: float | None = None) -> None:
        connection = self._connected()
        try:
            if connection.sock is not None:
                connection.sock.settimeout(timeout or self._server.timeout)
            connection.send(line)
        except (OSError, smtplib.SMTPException) as broken:
            raise _Lost(f"{type(broken).__name__}: {broken}") from broken

    def _hear(self) -> tuple[int, bytes]:
        try:
            return self._connected().getreply()
        except (OSError, smtplib.SMTPException) as broken:
            raise _Lost(f"{type(broken).__name__}: {broken}") from broken

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        context = server.trusted or ssl.create_default_context()
        made: smtplib.SMTP | None = None
        try:
            if server.security == "tls":
                made = _Wrapped(server.host, server.port, timeout=server.timeout, context=context)
            else:
                made = _Plain(server.host, server.port, timeout=server.timeout)
            made.ehlo_or_helo_if_needed()
            if server.security == "starttls":
                _encrypt(made, context)
            if server.username:
                made.login(server.username, server.password)
        except ForbiddenAddress as forbidden:
            raise _Unreachable(PRIVATE, forbidden.facts.get("host", "")) from forbidden
        except (ssl.SSLError, smtplib.SMTPNotSupportedError) as refused:
            raise _closed(made, ENCRYPTION, refused) from refused
        except smtplib.SMTPAuthenticationError as refused:
            raise _closed(made, LOGIN, f"{refused.smtp_code} {_text(refused.smtp_error)}") from refused
        except smtplib.SMTPResponseException as refused:
            raise _closed(made, NO_ANSWER, f"{refused.smtp_code} {_text(refused.smtp_error)}") from refused
        except (OSError, UnicodeError, smtplib.SMTPException) as away:
            raise _closed(made, NO_ANSWER, away) from away
        return made


def _encrypt(connection: smtplib.SMTP, context: ssl.SSLContext) -> None:
    """Go on encrypted, or not at all: a server that offers no STARTTLS may be somebody who has taken it out."""
    try:
        connection.starttls(context=context)
    except smtplib.SMTPResponseException as refused:
        raise smtplib.SMTPNotSupportedError(f"STARTTLS: {refused.smtp_code}") from refused
    connection.ehlo_or_helo_if_needed()


def _closed(connection: smtplib.SMTP | None, code: str, detail: object) -> _Unreachable:
    if connection is not None:
        connection.close()
    return _Unreachable(code, detail)


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _dotted(data: bytes) -> bytes:
    """Return a letter with the dots at the beginning of lines doubled, and its end."""
    dotted = data.replace(b"\r\n.", b"\r\n..")
    return (b"." + dotted if dotted.startswith(b".") else dotted) + b".\r\n"
