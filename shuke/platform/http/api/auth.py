"""Bearer keys and scopes."""

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer
from typing_extensions import override

from shuke.platform.http.api.errors import ScopeMissing, TooManyCalls
from shuke.platform.http.api.limits import LIMITER, PAGE_LIMITER
from shuke.platform.staff import api_keys
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import ApiKey


class ScopedKey(HttpBearer):
    """Lets a call in that carries a working key with ``scope``, and makes the key its actor.

    Sessions of staff do not count here, so a page somewhere else cannot make a browser call the API.
    """

    def __init__(self, scope: str, *, is_for_pages: bool = False) -> None:
        super().__init__()
        self.scope = scope
        self._limiter = PAGE_LIMITER if is_for_pages else LIMITER

    @override
    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        """Return the key, or None for an unknown one; raise ``ScopeMissing`` and ``TooManyCalls``."""
        key = api_keys.recognise(token)
        if key is None:
            return None
        if wait := self._limiter.wait_for(key.pk):
            raise TooManyCalls(wait)
        if self.scope not in key.scopes:
            raise ScopeMissing(self.scope)
        api_keys.note_use(key, now=request.now)  # type: ignore[attr-defined]
        request.actor = Actor.of_key(key)  # type: ignore[attr-defined]
        return key


def needs(scope: str, *, is_for_pages: bool = False) -> dict[str, Any]:
    """Return what guards an operation with ``scope``: ``@router.get("/orders", **needs("orders:read"))``.

    ``is_for_pages`` is for reading what a shop needs while it builds a page: it may be called much more often.
    """
    if scope not in api_keys.SCOPES:
        raise ValueError(f"unknown scope {scope}")
    return {"auth": ScopedKey(scope, is_for_pages=is_for_pages), "openapi_extra": {"x-scope": scope}}
