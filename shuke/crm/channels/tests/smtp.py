"""A mail server that does what its script says, one line of the script per letter."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


@dataclass
class Script:
    """What to answer: by recipient, to RCPT or to the end of the letter. Everything else is accepted."""

    to_recipient: dict[str, str] = field(default_factory=dict)
    to_content: dict[str, str] = field(default_factory=dict)
    to_sender: str = ""
    # Drop the connection: before the answer to the letter, after DATA, at RCPT.
    drop_content: set[str] = field(default_factory=set)
    drop_recipient: set[str] = field(default_factory=set)
    delay: dict[str, float] = field(default_factory=dict)
    letters: list[tuple[str, str, bytes]] = field(default_factory=list)
    connections: int = 0


class _Handler:
    def __init__(self, script: Script) -> None:
        self.script = script

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802  aiosmtpd looks for it
        if self.script.to_sender:
            return self.script.to_sender
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802  aiosmtpd looks for it
        if address in self.script.drop_recipient:
            server.transport.abort()
            return "250 never said"
        if answer := self.script.to_recipient.get(address, ""):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd looks for it
        import asyncio

        to = envelope.rcpt_tos[0]
        assert len(envelope.rcpt_tos) == 1
        await asyncio.sleep(self.script.delay.get(to, 0))
        answer = self.script.to_content.get(to, "")
        if not answer.startswith(("4", "5")):
            self.script.letters.append((envelope.mail_from, to, envelope.content))
        if to in self.script.drop_content:
            server.transport.abort()
            return "250 never said"
        return answer or f"250 2.0.0 queued as Q{len(self.script.letters)}"


class _Server(SMTP):
    def __init__(self, *args: Any, script: Script, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._script = script

    def connection_made(self, transport: Any) -> None:
        self._script.connections += 1
        super().connection_made(transport)


class _Controller(Controller):
    def __init__(self, script: Script, **kwargs: Any) -> None:
        self._script = script
        super().__init__(_Handler(script), hostname="127.0.0.1", port=free_port(), **kwargs)

    def factory(self) -> SMTP:
        return _Server(self.handler, script=self._script, **self.SMTP_kwargs)


@contextmanager
def server(script: Script, **kwargs: Any) -> Iterator[int]:
    """Run a server and yield its port."""
    running = _Controller(script, **kwargs)
    running.start()
    script.connections = 0  # starting tries the door once
    try:
        yield running.port
    finally:
        running.stop()


@contextmanager
def talking(lines: Sequence[bytes | float]) -> Iterator[int]:
    """Run a server that says these lines to one connection, each after it has heard something, and then hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _address = listening.accept()
        with connection:
            for number, line in enumerate(lines):
                if number and not connection.recv(65536):
                    return
                if isinstance(line, float):
                    time.sleep(line)
                else:
                    connection.sendall(line)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()
        thread.join(2)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def refuse_login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=False, handled=False, message="535 5.7.8 no such user")


def certificate(folder: Any) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a server's context with a certificate of its own making, and a client's that trusts it."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    both = folder / "server.pem"
    both.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(both)
    trusting = ssl.create_default_context(cadata=made.public_bytes(serialization.Encoding.PEM).decode())
    return serving, trusting
