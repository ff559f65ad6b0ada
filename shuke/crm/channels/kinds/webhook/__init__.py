"""Messages to a program of one's own: signed JSON (Standard Webhooks), from which it can do whatever it likes."""

import base64
import binascii
import hmac
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any

import httpx
from django.utils.translation import gettext_lazy as _

from shuke.crm.channels.errors import BadContent, NotGenuine
from shuke.crm.channels.kinds.http import HttpCarrier, Request, WithoutToken
from shuke.crm.channels.kinds.kind import Call, Capability, Carrier, Field, Heard, Reply, Setup
from shuke.crm.channels.kinds.sms.calls import items
from shuke.crm.channels.rules.parcels import ACCEPTED, FAILED, Handed, Parcel
from shuke.kernel.clock import utcnow

_SECONDS = 300
_LEAST_SECRET = 16
_WHAT = frozenset({"delivered", "bounced", "complained", "replied", "unsubscribed", "opened", "clicked"})


def signature(secret: str, number: str, at: str, body: bytes) -> str:
    """Return what Standard Webhooks calls a signature.

    >>> signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
    ...           b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = f"{number}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, sha256)).decode()


def _key(secret: str) -> bytes:
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


class _Webhook(WithoutToken):
    def __init__(self, setup: Setup, clock: Callable[[], datetime]) -> None:
        self._setup, self._clock = setup, clock

    def ask(self, parcel: Parcel, client: httpx.Client) -> Request:
        to = parcel.address
        if not to or len(to) > 400 or not to.isprintable() or " " in to or "," in to:
            raise BadContent("no address", code="bad_address")
        said = asdict(parcel.content) | {"params": dict(parcel.content.params)}
        body = json.dumps(
            {
                "key": parcel.key, "to": to, "purpose": parcel.purpose, "language": parcel.language,
                "content": {name: value for name, value in said.items() if value},
            },
            ensure_ascii=False,
        ).encode()  # fmt: skip
        at = str(int(self._clock().timestamp()))
        headers = {
            "Content-Type": "application/json", "webhook-id": parcel.key, "webhook-timestamp": at,
            "webhook-signature": signature(self._setup.secrets["secret"], parcel.key, at, body),
        }  # fmt: skip
        return Request("POST", self._setup.settings["url"], headers, body)

    def judge(self, parcel: Parcel, status: int, said: Any) -> Handed | None:
        if not 200 <= status < 300:
            return None
        if said.get("accepted") is False:
            reason = str(said.get("reason") or "")[:200].replace(parcel.address, "…")
            return Handed(parcel.key, FAILED, code="refused", detail=reason)
        return Handed(parcel.key, ACCEPTED, provider_id=str(said.get("id") or "")[:160], code=str(status))


class Webhook:
    """A program of one's own."""

    code = "webhook"
    channel = "webhook"
    label = _("Webhook")
    icon = "webhook"
    text = _("Each message goes as signed JSON to an address of yours.")
    capability = Capability("webhook", has_title=True, has_receipts=True, has_replies=True)
    fields: tuple[Field, ...] = (
        Field("url", _("Address"), _("It gets a POST for each message and answers with 200.")),
        Field("secret", _("Secret"), _("At least 16 characters; what is sent is signed with it."), is_secret=True),
    )

    def carrier(self, setup: Setup) -> Carrier:
        """Return what takes messages to the program."""
        return HttpCarrier(_Webhook(setup, utcnow))

    def problem(self, setup: Setup) -> Any:
        """Return what is wrong with what was entered."""
        if not setup.settings.get("url", "").startswith(("https://", "http://")):
            return _("An address begins with https://.")
        is_short = len(setup.secrets.get("secret", "")) < _LEAST_SECRET
        return _("The secret is too short to be safe: at least 16 characters.") if is_short else ""

    def hear(self, call: Call, setup: Setup, *, now: datetime) -> Reply:
        """Read receipts of the program, signed in the same way: a list of {id, what, key, code, text, address}."""
        number, at = call.headers.get("webhook-id", ""), call.headers.get("webhook-timestamp", "")
        expected = signature(setup.secrets.get("secret", ""), number, at, call.body)
        is_old = not at.isdigit() or abs(int(at) - now.timestamp()) > _SECONDS
        if is_old or not hmac.compare_digest(expected.encode(), call.headers.get("webhook-signature", "").encode()):
            raise NotGenuine("a wrong signature, or too old")
        return Reply(
            [
                Heard(
                    str(one["what"]), f"r:{one['id']}", key=str(one.get("key") or ""), address=str(one.get("address") or ""),
                    code=str(one.get("code") or ""), text=str(one.get("text") or ""),
                    is_permanent=one.get("is_permanent") is True,
                )
                for one in items(call.body)
                if one.get("what") in _WHAT and one.get("id")
            ]
        )  # fmt: skip


KIND = Webhook()
