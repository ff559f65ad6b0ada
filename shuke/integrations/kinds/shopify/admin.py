"""Shopify's Admin API: everything, or everything changed since a moment, by one bulk operation per kind of record.

A bulk operation is started with a query, watched until it is done, and its answer is one file with a JSON object a line:
parents first, children with ``__parentId``. Source: Shopify's guide to bulk operations in GraphQL.
"""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
from django.utils.translation import gettext as _

from shuke.integrations.errors import ShopUnavailable
from shuke.integrations.kinds.kind import Surroundings
from shuke.integrations.kinds.reading import part, text
from shuke.integrations.kinds.shopify import nodes
from shuke.integrations.rules.records import Records
from shuke.platform.http import outgoing

VERSION = "2026-10"
_ROWS_AT_ONCE = 200
_DEEP_AT_ONCE = 20
_POLL_SECONDS = 2.0
_MOST_PAUSES = 10
_MOST_POLLS = 5_400
_RESOURCES = ("products", "customers", "orders")
_DONE = "COMPLETED"

_START = """mutation($query: String!) { bulkOperationRunQuery(query: $query) {
  bulkOperation { id status } userErrors { field message } } }"""
_WATCH = "query($id: ID!) { node(id: $id) { ... on BulkOperation { id status errorCode objectCount url } } }"


class Admin:
    """The door of one shop."""

    def __init__(self, address: str, token: str, here: Surroundings, *, http: httpx.Client | None = None) -> None:
        host = address.removeprefix("https://").removeprefix("http://").strip("/ ")
        self._url = f"https://{host}/admin/api/{VERSION}/graphql.json"
        self._token, self._here = token, here
        self._http = http or outgoing.client()
        self._pause = time.sleep

    def check(self) -> str:
        """Return the shop's name; raise ``ShopUnavailable``."""
        return text(self._ask("query { shop { name } }").get("shop", {}).get("name"))

    def pages(
        self, since: datetime | None, cursor: Mapping[str, Any]
    ) -> Iterator[tuple[Records, dict[str, Any], int | None]]:
        """Yield records with the cursor behind them and how many there are of this kind."""
        first = str(cursor.get("resource", _RESOURCES[0]))
        for resource in _RESOURCES[_RESOURCES.index(first) :]:
            known = cursor if resource == first else {}
            operation = str(known.get("operation") or self._start(resource, since))
            url, total = self._wait(operation)
            done = int(known.get("done", 0))
            at = {"resource": resource, "operation": operation}
            for rows in self._read(url, skip=done):
                done += len(rows)
                # All there is may be millions, and is history; what changed lately is few, and has to be whole.
                whole = self._deepened(rows) if since and resource == "orders" else rows
                yield nodes.records(resource, whole, self._here), at | {"done": done}, total

    def orders(self, numbers: list[str]) -> Records:
        """Return orders by their ids."""
        ids = [number if number.startswith("gid:") else f"gid://shopify/Order/{number}" for number in numbers]
        found = self._ask("query($ids: [ID!]!) { nodes(ids: $ids) { ... on Order {" + nodes.ORDER + "} } }", ids=ids)
        rows = [nodes.flat(one) for one in found.get("nodes", []) if isinstance(one, dict)]
        return nodes.records("orders", self._deepened(rows), self._here)

    def _deepened(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return orders with the lines of their refunds and parcels."""
        deep = [str(row.get("id")) for row in rows if nodes.is_deep(row)]
        details: dict[str, dict[str, Any]] = {}
        for start in range(0, len(deep), _DEEP_AT_ONCE):
            asked = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Order {" + nodes.DETAILS + "} } }"
            found = self._ask(asked, ids=deep[start : start + _DEEP_AT_ONCE]).get("nodes") or []
            details |= {str(one.get("id")): one for one in found if isinstance(one, dict)}
        return [nodes.deepen(row, details.get(str(row.get("id")), {})) for row in rows]

    def _start(self, resource: str, since: datetime | None) -> str:
        narrowed = ""
        if since:
            narrowed = f"(query: \"updated_at:>='{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'\")"
        query = f"{{ {resource}{narrowed} {{ edges {{ node {{ {nodes.FIELDS[resource]} }} }} }} }}"
        answer = self._ask(_START, query=query).get("bulkOperationRunQuery") or {}
        if problems := answer.get("userErrors"):
            raise ShopUnavailable(text(problems[0].get("message")) or "bulk operation refused")
        return text((answer.get("bulkOperation") or {}).get("id"))

    def _wait(self, operation: str) -> tuple[str, int]:
        for _turn in range(_MOST_POLLS):
            node = self._ask(_WATCH, id=operation).get("node") or {}
            if node.get("status") == _DONE:
                return text(node.get("url"), 4_000), int(node.get("objectCount") or 0)
            if node.get("status") not in {"CREATED", "RUNNING"}:
                raise ShopUnavailable(
                    _("Shopify gave up the export: %s") % text(node.get("errorCode") or node.get("status"))
                )
            self._pause(_POLL_SECONDS)
        raise ShopUnavailable(_("Shopify's export takes too long."))

    def _read(self, url: str, *, skip: int) -> Iterator[list[dict[str, Any]]]:
        """Yield whole records, children put into their parents, some at once."""
        if not url:
            return
        try:
            with self._http.stream("GET", url) as answer:
                answer.raise_for_status()
                batch: list[dict[str, Any]] = []
                for number, row in enumerate(
                    nodes.assembled(json.loads(line, parse_float=str) for line in answer.iter_lines() if line)
                ):
                    if number < skip:
                        continue
                    batch.append(row)
                    if len(batch) >= _ROWS_AT_ONCE:
                        yield batch
                        batch = []
                if batch:
                    yield batch
        except httpx.HTTPError as away:
            raise ShopUnavailable(_("Shopify did not answer: %s") % type(away).__name__) from away

    def _ask(self, asked: str, **variables: Any) -> dict[str, Any]:
        for _turn in range(_MOST_PAUSES):
            said = self._answer(asked, variables)
            errors = said.get("errors")
            if not errors:
                return said.get("data") or {}
            first = errors[0] if isinstance(errors, list) else {"message": errors}
            if part(first, "extensions").get("code") != "THROTTLED":
                raise ShopUnavailable(text(part({"error": first}, "error").get("message")) or "GraphQL error")
            self._pause(_POLL_SECONDS)
        raise ShopUnavailable(_("Shopify asks us to come back later."))

    def _answer(self, asked: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = self._http.post(
                self._url,
                json={"query": asked, "variables": variables},
                headers={"X-Shopify-Access-Token": self._token},
            )
        except httpx.HTTPError as away:
            raise ShopUnavailable(_("Shopify did not answer: %s") % type(away).__name__) from away
        if answer.status_code != 200:
            raise ShopUnavailable(_("Shopify answered %s.") % answer.status_code)
        try:
            said = answer.json()
        except ValueError as unreadable:
            raise ShopUnavailable(_("Shopify answered what cannot be read.")) from unreadable
        return said if isinstance(said, dict) else {}
