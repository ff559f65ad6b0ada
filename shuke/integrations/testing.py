"""Connected shops for tests: a platform that signs what it sends, and a shop that tells one order's life."""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx

from shuke.integrations import actions, api
from shuke.integrations.actions.opening import reader_of
from shuke.integrations.models import Connection
from shuke.integrations.rules import signatures
from shuke.platform.company.actions import shop_named
from shuke.platform.staff.actor import Actor

SECRET = "a secret of twenty and more"  # noqa: S105  opens nothing
NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
BY = Actor.system("test")
_numbers = count(1)


def connect(kind: str, *, shop: str = "Willow", now: datetime = NOW, **more: str) -> Connection:
    """Connect a shop through the front door."""
    home = shop_named(shop, now=now, currency="CNY" if kind == "youzan" else "GBP")
    secrets = {"secret": SECRET} | {
        name: more.pop(name) for name in ("access_token", "key", "key_secret") if name in more
    }
    return actions.connect(kind, f"{shop} {kind}", secrets=secrets, settings=more, shop_id=home.pk, by=BY, now=now)


def headers(
    kind: str, body: bytes, *, topic: str = "", number: str = "", secret: str = SECRET, at: datetime = NOW
) -> dict[str, str]:
    """Return the headers with which a platform would send a body."""
    number = number or f"n{next(_numbers)}"
    if kind == "shopify":
        return {
            "x-shopify-topic": topic, "x-shopify-webhook-id": number, "x-shopify-triggered-at": at.isoformat(),
            "x-shopify-hmac-sha256": signatures.hmac_base64(secret, body),
        }  # fmt: skip
    if kind == "woocommerce":
        signature = signatures.hmac_base64(secret, body)
        return {"x-wc-webhook-topic": topic, "x-wc-webhook-delivery-id": number, "x-wc-webhook-signature": signature}
    if kind == "signed":
        stamp = str(int(at.timestamp()))
        signature = signatures.standard(secret.encode(), number, stamp, body)
        return {"webhook-id": number, "webhook-timestamp": stamp, "webhook-signature": signature}
    return {}


def send(to: Connection, topic: str, said: Any, *, now: datetime = NOW, **more: Any) -> int:
    """Send a call as the connection's platform would; return the status it was answered with."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return api.take(to.kind, to.token, headers(to.kind, body, topic=topic, at=now, **more), body, now=now)


def settle(*, now: datetime = NOW) -> None:
    """Apply whatever waits."""
    while actions.apply_waiting(reader_of, now=now):
        pass


@dataclass
class ShopifyOrder:
    """An order as Shopify keeps it; every step changes it and yields the calls that Shopify makes of it."""

    number: int
    started: datetime
    said: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        rng = random.Random(self.number)
        price = f"{rng.randrange(100, 9_000) / 100:.2f}"
        quantity = rng.randrange(1, 4)
        buyer = 9_007_199_254_740_993 + rng.randrange(200)  # past what a float can hold
        at = self.started.isoformat()
        self.said = {
            "id": 5_000_000_000_000_000_000 + self.number, "name": f"#{1000 + self.number}", "created_at": at, "updated_at": at,
            "currency": "GBP", "financial_status": "pending", "fulfillment_status": None, "closed_at": None,
            "cancelled_at": None, "cancel_reason": None, "source_name": "web", "total_discounts": "1.00", "total_tax": "0.50",
            "email": f"buyer{buyer}@example.com", "phone": None, "customer_locale": "en",
            "customer": {"id": buyer, "first_name": "Ada", "last_name": f"L{buyer % 97}", "email": f"buyer{buyer}@example.com"},
            "shipping_address": {"address1": "1 High Street", "city": "London", "country_code": "GB", "zip": "N1"},
            "line_items": [{
                "id": 1, "product_id": 700 + self.number % 20, "sku": f"S{self.number % 20}", "title": "Tea",
                "name": "Tea", "price": price, "quantity": quantity, "vendor": "Willow",
                "discount_allocations": [{"amount": "1.00"}],
            }],
            "shipping_lines": [{"price": "3.90"}], "discount_codes": [{"code": "SPRING", "amount": "1.00", "type": "fixed"}],
            "refunds": [], "fulfillments": [],
        }  # fmt: skip

    def life(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield (topic, payload) for creating, paying, shipping and refunding."""
        yield "orders/create", deepcopy(self.said)
        self._change(1, financial_status="paid")
        yield "orders/paid", deepcopy(self.said)
        parcel = {
            "id": 10_000 + self.number, "status": "success", "tracking_company": "Royal Mail", "tracking_number": "T1",
            "created_at": self._later(2), "updated_at": self._later(2), "shipment_status": "in_transit",
        }  # fmt: skip
        self._change(2, fulfillment_status="fulfilled", fulfillments=[parcel])
        yield "orders/fulfilled", deepcopy(self.said)
        refund = {
            "id": 20_000 + self.number, "order_id": self.said["id"], "created_at": self._later(3), "note": "broken",
            "refund_line_items": [], "transactions": [
                {"kind": "refund", "status": "success", "amount": "1.50", "currency": "GBP"}
            ],
        }  # fmt: skip
        self._change(3, financial_status="partially_refunded", refunds=[refund])
        yield "refunds/create", deepcopy(refund)
        yield "orders/updated", deepcopy(self.said)

    def _later(self, step: int) -> str:
        return (self.started + timedelta(hours=step)).isoformat()

    def _change(self, step: int, **said: Any) -> None:
        self.said |= {**said, "updated_at": self._later(step)}


class FakeShopify:
    """The Admin API of a shop, at the edge of the network: bulk operations over what its orders are now."""

    def __init__(self, orders: "dict[int, dict[str, Any]]") -> None:
        self.orders = orders
        self._operations: dict[str, list[dict[str, Any]]] = {}
        self._polls: set[str] = set()
        self.asked: list[str] = []

    def client(self) -> httpx.Client:
        """Return a client that reaches only this."""
        return httpx.Client(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            rows = self._operations[str(request.url).rpartition("/")[2]]
            return httpx.Response(200, text="".join(json.dumps(row) + "\n" for row in rows))
        if request.headers.get("X-Shopify-Access-Token") != "shpat_1":
            return httpx.Response(401)
        said = json.loads(request.content)
        self.asked.append(said["query"])
        return httpx.Response(200, json={"data": self._data(said["query"], said["variables"])})

    def _data(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        if "bulkOperationRunQuery" in query:
            return {
                "bulkOperationRunQuery": {"bulkOperation": {"id": self._begin(variables["query"])}, "userErrors": []}
            }
        if "node(id" in query:
            name = variables["id"]
            if name not in self._polls:  # it takes a moment
                self._polls.add(name)
                return {"node": {"id": name, "status": "RUNNING"}}
            count = str(len(self._operations[name]))
            return {
                "node": {
                    "id": name,
                    "status": "COMPLETED",
                    "objectCount": count,
                    "url": f"https://files.example/{name}",
                }
            }
        if "nodes(ids" in query:
            wanted = [int(one.rpartition("/")[2]) for one in variables["ids"]]
            return {"nodes": [_node(self.orders[one])[0] for one in wanted]}
        return {"shop": {"name": "Willow"}}

    def _begin(self, query: str) -> str:
        name = f"op{len(self._operations)}"
        rows: list[dict[str, Any]] = []
        if query.startswith("{ orders"):
            since = query.partition(">='")[2].partition("'")[0]
            for said in self.orders.values():
                if not since or said["updated_at"] >= since.replace("Z", "+00:00"):
                    rows += [_node(said)[0], *_node(said)[1]]
        self._operations[name] = rows
        return name


def _node(said: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return an order as GraphQL gives it, and its lines as a bulk file has them."""

    def money(amount: Any) -> dict[str, Any]:
        return {"shopMoney": {"amount": amount, "currencyCode": "GBP"}}

    order_id = f"gid://shopify/Order/{said['id']}"
    address, customer = said["shipping_address"], said["customer"]
    node = {
        "id": order_id, "name": said["name"], "createdAt": said["created_at"], "updatedAt": said["updated_at"],
        "currencyCode": said["currency"], "displayFinancialStatus": said["financial_status"].upper(),
        "displayFulfillmentStatus": (said["fulfillment_status"] or "unfulfilled").upper(), "sourceName": said["source_name"],
        "email": said["email"], "customerLocale": said["customer_locale"], "discountCodes": ["SPRING"],
        "totalDiscountsSet": money(said["total_discounts"]), "totalTaxSet": money(said["total_tax"]),
        "totalShippingPriceSet": money(said["shipping_lines"][0]["price"]),
        "shippingAddress": {**address, "countryCodeV2": address["country_code"]},
        "customer": {
            "id": f"gid://shopify/Customer/{customer['id']}", "firstName": customer["first_name"],
            "lastName": customer["last_name"], "email": customer["email"],
        },
        "refunds": [
            {"id": f"gid://shopify/Refund/{one['id']}", "createdAt": one["created_at"], "note": one["note"],
             "totalRefundedSet": money(one["transactions"][0]["amount"])} for one in said["refunds"]
        ],
        "fulfillments": [
            {"id": f"gid://shopify/Fulfillment/{one['id']}", "status": "SUCCESS", "createdAt": one["created_at"],
             "updatedAt": one["updated_at"], "displayStatus": "IN_TRANSIT",
             "trackingInfo": [{"company": one["tracking_company"], "number": one["tracking_number"]}]}
            for one in said["fulfillments"]
        ],
    }  # fmt: skip
    lines = [
        {
            "__parentId": order_id, "id": f"gid://shopify/LineItem/{one['id']}", "name": one["name"], "title": one["title"],
            "quantity": one["quantity"], "sku": one["sku"], "vendor": one["vendor"],
            "product": {"id": f"gid://shopify/Product/{one['product_id']}"}, "originalUnitPriceSet": money(one["price"]),
            "discountAllocations": [{"allocatedAmountSet": money(a["amount"])} for a in one["discount_allocations"]],
        } for one in said["line_items"]
    ]  # fmt: skip
    return node, lines
