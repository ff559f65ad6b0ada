"""The team: who may change whom, and what ends a session."""

from collections.abc import Callable, Iterator

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from shuke.platform.audit.models import AuditEntry
from shuke.platform.staff.models import Staff

LogIn = Callable[[Staff], Client]
NEWCOMER = {"name": "Bo", "email": "bo@willow.example", "role": "agent", "language": "en"}


def test_an_invitation_makes_an_account_and_sends_its_link(admin: Staff, client_of: LogIn) -> None:
    response = client_of(admin).post("/team/invite/", NEWCOMER)

    newcomer = Staff.objects.get(email="bo@willow.example")
    assert (newcomer.role, newcomer.has_usable_password()) == ("agent", False)
    (letter,) = mail.outbox
    assert letter.to == ["bo@willow.example"]
    path = "/enter/" + response.content.decode().split("/enter/")[1].split("/")[0] + "/"
    assert path in letter.body
    browser = Client()
    assert browser.post(path)["Location"] == "/accounts/password/set/"
    assert browser.get("/accounts/password/set/").status_code == 200
    assert AuditEntry.objects.get().verb == "staff.invited"


def test_an_address_can_be_invited_once(admin: Staff, client_of: LogIn) -> None:
    response = client_of(admin).post("/team/invite/", NEWCOMER | {"email": "ADMIN@willow.example"})

    assert response.status_code == 422
    assert Staff.objects.count() == 1
    assert not mail.outbox


def test_only_owners_touch_owners(owner: Staff, admin: Staff, client_of: LogIn) -> None:
    browser = client_of(admin)

    browser.post("/team/invite/", NEWCOMER | {"role": "owner"})
    browser.post(f"/team/{owner.pk}/", {"name": "X", "email": "x@x.example", "role": "agent"})
    browser.post(f"/team/{owner.pk}/deactivate/")
    browser.post(f"/team/{owner.pk}/link/")
    browser.post(f"/team/{admin.pk}/", {"name": "A", "email": admin.email, "role": "owner"})

    assert list(Staff.objects.order_by("pk").values_list("role", flat=True)) == ["owner", "admin"]
    owner.refresh_from_db()
    assert (owner.email, owner.is_active) == ("owner@willow.example", True)
    assert not AuditEntry.objects.exists()


def test_the_last_owner_stays(owner: Staff, client_of: LogIn) -> None:
    browser = client_of(owner)

    browser.post(f"/team/{owner.pk}/", {"name": "O", "email": owner.email, "role": "admin"})
    browser.post(f"/team/{owner.pk}/deactivate/")

    owner.refresh_from_db()
    assert (owner.role, owner.is_active) == ("owner", True)


@pytest.mark.parametrize("change", ["deactivate", "role"])
def test_sessions_end_with_the_account_or_its_role(owner: Staff, agent: Staff, client_of: LogIn, change: str) -> None:
    theirs = client_of(agent)
    assert theirs.get("/profile/").status_code == 200

    if change == "deactivate":
        client_of(owner).post(f"/team/{agent.pk}/deactivate/")
    else:
        client_of(owner).post(f"/team/{agent.pk}/", {"name": "A", "email": agent.email, "role": "analyst"})

    response = theirs.get("/profile/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_reactivating_does_not_revive_old_sessions(owner: Staff, agent: Staff, client_of: LogIn) -> None:
    theirs = client_of(agent)
    browser = client_of(owner)

    browser.post(f"/team/{agent.pk}/deactivate/")
    browser.post(f"/team/{agent.pk}/reactivate/")

    agent.refresh_from_db()
    assert agent.is_active
    assert theirs.get("/profile/").status_code == 302


def test_a_new_password_ends_the_other_sessions(agent: Staff, client_of: LogIn) -> None:
    here, elsewhere = client_of(agent), client_of(agent)
    agent.set_password("old lantern harbour")
    agent.save()
    here, elsewhere = client_of(agent), client_of(agent)

    new = {"oldpassword": "old lantern harbour", "password1": "new lantern harbour", "password2": "new lantern harbour"}
    here.post("/accounts/password/change/", new)

    agent.refresh_from_db()
    assert agent.check_password("new lantern harbour")
    assert here.get("/profile/").status_code == 200
    assert elsewhere.get("/profile/").status_code == 302
    assert list(AuditEntry.objects.values_list("verb", flat=True)) == ["staff.password_changed"]


def test_a_new_link_is_shown_and_mailed(owner: Staff, agent: Staff, client_of: LogIn) -> None:
    response = client_of(owner).post(f"/team/{agent.pk}/link/")

    assert response.status_code == 200
    assert "/enter/" in response.content.decode()
    assert mail.outbox[0].to == [agent.email]


def test_a_profile_is_changed_by_its_owner(agent: Staff, client_of: LogIn) -> None:
    client_of(agent).post("/profile/", {"name": "Ann", "language": "zh-hans", "time_zone": "Asia/Tokyo"})

    agent.refresh_from_db()
    assert (agent.name, agent.language, agent.time_zone) == ("Ann", "zh-hans", "Asia/Tokyo")
    assert AuditEntry.objects.get().summary == {"fields": ["name", "language", "time_zone"]}


@pytest.fixture
def fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.mark.usefixtures("fresh_limits")
def test_guessing_a_password_is_slowed_down(agent: Staff) -> None:
    guess = {"login": agent.email, "password": "wrong"}

    answers = [Client().post("/accounts/login/", guess) for _ in range(7)]

    assert answers[0].status_code == 200
    assert "Too many" in answers[-1].content.decode() or answers[-1].status_code == 429
    right = Client().post("/accounts/login/", {"login": agent.email, "password": "correct horse battery"})
    assert right.status_code != 302
