"""Sending what was put down, in order, each message until it is taken."""

import base64
import hashlib
import hmac
import json
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

_wake = threading.Event()
_guard = threading.Lock()
_sender: list[threading.Thread] = []


def put(door: str, said: dict[str, Any]) -> None:
    """Write a message down, in the transaction of what it tells of, and wake the sender afterwards."""
    from tests.shops.oscar.telling.models import Outgoing

    if not settings.SHUKE_HOOK:
        return
    if door == "event":
        said = {**said, "timestamp": timezone.now().isoformat()}
    Outgoing.objects.create(door=door, said=said)
    transaction.on_commit(_start)


def _start() -> None:
    with _guard:
        if not _sender:
            _sender.append(threading.Thread(target=_work, daemon=True))
            _sender[0].start()
    _wake.set()


def _work() -> None:
    wait = 0.1
    while True:
        try:
            is_through = _send_next()
        except DatabaseError:
            # The shop is busy. What was sent and could not be noted is sent again: its id is the same.
            connection.close()
            is_through = False
        wait = 0.1 if is_through else min(wait * 2, 30)
        if not is_through:
            time.sleep(wait)


def _send_next() -> bool:
    """Send the oldest message, waiting for one if there is none; return whether it was taken."""
    from tests.shops.oscar.telling.models import Outgoing

    message = Outgoing.objects.filter(sent_at=None).order_by("made_at").first()
    if message is None:
        _wake.wait(5)
        _wake.clear()
        return True
    message.attempts += 1
    is_through = _sent(message)
    if is_through:
        message.sent_at = timezone.now()
    message.save()
    return is_through


def _sent(message: Any) -> bool:
    """Whether Shuke took a message. What it finds wrong is kept there and shown, so only 2xx matters."""
    make = _event if message.door == "event" else _record
    try:
        with urllib.request.urlopen(make(str(message.pk), message.said), timeout=10) as answer:
            return 200 <= answer.status < 300
    except (OSError, urllib.error.HTTPError):
        return False


def _event(number: str, said: dict[str, Any]) -> urllib.request.Request:
    body = json.dumps({"batch": [{**said, "messageId": number}], "sentAt": timezone.now().isoformat()}).encode()
    key = base64.b64encode(f"{settings.SHUKE_WRITE_KEY}:".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {key}"}
    return urllib.request.Request(f"{settings.SHUKE_COLLECTOR}/v1/batch", body, headers)


def _record(number: str, said: dict[str, Any]) -> urllib.request.Request:
    """Signed after Standard Webhooks."""
    body, stamp = json.dumps(said).encode(), str(int(time.time()))
    signature = hmac.new(settings.SHUKE_SECRET.encode(), f"{number}.{stamp}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "Content-Type": "application/json",
        "Webhook-Id": number,
        "Webhook-Timestamp": stamp,
        "Webhook-Signature": "v1," + base64.b64encode(signature).decode(),
    }
    return urllib.request.Request(settings.SHUKE_HOOK, body, headers)
