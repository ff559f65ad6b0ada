"""Letters per second: built from bytes beside Python's ``email``, carried to a local mail server beside bare smtplib.

    python -m benchmarks.letters [count]

The mail server is a process of its own that reads and forgets. Each letter is personal: its subject, text and HTML (10 kB) differ.
"""

# ruff: noqa: E402  Django has to be set up before what uses it
import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.testing")
import django

django.setup()

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

from shuke.crm.channels import testing
from shuke.crm.channels.kinds.email.building import Sender, Writer
from shuke.crm.channels.kinds.email.conversation import Server, SmtpCarrier
from shuke.crm.channels.kinds.email.rates import Rates
from shuke.crm.channels.kinds.email.signing import Signer
from shuke.crm.channels.kinds.kind import Load
from shuke.crm.channels.rules.parcels import Parcel
from shuke.kernel.messages import Content

NOW = datetime.now(UTC)
SENDER = Sender("hello@news.willow.example", "Willow", "", "back@news.willow.example", b"secret")
HTML = "<html><body>" + "<p>Ten new teas for you, as nice as ever</p>\n" * 240 + "{}</body></html>"
SINK = """
import socket, threading
door = socket.create_server(("127.0.0.1", 0)); print(door.getsockname()[1], flush=True)
def serve(caller):
    lines = caller.makefile("rb", buffering=1 << 16); caller.sendall(b"220 sink\\r\\n")
    for line in lines:
        verb = line[:4].upper()
        if verb == b"EHLO": caller.sendall(b"250-sink\\r\\n250 8BITMIME\\r\\n")
        elif verb == b"DATA":
            caller.sendall(b"354 go\\r\\n")
            while next(lines) != b".\\r\\n": pass
            caller.sendall(b"250 2.0.0 ok\\r\\n")
        elif verb == b"QUIT": caller.sendall(b"221 bye\\r\\n"); return
        else: caller.sendall(b"250 ok\\r\\n")
while True: threading.Thread(target=serve, args=(door.accept()[0],), daemon=True).start()
"""


def main(count: int) -> None:
    """Build and carry, beside the baselines."""
    settings.SHUKE_OUTGOING_ALLOWED = ("127.0.0.1",)
    parcels = [_parcel(number) for number in range(count)]
    writer, signing = (
        Writer(SENDER),
        Writer(SENDER, Signer(domain="news.willow.example", selector="s", private_key=_key())),
    )
    few = parcels[: max(count // 5, 100)]
    ours = _timed("built from bytes", len(parcels), lambda: [writer.write(one, now=NOW) for one in parcels])
    theirs = _timed("built by Python's email", len(few), lambda: [_by_email(one) for one in few])
    _timed("built and signed (RSA 2048)", len(few), lambda: [signing.write(one, now=NOW) for one in few])
    print(f"{'':34}{ours / theirs:8.1f} times as many per CPU-second")
    letters = [writer.write(one, now=NOW) for one in parcels]
    with sink() as port:
        carrier = SmtpCarrier(Server("127.0.0.1", port, security="none"), writer, Rates({}), lambda: NOW)
        load = Load(parcels, now=datetime.now(UTC))
        _timed("built and carried", count, lambda: list(carrier.carry(load, lambda _key: True)))
        carrier.close()
        with smtplib.SMTP("127.0.0.1", port) as bare:
            _timed(
                "ready letters by bare smtplib", count,
                lambda: [bare.sendmail(one.sender, one.recipient, one.data) for one in letters],
            )  # fmt: skip


def _parcel(number: int) -> Parcel:
    content = Content(subject=f"Hello {number}", text=f"Hi {number}\n" * 20, html=HTML.format(number))
    unsubscribe = {
        "List-Unsubscribe": f"<https://willow.example/u/{number}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }  # fmt: skip
    return testing.parcel(f"a{number}@shop.example", content=content, headers=unsubscribe, now=datetime.now(UTC))


def _by_email(parcel: Parcel) -> bytes:
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"], letter["Subject"] = (
        "Willow <hello@news.willow.example>",
        parcel.address,
        parcel.content.subject,
    )
    letter["Date"], letter["Message-ID"] = NOW, f"<{parcel.key}@news.willow.example>"
    for name, value in parcel.headers.items():
        letter[name] = value
    letter.set_content(parcel.content.text)
    letter.add_alternative(parcel.content.html, subtype="html")
    return letter.as_bytes()


def _key() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _timed(what: str, count: int, act: Callable[[], object]) -> float:
    wall, processor = time.perf_counter(), time.process_time()
    act()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(f"{what:34}{count / wall:8,.0f} a second {count / processor:8,.0f} per CPU-second")
    return count / processor


@contextmanager
def sink() -> Iterator[int]:
    """Run a mail server that forgets, and yield its port."""
    with subprocess.Popen([sys.executable, "-c", SINK], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield int(running.stdout.readline())
        finally:
            running.kill()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
