"""What each role is for, in a sentence that helps to choose one."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.platform.staff.roles import Role


@dataclass(frozen=True, slots=True)
class RoleNote:
    """A role with its name and purpose."""

    role: str
    label: str | Promise
    text: str | Promise


_TEXTS = {
    Role.OWNER: _("Everything, including other owners."),
    Role.ADMIN: _("Everything except making or removing owners."),
    Role.MARKETER: _("Works with customers, segments and reports; imports orders and exports audiences."),
    Role.AGENT: _("Looks after single customers: sees contacts and orders, edits customers."),
    Role.ANALYST: _("Sees figures and builds segments; names and contacts are masked, nothing can be exported."),
    Role.FINANCE: _("Imports orders and reads sales, value and reports; contacts are masked."),
}


def all_roles() -> list[RoleNote]:
    """Return every role, most powerful first."""
    return [RoleNote(role.value, role.label, _TEXTS[role]) for role in Role]
