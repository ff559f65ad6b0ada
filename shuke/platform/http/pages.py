"""The decorator that makes a function a staff page."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from shuke.platform.staff.permissions import TABLE

View = Callable[..., HttpResponse]

# In place of a permission: any logged-in member of staff; everybody.
STAFF = "staff"
ANYONE = "anyone"


def page(permission: str, *, methods: Sequence[str] = ("GET",)) -> Callable[[View], View]:
    """Let only logged-in staff who hold ``permission`` open a view, and only with ``methods``.

    The permission is checked before the view runs, so a refused call cannot have changed anything. Strangers are
    sent to the log-in page. ``STAFF`` asks only for a log-in, ``ANYONE`` for nothing. ``view.permission`` and
    ``view.methods`` let tests read what a route asks for.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if permission not in {STAFF, ANYONE} and not may(request, permission):
                raise PermissionDenied(permission)
            return view(request, *args, **kwargs)

        allowed = [*methods, "HEAD"] if "GET" in methods else list(methods)
        entered = guarded if permission == ANYONE else login_required(guarded)
        wrapped = require_http_methods(allowed)(entered)
        wrapped.permission = permission  # type: ignore[attr-defined]
        wrapped.methods = tuple(methods)  # type: ignore[attr-defined]
        return wrapped

    return decorate


def may(request: HttpRequest, permission: str) -> bool:
    """Whether the person behind ``request`` holds ``permission``; False for strangers."""
    user = request.user
    return bool(user.is_authenticated and user.is_active and TABLE.allows(user.role, permission))
