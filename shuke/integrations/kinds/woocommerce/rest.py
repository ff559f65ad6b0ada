"""WooCommerce's REST API v3: everything, or everything modified after a moment, a hundred at a time."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
from django.utils.translation import gettext as _

from shuke.integrations.errors import ShopUnavailable
from shuke.integrations.kinds.kind import Surroundings
from shuke.integrations.kinds.reading import rows, text
from shuke.integrations.kinds.woocommerce import translating
from shuke.integrations.rules.records import Records
from shuke.platform.http import outgoing

_AT_ONCE = 100
_READERS = {"products": translating.product, "customers": translating.customer, "orders": translating.order}


class Rest:
    """The door of one shop."""

    def __init__(
        self, address: str, key: tuple[str, str], here: Surroundings, *, http: httpx.Client | None = None
    ) -> None:
        self._url = address.rstrip("/ ") + "/wp-json/wc/v3/"
        self._key, self._here = key, here
        self._http = http or outgoing.client()

    def check(self) -> str:
        """Return the address; raise ``ShopUnavailable`` if the keys do not open it."""
        self._get("orders", per_page=1)
        return self._url.partition("/wp-json")[0]

    def pages(
        self, since: datetime | None, cursor: Mapping[str, Any]
    ) -> Iterator[tuple[Records, dict[str, Any], int | None]]:
        """Yield records with the cursor behind them and how many there are of this kind."""
        resources = list(_READERS)
        first = str(cursor.get("resource", resources[0]))
        for resource in resources[resources.index(first) :]:
            page = int(cursor.get("page", 1)) if resource == first else 1
            while True:
                found, total = self._page(resource, since, page)
                page += 1
                yield self._records(resource, found), {"resource": resource, "page": page}, total
                if len(found) < _AT_ONCE:
                    break

    def orders(self, numbers: list[str]) -> Records:
        """Return orders by their ids."""
        answer = self._get("orders", include=",".join(numbers[:_AT_ONCE]), per_page=_AT_ONCE)
        return self._records("orders", rows(answer.json()))

    def _records(self, resource: str, found: list[dict[str, Any]]) -> Records:
        return Records.together(_READERS[resource](one, self._here) for one in found)

    def _page(self, resource: str, since: datetime | None, page: int) -> tuple[list[dict[str, Any]], int | None]:
        narrowed: dict[str, Any] = {}
        if since and resource != "customers":  # customers cannot be asked for by the time of their change
            narrowed = {"modified_after": f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}", "dates_are_gmt": "true"}
        answer = self._get(resource, per_page=_AT_ONCE, page=page, orderby="id", order="asc", **narrowed)
        total = answer.headers.get("x-wp-total", "")
        return rows(answer.json()), int(total) if total.isdecimal() else None

    def _get(self, resource: str, **query: Any) -> httpx.Response:
        try:
            answer = self._http.get(self._url + resource, params=query, auth=self._key)
        except httpx.HTTPError as away:
            raise ShopUnavailable(_("The shop did not answer: %s") % type(away).__name__) from away
        if answer.status_code != 200:
            detail = ""
            if answer.headers.get("content-type", "").startswith("application/json"):
                detail = text((answer.json() or {}).get("message"))
            raise ShopUnavailable(
                _("The shop answered {status}: {detail}").format(status=answer.status_code, detail=detail)
            )
        return answer
