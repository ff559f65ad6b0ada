"""Which of django-allauth's pages exist here.

Accounts are made by managers, so there is no sign-up, and nobody changes a log-in address alone. Allauth reverses the
names of pages we do not offer; under those names stands a page that is not found.
"""

from typing import NoReturn

from allauth.account import urls as account
from allauth.mfa import urls as second_factor
from django.http import Http404, HttpRequest
from django.urls import URLPattern, URLResolver, include, path

_OFFERED = {
    "account_login", "account_logout", "account_inactive", "account_reauthenticate", "account_change_password",
    "account_set_password", "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}  # fmt: skip


def not_offered(_request: HttpRequest, **_captured: str) -> NoReturn:
    """Answer 404."""
    raise Http404


def _ours(pattern: URLPattern) -> URLPattern:
    if pattern.name in _OFFERED:
        return pattern
    return URLPattern(pattern.pattern, not_offered, pattern.default_args, pattern.name)


urlpatterns: list[URLPattern | URLResolver] = [
    *(_ours(pattern) for pattern in account.urlpatterns),
    path("2fa/", include(second_factor.urlpatterns)),
]
