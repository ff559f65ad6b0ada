"""Logging in with a password and a code."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from shuke.platform.staff import entry_link
from shuke.platform.staff.models import Staff

PASSWORD = "paper lantern harbour"


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def agent_with_password(agent: Staff) -> Staff:
    agent.set_password(PASSWORD)
    agent.save()
    return agent


def _log_in(staff: Staff) -> Client:
    browser = Client()
    browser.post("/accounts/login/", {"login": staff.email, "password": PASSWORD})
    return browser


def _code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def _switch_on(staff: Staff) -> list[str]:
    """Switch the second factor on as a person would, and return the recovery codes."""
    browser = _log_in(staff)
    asked = browser.get("/accounts/2fa/totp/activate/")  # a sensitive change asks for the password again
    browser.post(asked["Location"], {"password": PASSWORD})
    secret = browser.get("/accounts/2fa/totp/activate/").context["form"].secret
    assert browser.post("/accounts/2fa/totp/activate/", {"code": "000000"}).status_code == 200
    assert browser.post("/accounts/2fa/totp/activate/", {"code": _code(secret)}).status_code == 302
    return browser.get("/accounts/2fa/recovery-codes/").context["unused_codes"]


def test_the_second_factor_is_asked_for_after_the_password(agent_with_password: Staff) -> None:
    codes = _switch_on(agent_with_password)

    browser = _log_in(agent_with_password)
    assert "_auth_user_id" not in browser.session
    assert browser.get("/profile/").status_code == 302
    assert browser.post("/accounts/2fa/authenticate/", {"code": "123456"}).status_code == 200
    assert "_auth_user_id" not in browser.session
    browser.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert browser.get("/profile/").status_code == 200


def test_a_one_time_link_does_not_go_round_the_second_factor(agent_with_password: Staff) -> None:
    _switch_on(agent_with_password)
    agent_with_password.refresh_from_db()

    browser = Client()
    response = browser.post(f"/enter/{entry_link.issue(agent_with_password, valid_for=timedelta(hours=1))}/")

    assert response["Location"].startswith("/accounts/2fa/authenticate/")
    assert "_auth_user_id" not in browser.session


def test_a_recovery_code_works_once(agent_with_password: Staff) -> None:
    codes = _switch_on(agent_with_password)
    first, second = _log_in(agent_with_password), _log_in(agent_with_password)

    first.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    second.post("/accounts/2fa/authenticate/", {"code": codes[0]})

    assert "_auth_user_id" in first.session
    assert "_auth_user_id" not in second.session
