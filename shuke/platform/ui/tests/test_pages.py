"""The pages every installation has: log-in, two-factor, errors."""

from collections.abc import Callable

import pytest
from django.test import Client

from shuke.platform.staff.models import Staff

MANAGE = ["/accounts/2fa/", "/accounts/password/change/"]
ENTRANCE = ["/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/"]


@pytest.mark.parametrize("path", ENTRANCE)
@pytest.mark.parametrize(("language", "tag"), [("en", "en"), ("zh-hans", "zh-Hans")])
def test_entrance_pages_in_both_languages(stranger_client: Client, path: str, language: str, tag: str) -> None:
    html = stranger_client.get(path, headers={"accept-language": language}).content.decode()

    assert f'<html lang="{tag}"' in html
    assert 'class="plain-panel' in html
    assert "style=" not in html


@pytest.mark.parametrize("path", MANAGE)
def test_own_account_pages_stand_in_the_shell(client_of: Callable[[Staff], Client], agent: Staff, path: str) -> None:
    html = client_of(agent).get(path).content.decode()

    assert 'class="shell-nav"' in html
    assert "style=" not in html


def test_the_theme_of_the_cookie_is_in_the_page(stranger_client: Client) -> None:
    stranger_client.cookies["shuke_theme"] = "dark"

    html = stranger_client.get("/accounts/login/").content.decode()

    assert 'data-theme="dark" data-bs-theme="dark"' in html


def test_a_made_up_theme_is_ignored(stranger_client: Client) -> None:
    stranger_client.cookies["shuke_theme"] = '"><b>'

    html = stranger_client.get("/accounts/login/").content.decode()

    assert 'data-theme="auto"' in html
    assert "<b>" not in html


def test_a_missing_page_says_so(stranger_client: Client) -> None:
    response = stranger_client.get("/no/such/page/")

    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


@pytest.mark.parametrize(
    ("host", "is_warned"), [("127.0.0.1:8000", False), ("localhost", False), ("[::1]:8000", False), ("10.0.0.5", True)]
)
def test_warns_of_plain_http_across_a_network(
    client_of: Callable[[Staff], Client], agent: Staff, host: str, is_warned: bool
) -> None:
    html = client_of(agent).get("/accounts/2fa/", headers={"host": host}).content.decode()

    assert ("This connection is not encrypted" in html) is is_warned
