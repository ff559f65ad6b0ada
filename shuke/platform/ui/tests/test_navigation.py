"""The menu shows what a person may open, and where they are."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from shuke.platform import manifest
from shuke.platform.http.pages import STAFF
from shuke.platform.manifest import Manifest, NavEntry
from shuke.platform.staff.models import Staff
from shuke.platform.staff.permissions import TABLE, Permission
from shuke.platform.staff.roles import Role
from shuke.platform.ui import navigation

ENTRIES = (
    NavEntry("Log out", "account_logout", "logout", "settings", 20, "ui_test.leave"),
    NavEntry("Password", "account_change_password", "key", "settings", 10, "ui_test.secret"),
    NavEntry("Two-factor", "mfa_index", "shield-lock", "home", 10, "ui_test.leave"),
    NavEntry("Not mounted", "nowhere:list", "x", "home", 5, "ui_test.leave"),
)


@pytest.fixture
def menu(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[navigation.Group]]:
    monkeypatch.setattr(TABLE, "_roles", dict(TABLE._roles))
    TABLE.declare(
        (
            Permission("ui_test.leave", tuple(Role)),
            Permission("ui_test.secret", (Role.OWNER,)),
        )
    )
    installed = (Manifest(domain="ui_test", navigation=ENTRIES),)
    monkeypatch.setattr(navigation, "installed", lambda: installed)

    def for_staff(staff: object, path: str = "/") -> list[navigation.Group]:
        request = RequestFactory().get(path)
        request.user = staff
        return navigation.for_request(request)

    return for_staff


def _labels(groups: list[navigation.Group]) -> list[tuple[str, list[str]]]:
    return [(group.name, [str(link.label) for link in group.links]) for group in groups]


def test_groups_and_entries_stand_in_order(menu: Callable[..., list[navigation.Group]], owner: Staff) -> None:
    assert _labels(menu(owner)) == [("home", ["Two-factor"]), ("settings", ["Password", "Log out"])]


def test_hides_what_the_role_may_not_open(menu: Callable[..., list[navigation.Group]], agent: Staff) -> None:
    assert _labels(menu(agent)) == [("home", ["Two-factor"]), ("settings", ["Log out"])]


def test_an_inactive_account_sees_nothing(menu: Callable[..., list[navigation.Group]], owner: Staff) -> None:
    owner.is_active = False

    assert menu(owner) == []


def test_a_stranger_sees_nothing(menu: Callable[..., list[navigation.Group]]) -> None:
    assert menu(AnonymousUser()) == []


def test_marks_the_entry_with_the_longest_matching_address(
    menu: Callable[..., list[navigation.Group]], owner: Staff
) -> None:
    groups = menu(owner, "/accounts/2fa/totp/activate/")

    assert [str(link.label) for group in groups for link in group.links if link.is_current] == ["Two-factor"]


def test_every_declared_entry_leads_somewhere() -> None:
    from django.urls import reverse

    for found in manifest.installed():
        for entry in found.navigation:
            assert reverse(entry.url_name), entry.url_name
            assert entry.group in navigation.GROUPS, entry.group
            assert [STAFF, *TABLE.names()].count(entry.permission) == 1, entry.permission
