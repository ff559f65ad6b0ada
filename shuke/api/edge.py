"""The API, put together from the routers that domains list in their manifests."""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from typing_extensions import override

from shuke.api import problems
from shuke.api.idempotency import repeatable
from shuke.api.parsing import BodyParser
from shuke.platform.manifest import installed

_ABOUT = """
Read and write customers, products, orders, refunds and segments.

**Keys.** Send `Authorization: Bearer <key>`. Each key has scopes; each operation names the one it needs.

**Lists** answer `{"items": […], "next": cursor | null}`; pass `next` as `cursor` to go on.

**Batches** take up to 500 records, each known by its shop and its own id there. Each is judged by itself: the answer
says of every item whether it was created, updated, unchanged or refused, and why. Sending a batch again changes nothing.

**Repeating.** A write may carry an `Idempotency-Key`; the same key within a day returns the first answer.

**Problems** are documents of type `application/problem+json` (RFC 9457) with a stable `code`.

**Limits.** 20 calls a second per key, bursts of 100; then 429 with `Retry-After`.
""".strip()


class _Edge(NinjaAPI):
    """NinjaAPI whose every refusal is a problem document."""

    @override
    def on_exception(self, request: HttpRequest, exc: Any) -> HttpResponse:
        """Return the problem document of ``exc``."""
        return problems.of(request, exc)


@lru_cache(maxsize=1)
def edge() -> NinjaAPI:
    """Return the API with every installed domain's router."""
    built = _Edge(
        title="Shuke API", version="1", description=_ABOUT, urls_namespace="api", docs_url=None,
        openapi_url="/openapi.json", parser=BodyParser(),
    )  # fmt: skip
    built.add_decorator(repeatable, mode="view")
    for manifest in installed():
        if manifest.api is not None:
            built.add_router("", manifest.api, tags=[manifest.domain])
    return built
