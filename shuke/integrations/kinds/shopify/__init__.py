"""Shopify: webhooks signed with the app's secret, and the Admin API in GraphQL."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from shuke.integrations.errors import NotGenuine
from shuke.integrations.kinds.kind import Client, Field, Incoming, Surroundings
from shuke.integrations.kinds.reading import moment
from shuke.integrations.kinds.shopify import admin, translating
from shuke.integrations.rules import signatures
from shuke.integrations.rules.records import Records


class Shopify:
    """The kind."""

    code = "shopify"
    label = _("Shopify")
    icon = "shopping-bag"
    text = _("Orders, refunds, customers, products and carts by webhook; everything there is by the Admin API.")
    makes_secret = False
    topics: tuple[str, ...] = translating.TOPICS
    fields: tuple[Field, ...] = (
        Field("address", _("Shop address"), _("As in the admin: willow.myshopify.com")),
        Field("secret", _("Client secret of the app"), _("Signs what Shopify sends."), is_secret=True),
        Field(
            "access_token", _("Admin API access token"), _("Reads orders, customers and products: for the backfill."),
            is_secret=True, is_required=False,
        ),
    )  # fmt: skip

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Mapping[str, Any], *, now: datetime) -> Incoming:
        """Check the signature with the present secret and, while one is being changed, the earlier one."""
        known = [secret for name in ("secret", "previous_secret") if (secret := secrets.get(name))]
        given = headers.get("x-shopify-hmac-sha256", "")
        if not signatures.is_one_of(given, (signatures.hmac_base64(secret, body) for secret in known)):
            raise NotGenuine("wrong signature")
        return Incoming(
            topic=headers.get("x-shopify-topic", ""),
            external_id=headers.get("x-shopify-webhook-id") or headers.get("x-shopify-event-id", ""),
            triggered_at=moment(headers.get("x-shopify-triggered-at")),
        )

    def translate(self, topic: str, said: Any, here: Surroundings) -> Records:
        """Return what a call amounts to."""
        return translating.translate(topic, said, here)

    def client(self, settings: Mapping[str, Any], secrets: Mapping[str, Any], here: Surroundings) -> Client | None:
        """Return the Admin API, if a token was given."""
        token = secrets.get("access_token")
        return admin.Admin(str(settings.get("address", "")), str(token), here) if token else None

    def instructions(self, hook_url: str) -> list[Any]:
        """Return what to do in Shopify's admin."""
        return [
            _("In the Shopify admin, open Settings → Apps and sales channels → Develop apps, and create an app."),
            _("Give it read access to orders, customers, products and checkouts, and install it."),
            _(
                "Under Settings → Notifications → Webhooks, or by the app, send the topics below as JSON to this address."
            ),
        ]


KIND = Shopify()
