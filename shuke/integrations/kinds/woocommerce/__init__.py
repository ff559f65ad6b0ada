"""WooCommerce: webhooks signed with a secret of their own, and REST v3."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext_lazy as _

from shuke.integrations.errors import NotGenuine
from shuke.integrations.kinds.kind import Client, Field, Incoming, Surroundings
from shuke.integrations.kinds.woocommerce import rest, translating
from shuke.integrations.rules import signatures
from shuke.integrations.rules.records import Records


class WooCommerce:
    """The kind."""

    code = "woocommerce"
    label = _("WooCommerce")
    icon = "shopping-cart"
    text = _("Orders, customers and products of a WordPress shop, by webhook and by REST.")
    makes_secret = True
    topics: tuple[str, ...] = translating.TOPICS
    fields: tuple[Field, ...] = (
        Field("address", _("Address of the shop"), _("Such as https://willow.example")),
        Field("secret", _("Secret of the webhooks"), _("Use the same for every webhook of this shop."), is_secret=True),
        Field(
            "key", _("Consumer key"), _("Read access is enough: for the backfill."), is_secret=True, is_required=False
        ),
        Field("key_secret", _("Consumer secret"), is_secret=True, is_required=False),
    )

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Mapping[str, Any], *, now: datetime) -> Incoming:
        """Check the signature. The first call only tries the address: it has no order in it and no usable signature."""
        if _is_ping(headers, body):
            return Incoming("ping", "", is_ping=True)
        known = [secret for name in ("secret", "previous_secret") if (secret := secrets.get(name))]
        given = headers.get("x-wc-webhook-signature", "")
        if not signatures.is_one_of(given, (signatures.hmac_base64(secret, body) for secret in known)):
            raise NotGenuine("wrong signature")
        # The shop makes that number of the webhook and the second: two orders of one second have the same.
        number = f"{headers.get('x-wc-webhook-delivery-id', '')[:60]}:{sha256(body).hexdigest()[:32]}"
        return Incoming(headers.get("x-wc-webhook-topic", ""), number)

    def translate(self, topic: str, said: Any, here: Surroundings) -> Records:
        """Return what a call amounts to."""
        return translating.translate(topic, said, here)

    def client(self, settings: Mapping[str, Any], secrets: Mapping[str, Any], here: Surroundings) -> Client | None:
        """Return the REST door, if its keys were given."""
        if not secrets.get("key"):
            return None
        return rest.Rest(
            str(settings.get("address", "")), (str(secrets["key"]), str(secrets.get("key_secret", ""))), here
        )

    def instructions(self, hook_url: str) -> list[Any]:
        """Return what to do in WooCommerce."""
        return [
            _(
                "In WordPress, open WooCommerce → Settings → Advanced → Webhooks and add a webhook for each topic below."
            ),
            _("Status Active, delivery URL as shown here, the secret that you entered here, API version 3."),
            _("For the backfill, make a key with read access under Settings → Advanced → REST API."),
        ]


def _is_ping(headers: Mapping[str, str], body: bytes) -> bool:
    return not headers.get("x-wc-webhook-topic") and (not body or body.startswith(b"webhook_id="))


KIND = WooCommerce()
