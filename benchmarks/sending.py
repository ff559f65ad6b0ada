"""A personalised campaign on a local mail server: messages a second from asking to the last answer, beside bare smtplib.

    python -m benchmarks.sending [--people 100000] [--connections 8]

The server is a process of its own that speaks just enough SMTP and throws letters away. Measured in one run: asking (gate and
rows), everything from the first claim to the last row, and ``smtplib`` handing the same letter over one kept connection, built
once by ``email.message`` and not recorded anywhere. Customers and consents are loaded through the front door, unmeasured.
"""

import argparse
import asyncio
import json
import os
import resource
import smtplib
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

os.environ.setdefault("SHUKE_HOME", tempfile.mkdtemp(prefix="shuke-benchmark-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")

NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
AT_ONCE = 2_000


class Sink(asyncio.Protocol):
    """Just enough of a mail server: takes every letter, counts it and forgets it."""

    count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.rest, self.in_letter = transport, b"", False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer whatever lines have arrived."""
        self.rest += data
        while True:
            end = b"\r\n.\r\n" if self.in_letter else b"\r\n"
            at = self.rest.find(end)
            if at < 0:
                return
            line, self.rest = self.rest[:at], self.rest[at + len(end) :]
            if self.in_letter:
                self.in_letter, Sink.count = False, Sink.count + 1
                self.transport.write(b"250 kept\r\n")
            elif line[:4].upper() == b"DATA":
                self.in_letter = True
                self.transport.write(b"354 go on\r\n")
            elif line[:4].upper() in (b"EHLO", b"HELO"):
                self.transport.write(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
            elif line[:4].upper() == b"QUIT":
                self.transport.write(b"221 bye\r\n")
                self.transport.close()
            elif line == b"COUNT":
                self.transport.write(f"250 {Sink.count}\r\n".encode())
            else:
                self.transport.write(b"250 ok\r\n")


async def serve() -> None:
    """Serve until killed; the port is printed first."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def found(people: int, port: int) -> str:
    """Make a company whose customers agreed to everything, a mail account at the sink, and a letter; return the letter's id."""
    from django.core.management import call_command
    from django.db import transaction

    from shuke.cdp.customers.actions import PersonRecord, consents, resolve
    from shuke.cdp.events.actions import Provenance
    from shuke.crm.channels.actions import connecting
    from shuke.crm.templates.actions import publishing, writing
    from shuke.crm.templates.queries import newest_of
    from shuke.platform.company import actions as company
    from shuke.platform.staff.actor import Actor

    call_command("migrate", verbosity=0)
    company.found(name="Willow", currency="GBP", time_zone="Europe/London", language="en", now=NOW)
    by, actor = Provenance("web", "system:bench", NOW), Actor.system("bench")
    for start in range(0, people, AT_ONCE):
        some = range(start, min(start + AT_ONCE, people))
        with transaction.atomic():
            resolve(
                [PersonRecord(external_id=f"p{n}", name=f"Ada Person{n}", email=f"p{n}@example.com", city="Marlow") for n in some],
                namespace="web", by=by,
            )  # fmt: skip
            consents.record(
                [
                    consents.Statement("email", f"p{n}@example.com", "marketing", "confirmed", "web_form", NOW, evidence={"form": "f"})
                    for n in some
                ],
                by=by,
            )  # fmt: skip
    said = {"host": "127.0.0.1", "port": str(port), "security": "none", "sender": "hello@shop.example"}
    connecting.connect("smtp", "Sink", secrets={}, settings=said, is_test=False, by=actor, now=NOW)
    document = {
        "subject": "{{ customer.given_name | default: 'You' }}, new tea", "preheader": "Fresh",
        "blocks": [
            {"kind": "heading", "text": "Dear {{ customer.name | default: 'friend' }}"},
            {"kind": "text", "text": "Fresh tea has come to {{ customer.city | default: 'you' }}. " * 6},
            {"kind": "button", "text": "To the shop", "href": "https://shop.example/tea?a=1"}, {"kind": "footer"},
        ],
    }  # fmt: skip
    made = writing.create(
        name="Tea", channel="email", purpose="marketing", documents={"en": document}, by=actor, now=NOW
    )
    publishing.publish(newest_of(made), by=actor, now=NOW)
    return str(made.uuid)


def ours(template: str, people: int) -> dict[str, float]:
    """Ask for the campaign and send it."""
    from django.db import connection

    from shuke.cdp.customers.models import Customer
    from shuke.crm.messaging.actions import dispatching
    from shuke.crm.messaging.actions.requesting import request
    from shuke.crm.messaging.models import Message
    from shuke.crm.messaging.rules.candidates import Candidate

    ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    wall, cpu = time.perf_counter(), time.process_time()
    for start in range(0, people, AT_ONCE):
        request(
            [Candidate(pk, "email", template, f"bench:{pk}", "test", 1) for pk in ids[start : start + AT_ONCE]], now=NOW
        )
    asked = time.perf_counter() - wall, time.process_time() - cpu
    connection.close()
    wall, cpu = time.perf_counter(), time.process_time()
    handed = dispatching.run(lambda: NOW, worker="bench/1/send-0")
    sent = time.perf_counter() - wall, time.process_time() - cpu
    dispatching.let_go()
    assert handed == people, handed
    assert Message.objects.filter(state="accepted").count() == people
    return {
        "ask_ms": 1000 * asked[0] / people, "ask_cpu_ms": 1000 * asked[1] / people, "send_ms": 1000 * sent[0] / people,
        "send_cpu_ms": 1000 * sent[1] / people, "sent_per_second": people / sent[0],
        "end_to_end_per_second": people / (asked[0] + sent[0]),
    }  # fmt: skip


def bare(people: int, port: int) -> float:
    """Hand letters over one kept connection by ``smtplib``, each built anew; return how many a second."""
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for n in range(people):
            letter = EmailMessage()
            letter["From"], letter["To"], letter["Subject"] = (
                "hello@shop.example",
                f"p{n}@example.com",
                f"Ada{n}, new tea",
            )
            letter.set_content("Fresh tea has come to Marlow. " * 6)
            letter.add_alternative("<p>Fresh tea has come to Marlow.</p>" * 40, subtype="html")
            server.send_message(letter)
    return people / (time.perf_counter() - began)


def main() -> None:
    """Measure, and print one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--serve", action="store_true")
    chosen = parser.parse_args()
    if chosen.serve:
        asyncio.run(serve())
        return
    sink = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert sink.stdout is not None
        port = int(sink.stdout.readline())
        import django
        from django.conf import settings

        django.setup()
        settings.SHUKE_OUTGOING_ALLOWED = ("127.0.0.1",)
        from shuke.crm.messaging.actions import dispatching

        dispatching.CONNECTIONS = chosen.connections
        template = found(chosen.people, port)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        figures = ours(template, chosen.people)
        figures["memory_grown_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
        figures["smtplib_per_second"] = bare(min(chosen.people, 3_000), port)
        figures["ratio_to_smtplib"] = figures["sent_per_second"] / figures["smtplib_per_second"]
        print(
            json.dumps(
                {name: round(value, 3) for name, value in figures.items()}
                | {"home": str(Path(os.environ["SHUKE_HOME"]))}
            )
        )
    finally:
        sink.kill()


if __name__ == "__main__":
    main()
