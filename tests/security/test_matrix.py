"""Every staff route, asked by every role and by a stranger: open to those whom the policy names, shut to the others.

A shut door also changes nothing: the whole database is compared.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from shuke.platform.staff.models import Staff
from tests.architecture.routes import Route, policy, routes

ROLES = ["owner", "admin", "marketer", "agent", "analyst", "finance", "stranger"]
_UUID = "01900000-0000-7000-8000-000000000000"
SAMPLES = {"int": "1", "str": "sample", "slug": "sample", "path": "sample", "uuid": _UUID, "uuidstr": _UUID}
# Leaving would end the session that the other routes are asked with.
_ENDS_THE_SESSION = {"account_logout"}
# Called by programs and mailboxes, without a session: what they name is unguessable or signed, and nobody's session is used.
_WITHOUT_SESSION = {"messaging:unsubscribe", "messaging:preferences", "journeys:hook"}
Browsers = dict[str, Client]


def address(route: Route) -> str:
    plain = re.sub(r"\(\?P<\w+>[^)]*\)", "sample", route.pattern)
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda match: SAMPLES[match[1] or "str"], re.sub(r"[\^$]", "", plain))


def staff_routes() -> list[tuple[Route, str, str]]:
    return [
        (route, method, who)
        for route in routes()
        if not route.operations and route.name not in _ENDS_THE_SESSION
        for method, who in policy()[route.name].items()
    ]


def _is_open_to(who: str, role: str, cast: dict[str, Staff]) -> bool:
    if who in {"anyone", "nobody"}:
        return True
    return role != "stranger" and (who == "staff" or cast[role].may(who))


def _is_log_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and response["Location"].startswith("/accounts/login/")


@pytest.mark.django_db
@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("role", ROLES)
def test_doors_are_open_and_shut_as_the_policy_says(
    role: str, cast: dict[str, Staff], browsers: Browsers, fingerprint: Callable[[], str]
) -> None:
    before, wrong = fingerprint(), []
    for route, method, who in staff_routes():
        with transaction.atomic():  # so that every route meets the same database
            response = browsers[role].generic(method, address(route))
            if _is_open_to(who, role, cast):
                is_right = _answers(response, who)
            else:
                shut = _is_log_in(response) if role == "stranger" else response.status_code == 403
                is_right = shut and fingerprint() == before
            transaction.set_rollback(True)
        if not is_right:
            wrong.append(
                f"{method} {route.name} ({who}): {response.status_code} {response.headers.get('Location', '')}"
            )

    assert wrong == []


def _answers(response: HttpResponse, who: str) -> bool:
    if who == "nobody":
        return response.status_code == 404
    # A link or token that is not there is refused in its own way; a person is never sent to log in or turned away.
    return response.status_code < 500 and (who == "anyone" or not (response.status_code == 403 or _is_log_in(response)))


@pytest.mark.django_db
@pytest.mark.usefixtures("warehouse")
def test_no_unsafe_route_works_without_the_csrf_token(cast: dict[str, Staff], fingerprint: Callable[[], str]) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast["owner"], backend="allauth.account.auth_backends.AuthenticationBackend")
    unsafe = [(route, method) for route, method, who in staff_routes() if method != "GET" and who != "nobody"]
    before, wrong = fingerprint(), []

    for route, method in unsafe:
        response = browser.generic(method, address(route))
        if response.status_code != 403 and route.name not in _WITHOUT_SESSION:
            wrong.append(f"{method} {route.name}: {response.status_code}")

    assert len(unsafe) > 20
    assert wrong == []
    assert fingerprint() == before


@pytest.mark.django_db
@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("role", ["owner", "stranger"])
def test_every_answer_carries_the_security_headers(role: str, browsers: Browsers) -> None:
    wrong = []
    for route, method, _who in staff_routes():
        if method != "GET":
            continue
        headers = browsers[role].get(address(route)).headers
        policy_header = headers.get("Content-Security-Policy", "")
        wanted = {
            "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
        }  # fmt: skip
        missing = [name for name, value in wanted.items() if headers.get(name) != value]
        strict = "default-src 'self'" in policy_header and "frame-ancestors 'none'" in policy_header
        if missing or not strict or "unsafe" in policy_header:
            wrong.append(f"{route.name}: {missing} {policy_header}")
        if role == "owner" and "no-store" not in headers.get("Cache-Control", ""):
            wrong.append(f"{route.name}: may be kept by a cache")

    assert wrong == []


API = [
    (f"api:{operation}", method, route) for route in routes() for operation, method in route.operations
]  # fmt: skip


@pytest.mark.parametrize(("name", "method", "route"), API, ids=[name for name, _method, _route in API])
def test_operations_are_shut_without_a_key_or_its_scope(
    name: str, method: str, route: Route, owner: Staff, now: Any, fingerprint: Callable[[], str], settings: Any
) -> None:
    from shuke.platform.staff import api_keys
    from shuke.platform.staff.actor import Actor

    scope = policy()[name][method].removeprefix("key:")
    others = [other for other in api_keys.SCOPES if other != scope]
    _key, text = api_keys.create("others", others, by=Actor.of(owner), now=now)
    insider = Client()
    insider.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    before = fingerprint()

    stranger = Client().generic(method, address(route))
    staff = insider.generic(method, address(route))
    wrong_scope = Client().generic(method, address(route), headers={"authorization": f"Bearer {text}"})

    assert (stranger.status_code, staff.status_code, wrong_scope.status_code) == (401, 401, 403)
    assert fingerprint() == before
