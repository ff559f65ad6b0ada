"""The first minutes of an installation."""

from collections.abc import Callable

import pytest
from django.test import Client

from shuke.platform.audit.models import AuditEntry
from shuke.platform.company.models import Company
from shuke.platform.staff import entry_link, setup_token
from shuke.platform.staff.models import Staff

ANSWERS = {
    "company_name": "Willow", "time_zone": "Asia/Shanghai", "language": "zh-hans", "currency": "", "name": "Alice",
    "email": "Alice@Willow.example", "password": "paper lantern harbour",
}  # fmt: skip


@pytest.mark.django_db
def test_every_page_leads_to_the_explanation_before_there_is_a_company(client: Client) -> None:
    for address in ("/", "/accounts/login/", "/team/", "/customers/"):
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (302, "/start/")

    assert "/setup/" in client.get("/start/").content.decode()


@pytest.mark.django_db
def test_the_printed_link_founds_the_company_once(client: Client) -> None:
    token = setup_token.issue()

    assert client.get("/setup/guess/").status_code == 403
    assert client.get(f"/setup/{token}/").status_code == 200
    response = client.post(f"/setup/{token}/", ANSWERS)

    assert response["Location"] == "/welcome/"
    company, owner = Company.objects.get(), Staff.objects.get()
    assert (company.name, company.currency, company.time_zone) == ("Willow", "", "Asia/Shanghai")
    assert (owner.email, owner.role, owner.language) == ("alice@willow.example", "owner", "zh-hans")
    assert client.get("/welcome/").status_code == 200
    assert AuditEntry.objects.get().verb == "company.founded"
    again = Client().post(f"/setup/{token}/", ANSWERS | {"email": "mallory@x.example"})
    assert again["Location"] == "/accounts/login/"
    assert Staff.objects.count() == 1
    assert not setup_token.check(token)


@pytest.mark.django_db
@pytest.mark.parametrize("weak", ["short", "password1234", "alice@willow.example"])
def test_a_weak_password_founds_nothing(client: Client, weak: str) -> None:
    token = setup_token.issue()

    response = client.post(f"/setup/{token}/", ANSWERS | {"password": weak})

    assert response.status_code == 422
    assert not Company.objects.exists()
    assert not Staff.objects.exists()


def test_opening_an_entry_link_changes_nothing_and_confirming_works_once(agent: Staff) -> None:
    token = entry_link.issue(agent)
    browser = Client()

    for _ in range(2):
        assert browser.get(f"/enter/{token}/").status_code == 200
        assert "_auth_user_id" not in browser.session
    first = browser.post(f"/enter/{token}/")

    assert first.status_code == 302
    assert browser.session["_auth_user_id"] == str(agent.pk)
    second = Client()
    assert second.post(f"/enter/{token}/").status_code == 410
    assert "_auth_user_id" not in second.session


def test_an_entry_link_of_a_deactivated_account_is_dead(agent: Staff) -> None:
    token = entry_link.issue(agent)
    Staff.objects.filter(pk=agent.pk).update(is_active=False)

    assert Client().get(f"/enter/{token}/").status_code == 410


def test_strangers_choose_a_language_by_cookie(stranger_client: Client) -> None:
    stranger_client.post("/language/", {"language": "zh-hans", "next": "https://evil.example/"})

    assert stranger_client.cookies["shuke_language"].value == "zh-hans"
    assert stranger_client.get("/accounts/login/")["Content-Language"] == "zh-hans"


def test_staff_keep_their_language_in_the_account(agent: Staff, client_of: Callable[[Staff], Client]) -> None:
    response = client_of(agent).post("/language/", {"language": "zh-hans", "next": "/profile/"})

    agent.refresh_from_db()
    assert (response["Location"], agent.language) == ("/profile/", "zh-hans")
