"""Youzan 有赞: pushed messages, signed over the message as it stands in the request."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from django.utils.translation import gettext_lazy as _

from shuke.integrations.errors import NotGenuine
from shuke.integrations.kinds.kind import Client, Field, Incoming, Surroundings
from shuke.integrations.kinds.reading import text
from shuke.integrations.kinds.youzan import translating
from shuke.integrations.rules import signatures
from shuke.integrations.rules.records import Records


class Youzan:
    """The kind."""

    code = "youzan"
    label = _("Youzan")
    icon = "building-store"
    text = _("Trades of a Youzan shop, as its cloud pushes them.")
    makes_secret = False
    topics: tuple[str, ...] = (
        "trade_TradeCreate", "trade_TradePaid", "trade_TradeBuyerPay", "trade_TradeSellerShip", "trade_TradeSuccess",
        "trade_TradeClose",
    )  # fmt: skip
    fields: tuple[Field, ...] = (
        Field("client_id", _("client_id of the application")),
        Field("secret", _("client_secret of the application"), _("Signs what Youzan pushes."), is_secret=True),
    )

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Mapping[str, Any], *, now: datetime) -> Incoming:
        """Check the signature over the encoded message: decoding first would change its bytes."""
        try:
            said = json.loads(body)
        except (ValueError, RecursionError) as broken:
            raise NotGenuine("not JSON") from broken
        if not isinstance(said, dict):
            raise NotGenuine("not an object")
        if said.get("test") is True and not said.get("msg"):
            return Incoming("ping", "", is_ping=True)
        client_id, message = text(said.get("client_id")), said.get("msg")
        known = [secret for name in ("secret", "previous_secret") if (secret := secrets.get(name))]
        expected = [signatures.youzan(client_id, str(message), secret) for secret in known]
        if not isinstance(message, str) or not signatures.is_one_of(text(said.get("sign")).lower(), expected):
            raise NotGenuine("wrong signature")
        return Incoming(text(said.get("type"), 80), text(said.get("msg_id"), 120))

    def translate(self, topic: str, said: Any, here: Surroundings) -> Records:
        """Return what a push amounts to."""
        message = said.get("msg") if isinstance(said, dict) else None
        try:
            inner = json.loads(unquote_plus(message or ""), parse_float=str)
        except (ValueError, RecursionError):
            inner = None
        version = said.get("version") if isinstance(said, dict) else None
        return translating.translate(topic, inner, here, status=text(said.get("status")), version=text(version))

    def client(self, settings: Mapping[str, Any], secrets: Mapping[str, Any], here: Surroundings) -> Client | None:
        """Return nothing: fetching orders needs an authorised cloud application."""
        return None

    def instructions(self, hook_url: str) -> list[Any]:
        """Return what to do at Youzan."""
        return [
            _("In the Youzan cloud console, open your application and choose Message subscriptions."),
            _("Subscribe to the trade messages and enter the address shown here as the push address."),
        ]


KIND = Youzan()
