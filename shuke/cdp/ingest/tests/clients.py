"""One request of each shape that clients in the field send, made up."""

import gzip
import json
from typing import Any

SENT = "2024-06-15T11:59:59.000Z"
AT = "2024-06-15T11:59:58.500Z"


def track(n: int = 1, **said: Any) -> dict[str, Any]:
    return {
        "type": "track", "event": "Product Viewed", "messageId": f"m-{n}", "anonymousId": "anon-1", "timestamp": AT,
        "properties": {"product_id": "p1", "price": 19.5}, "context": {"library": {"name": "test"}}, **said,
    }  # fmt: skip


def segment_python() -> dict[str, Any]:
    """Key in header and body, keys with null values, one batch of every kind of call."""
    common = {
        "integrations": {},
        "timestamp": AT,
        "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
    }
    batch = [
        {**common, "anonymousId": None, "type": "identify", "userId": "u1", "messageId": "sp1",
         "traits": {"email": "a@example.com", "姓名": "张三", "createdAt": "2026-01-01T00:00:00"}},
        {**common, "anonymousId": None, "type": "track", "userId": "u1", "messageId": "sp2", "event": "Order Completed",
         "properties": {"order_id": "O1", "total": 27.5, "currency": "CNY", "products": [{"product_id": "p1", "price": 19, "quantity": 1}]}},
        {**common, "anonymousId": "anon-1", "userId": None, "type": "page", "name": "Python", "category": "Docs",
         "properties": {"url": "https://e/x"}, "messageId": "sp3"},
        {**common, "anonymousId": "anon-1", "userId": None, "type": "screen", "name": "Home", "properties": {}, "messageId": "sp4"},
        {**common, "anonymousId": None, "userId": "u1", "type": "group", "groupId": "g1", "traits": {"name": "Initech"}, "messageId": "sp5"},
        {**common, "anonymousId": None, "userId": "u1", "type": "alias", "previousId": "anon-1", "messageId": "sp6"},
    ]  # fmt: skip
    return shape("/v1/batch", {"batch": batch, "sentAt": SENT, "writeKey": "KEY"}, basic=True)


def segment_node() -> dict[str, Any]:
    body = {"batch": [track(1, _metadata={"nodeVersion": "v20"})], "writeKey": "KEY", "sentAt": SENT}
    return shape("/v1/batch", body, basic=True)


def segment_browser() -> dict[str, Any]:
    """Text, with the key in header and body, an event a request, ``sentAt`` in the event."""
    body = {**track(1, sentAt=SENT, userId=None), "writeKey": "KEY"}
    return shape("/v1/t", body, basic=True, headers={"content-type": "text/plain", "origin": "https://shop.example"})


def segment_browser_batching() -> dict[str, Any]:
    body = {"writeKey": "KEY", "batch": [track(1, writeKey="KEY")]}
    return shape("/v1/b", body, basic=True, headers={"content-type": "text/plain"})


def rudder_python() -> dict[str, Any]:
    """Key only in the header, gzip, traits only in the context."""
    identify = {"integrations": {"All": True}, "anonymousId": None, "timestamp": AT, "type": "identify", "userId": "u1",
                "context": {"traits": {"email": "a@example.com"}}, "messageId": "rp1", "channel": "server"}  # fmt: skip
    body = {"batch": [identify, track(2, userId="u1", anonymousId=None)], "sentAt": SENT}
    return shape("/v1/batch", body, basic=True, zipped=True)


def rudder_node() -> dict[str, Any]:
    """Gzip under a form's content type; ``originalTimestamp`` and ``sentAt`` in each event."""
    event = {**track(1, sentAt=SENT, originalTimestamp=AT, userId="u1")}
    del event["timestamp"]
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = {"batch": [event], "timestamp": SENT, "sentAt": SENT}
    return shape("/v1/batch", body, basic=True, zipped=True, headers=headers)


def rudder_browser() -> dict[str, Any]:
    headers = {
        "content-type": "application/json;charset=UTF-8",
        "anonymousid": "YW5vbi0x",
        "sentat": SENT,
        "origin": "https://shop.example",
    }
    return shape("/v1/track", {**track(1, originalTimestamp=AT, sentAt=SENT, userId="")}, basic=True, headers=headers)


def rudder_beacon() -> dict[str, Any]:
    """No header at all: the key stands in the query."""
    return shape(
        "/beacon/v1/batch", {"batch": [track(1)]}, query="writeKey=KEY", headers={"content-type": "text/plain"}
    )


def import_of_history() -> dict[str, Any]:
    return shape("/v1/import", {"batch": [track(1, timestamp="2019-01-01T00:00:00Z")]}, basic=True)


SHAPES = [
    segment_python, segment_node, segment_browser, segment_browser_batching, rudder_python, rudder_node, rudder_browser,
    rudder_beacon, import_of_history,
]  # fmt: skip


def shape(
    path: str,
    body: Any,
    *,
    basic: bool = False,
    zipped: bool = False,
    headers: dict[str, str] | None = None,
    query: str = "",
) -> dict[str, Any]:
    raw = json.dumps(body).encode()
    said = {"content-type": "application/json", **(headers or {})}
    if zipped:
        raw, said["content-encoding"] = gzip.compress(raw), "gzip"
    return {"path": path, "body": raw, "headers": said, "query": query, "basic": basic}
