"""The staff menu, gathered from what the domains declare and cut to what a person may open."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.platform.http.pages import STAFF
from shuke.platform.manifest import NavEntry, installed

# The order of the groups on the page; "home" carries no heading.
GROUPS: dict[str, str | Promise] = {
    "home": "",
    "customers": _("Customers"),
    "sales": _("Sales"),
    "insight": _("Insight"),
    "marketing": _("Marketing"),
    "settings": _("Settings"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """One entry as the page shows it."""

    label: str | Promise
    url: str
    icon: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that stand together under one heading."""

    name: str
    label: str | Promise
    links: tuple[Link, ...]


def for_request(request: HttpRequest) -> list[Group]:
    """Return the menu of the person behind ``request``, with the entry of this page marked."""
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    entries = [entry for manifest in installed() for entry in manifest.navigation if _is_open(entry, user)]
    return arrange(entries, path=request.path)


def _is_open(entry: NavEntry, user: Any) -> bool:
    return entry.permission == STAFF or bool(user.may(entry.permission))


def arrange(entries: Iterable[NavEntry], *, path: str) -> list[Group]:
    """Sort entries into groups; the one with the longest address that ``path`` starts with is the current one."""
    addresses = {entry: address for entry in entries if (address := _address(entry))}
    holding = [address for address in addresses.values() if _holds(address, path)]
    current = max(holding, key=len, default=None)
    groups = []
    for name, label in GROUPS.items():
        chosen = sorted((entry for entry in addresses if entry.group == name), key=lambda entry: entry.order)
        links = tuple(
            Link(entry.label, addresses[entry], entry.icon, is_current=addresses[entry] == current) for entry in chosen
        )
        if links:
            groups.append(Group(name, label, links))
    return groups


def _address(entry: NavEntry) -> str:
    """Return the entry's address, or "" when its page is not mounted in this installation."""
    try:
        return reverse(entry.url_name)
    except NoReverseMatch:
        return ""


def _holds(address: str, path: str) -> bool:
    return path == address if address == "/" else path.startswith(address)
