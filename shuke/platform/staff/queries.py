"""Questions about staff."""

from shuke.platform.staff.models import Staff
from shuke.platform.staff.roles import Role


def find(staff_id: int) -> Staff | None:
    """Return a member of staff, or None."""
    return Staff.objects.filter(pk=staff_id).first()


def find_by_email(email: str) -> Staff | None:
    """Return the member of staff with an address, whatever its case, or None."""
    return Staff.objects.filter(email__iexact=email.strip()).first()


def active_owner() -> Staff | None:
    """Return the owner who has been here longest, or None."""
    return Staff.objects.filter(role=Role.OWNER, is_active=True).order_by("pk").first()


def active() -> list[Staff]:
    """Return everybody who can log in, by name."""
    return list(Staff.objects.filter(is_active=True).order_by("name", "pk"))
