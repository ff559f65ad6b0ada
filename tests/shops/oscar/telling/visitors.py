"""Who a request is by: the cookie of the tracker, which on a visitor's first page is not there yet."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

COOKIE = "shuke_id"
_TWO_YEARS = 63_072_000


class Visitors:
    """Middleware that gives a visitor their id with the first page; the tracker takes it over."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> Any:
        known = request.COOKIES.get(COOKIE)
        request.visitor = known or str(uuid4())
        response = self._get_response(request)
        if not known:
            response.set_cookie(COOKIE, request.visitor, max_age=_TWO_YEARS, samesite="Lax")
        return response
