"""The generic webhook: any system that can sign a JSON body, after Standard Webhooks 1.0."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from shuke.integrations.errors import NotGenuine
from shuke.integrations.kinds.kind import Client, Field, Incoming, Surroundings
from shuke.integrations.kinds.signed import messages
from shuke.integrations.rules import signatures, wording
from shuke.integrations.rules.records import Records


class Signed:
    """The kind."""

    code = "signed"
    label = _("Signed webhook")
    icon = "webhook"
    text = _("Any shop or system of your own that can sign what it sends.")
    makes_secret = True
    topics: tuple[str, ...] = tuple(messages.TYPES)
    fields: tuple[Field, ...] = (
        Field("secret", _("Secret"), _("At least 24 characters; the sender signs with it."), is_secret=True),
    )

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Mapping[str, Any], *, now: datetime) -> Incoming:
        """Check signature and time: a recorded call cannot be played again later."""
        number, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        known = [_key(secret) for name in ("secret", "previous_secret") if (secret := secrets.get(name))]
        expected = [signatures.standard(secret, number, timestamp, body) for secret in known]
        given = headers.get("webhook-signature", "").split()[:8]
        if not number or not any(signatures.is_one_of(one, expected) for one in given):
            raise NotGenuine("wrong signature")
        if not signatures.is_timely(timestamp, now):
            raise NotGenuine("too old", reason=wording.TOO_OLD)
        return Incoming("message", number, datetime.fromtimestamp(int(timestamp), UTC))

    def translate(self, topic: str, said: Any, here: Surroundings) -> Records:
        """Return what a message amounts to."""
        return messages.translate(said, here)

    def client(self, settings: Mapping[str, Any], secrets: Mapping[str, Any], here: Surroundings) -> Client | None:
        """Return nothing: this kind only listens."""
        return None

    def instructions(self, hook_url: str) -> list[Any]:
        """Return what the sender has to do."""
        return [
            _("POST a JSON object with “type” and “data” to this address; the documentation lists the types."),
            _("Send the headers webhook-id, webhook-timestamp and webhook-signature after Standard Webhooks."),
            _("Any answer but 2xx means: send again later, with the same webhook-id."),
        ]


def _key(secret: str) -> bytes:
    """Return the bytes of a secret, which the standard writes as ``whsec_`` and base64."""
    if secret.startswith("whsec_"):
        try:
            return b64decode(secret.removeprefix("whsec_"), validate=True)
        except NotBase64:
            pass
    return secret.encode()


KIND = Signed()
