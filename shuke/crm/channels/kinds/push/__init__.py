"""Web push: notifications in the browser of somebody who allowed them, through the push service of that browser."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
from django.utils.translation import gettext_lazy as _

from shuke.crm.channels.errors import BadContent, NotGenuine
from shuke.crm.channels.kinds.http import HttpCarrier, Request, WithoutToken
from shuke.crm.channels.kinds.kind import Call, Capability, Carrier, Field, Reply, Setup
from shuke.crm.channels.kinds.push import encryption
from shuke.crm.channels.rules.parcels import ACCEPTED, FAILED, Handed, Parcel
from shuke.kernel.clock import utcnow

_HALF_A_DAY = 12 * 3600
_GONE = {404, 410}


class _Push(WithoutToken):
    def __init__(self, setup: Setup, clock: Callable[[], datetime]) -> None:
        self._setup, self._clock = setup, clock
        self._key = encryption.private_key(setup.secrets["private_key"])

    def ask(self, parcel: Parcel, client: httpx.Client) -> Request:
        endpoint, receiver, auth = _subscription(parcel.address)
        content = parcel.content
        said = {
            "key": parcel.key, "title": content.title, "body": content.body or content.text, "url": content.url,
            "image": content.image,
        }  # fmt: skip
        plain = json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False).encode()
        if not content.title and not said["body"]:
            raise BadContent("nothing to say", code="empty")
        if len(plain) > encryption.MOST_BYTES:
            raise BadContent("too long for a notification", code="too_large")
        try:
            body = encryption.encrypted(plain, receiver=receiver, auth=auth)
        except ValueError as wrong:
            raise BadContent("no subscription", code="bad_address") from wrong
        until = int(self._clock().timestamp()) + _HALF_A_DAY
        who = encryption.identification(
            self._key, audience=f"{endpoint.scheme}://{endpoint.netloc.decode()}",
            subject=self._setup.settings["subject"], expires_at=until,
        )  # fmt: skip
        headers = {
            "Authorization": who, "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream", "TTL": "86400",
            "Topic": encryption.topic_of(parcel.key), "Urgency": "normal",
        }  # fmt: skip
        return Request("POST", str(endpoint), headers, body)

    def judge(self, parcel: Parcel, status: int, said: Any) -> Handed | None:
        if 200 <= status < 300:
            return Handed(parcel.key, ACCEPTED, code=str(status))
        if status in _GONE:
            return Handed(parcel.key, FAILED, code="gone", detail=str(status), is_address=True)
        return None


def _subscription(address: str) -> tuple[httpx.URL, bytes, bytes]:
    """Return where a browser is reached and with which keys; an address is its subscription, as JSON."""
    try:
        said = json.loads(address)
        endpoint = httpx.URL(said["endpoint"])
        receiver, auth = encryption.unpacked(said["keys"]["p256dh"]), encryption.unpacked(said["keys"]["auth"])
    except (ValueError, TypeError, KeyError, RecursionError, httpx.InvalidURL) as wrong:
        raise BadContent("no subscription", code="bad_address") from wrong
    if endpoint.scheme not in {"https", "http"} or not endpoint.host or len(receiver) != 65 or len(auth) != 16:
        raise BadContent("no subscription", code="bad_address")
    return endpoint, receiver, auth


class Push:
    """Web push with keys of one's own."""

    code = "web_push"
    channel = "push"
    label = _("Web push")
    icon = "bell"
    text = _("Notifications in the browsers of customers who allowed them. No provider is needed.")
    capability = Capability("push", max_chars=240, has_title=True)
    fields: tuple[Field, ...] = (
        Field("subject", _("Contact"), _("For push services, such as mailto:admin@example.com.")),
        Field(
            "private_key", _("Private key (VAPID)"), _("43 characters, as “web-push generate-vapid-keys” prints it."),
            is_secret=True,
        ),
    )  # fmt: skip

    def carrier(self, setup: Setup) -> Carrier:
        """Return what takes notifications to push services."""
        return HttpCarrier(_Push(setup, utcnow))

    def problem(self, setup: Setup) -> Any:
        """Return what is wrong with what was entered."""
        if not setup.settings.get("subject", "").startswith(("mailto:", "https://")):
            return _("The contact begins with mailto: or https://.")
        try:
            encryption.private_key(setup.secrets.get("private_key", ""))
        except ValueError:
            return _("This is no private key of 43 characters.")
        return ""

    def hear(self, call: Call, setup: Setup, *, now: datetime) -> Reply:
        """Refuse: push services say everything at once."""
        raise NotGenuine("push services do not call")


KIND = Push()
