"""What each role may do, as declared by the domains."""

from collections.abc import Iterable
from dataclasses import dataclass

from shuke.platform.staff.roles import Role


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing that can be allowed (``orders.import``) and the roles that may do it."""

    name: str
    roles: tuple[Role, ...]


class PermissionTable:
    """All declared permissions, filled once at start-up; unknown names are always refused."""

    def __init__(self) -> None:
        self._roles: dict[str, frozenset[str]] = {}

    def declare(self, permissions: Iterable[Permission]) -> None:
        """Add a domain's permissions; refuse a name declared twice with other roles."""
        for permission in permissions:
            roles = frozenset(role.value for role in permission.roles)
            if self._roles.get(permission.name, roles) != roles:
                raise ValueError(f"permission {permission.name} is declared twice with different roles")
            self._roles[permission.name] = roles

    def allows(self, role: str, permission: str) -> bool:
        """Whether ``role`` may do ``permission``; False for a permission nobody declared."""
        return role in self._roles.get(permission, frozenset())

    def names(self) -> list[str]:
        """Return every declared permission, sorted."""
        return sorted(self._roles)

    def of_role(self, role: str) -> list[str]:
        """Return the permissions of ``role``, sorted."""
        return sorted(name for name, roles in self._roles.items() if role in roles)


TABLE = PermissionTable()
