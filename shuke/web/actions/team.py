"""Who is in the team and what they may do.

Ending someone's sessions is part of every change of role, of deactivation and of reactivation: a session is checked
against the account's epoch on each request.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from shuke.platform.audit.actions import record
from shuke.platform.company import queries as company
from shuke.platform.staff import entry_link
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff
from shuke.platform.staff.roles import Role
from shuke.web import errors


@dataclass(frozen=True, slots=True)
class Invitation:
    """A member of staff and the link that lets them in once."""

    staff: Staff
    url: str


def invite(*, email: str, name: str, role: Role, language: str, by: Staff, now: datetime) -> Invitation:
    """Create an account and send its owner a link that works once.

    Raises ``EmailTaken``, or ``OwnersOnly`` when someone who is not an owner invites one.
    """
    invitation = _create(email=email, name=name, role=role, language=language, by=by, now=now)
    _send(invitation, language=language)
    return invitation


@transaction.atomic
def _create(*, email: str, name: str, role: Role, language: str, by: Staff, now: datetime) -> Invitation:
    _refuse_unless_owner(by, Role(role))
    if Staff.objects.filter(email__iexact=email.strip()).exists():
        raise errors.EmailTaken
    staff = Staff.objects.create_user(email, None, name=name, role=role, language=language, created_at=now)
    record(Actor.of(by), "staff.invited", target=_target(staff), summary={"role": role}, now=now)
    return Invitation(staff, _link(staff))


def send_link(staff_id: int, *, by: Staff, now: datetime) -> Invitation:
    """Make a new link for someone who cannot get in, and send it.

    Raises ``OwnersOnly`` (whoever holds the link is that person) and ``NotInvited`` for a deactivated account.
    """
    with transaction.atomic():
        staff = Staff.objects.select_for_update().get(pk=staff_id)
        _refuse_unless_owner(by, Role(staff.role))
        if not staff.is_active:
            raise errors.NotInvited
        record(Actor.of(by), "staff.link_issued", target=_target(staff), now=now)
        invitation = Invitation(staff, _link(staff))
    _send(invitation, language=staff.language)
    return invitation


@transaction.atomic
def change(staff_id: int, *, email: str, name: str, role: Role, by: Staff, now: datetime) -> Staff:
    """Change what a member is called and may do; a new role or address ends their sessions.

    Raises ``EmailTaken``, ``OwnersOnly``, ``OnYourself`` and ``LastOwner``.
    """
    staff = _locked(staff_id)
    if staff.role != role:
        _refuse_on_yourself(staff, by)
        _refuse_unless_owner(by, Role(staff.role), Role(role))
        _refuse_last_owner(staff)
    elif staff.pk != by.pk:
        _refuse_unless_owner(by, Role(staff.role))
    if Staff.objects.filter(email__iexact=email.strip()).exclude(pk=staff.pk).exists():
        raise errors.EmailTaken
    said = {"email": email.strip().lower(), "name": name, "role": str(role)}
    changed = [field for field, value in said.items() if getattr(staff, field) != value]
    if not changed:
        return staff
    summary: dict[str, object] = {"fields": changed}
    if "role" in changed:
        summary |= {"from": staff.role, "to": str(role)}
    if {"email", "role"} & set(changed) and staff.pk != by.pk:
        said["session_epoch"] = staff.session_epoch + 1  # type: ignore[assignment]
    Staff.objects.filter(pk=staff.pk).update(**said)
    record(Actor.of(by), "staff.changed", target=_target(staff), summary=summary, now=now)
    staff.refresh_from_db()
    return staff


@transaction.atomic
def deactivate(staff_id: int, *, by: Staff, now: datetime) -> None:
    """Lock someone out, at once and everywhere. Raises ``OwnersOnly``, ``OnYourself`` and ``LastOwner``."""
    staff = _locked(staff_id)
    _refuse_on_yourself(staff, by)
    _refuse_unless_owner(by, Role(staff.role))
    _refuse_last_owner(staff)
    if staff.is_active:
        _set_active(staff, value=False)
        record(Actor.of(by), "staff.deactivated", target=_target(staff), now=now)


@transaction.atomic
def reactivate(staff_id: int, *, by: Staff, now: datetime) -> None:
    """Let someone in again; they have to log in anew. Raises ``OwnersOnly``."""
    staff = _locked(staff_id)
    _refuse_unless_owner(by, Role(staff.role))
    if not staff.is_active:
        _set_active(staff, value=True)
        record(Actor.of(by), "staff.reactivated", target=_target(staff), now=now)


def _locked(staff_id: int) -> Staff:
    """Lock the owners with the one asked for, so two owners cannot remove each other at once."""
    list(Staff.objects.select_for_update().filter(role=Role.OWNER).order_by("pk").values_list("pk"))
    return Staff.objects.select_for_update().get(pk=staff_id)


def _set_active(staff: Staff, *, value: bool) -> None:
    Staff.objects.filter(pk=staff.pk).update(is_active=value, session_epoch=staff.session_epoch + 1)


def _refuse_on_yourself(staff: Staff, by: Staff) -> None:
    if staff.pk == by.pk:
        raise errors.LastOwner if _is_last_owner(staff) else errors.OnYourself


def _refuse_unless_owner(by: Staff, *roles: Role) -> None:
    if Role.OWNER in roles and by.role != Role.OWNER:
        raise errors.OwnersOnly


def _refuse_last_owner(staff: Staff) -> None:
    if _is_last_owner(staff):
        raise errors.LastOwner


def _is_last_owner(staff: Staff) -> bool:
    owners = Staff.objects.filter(role=Role.OWNER, is_active=True)
    return staff.role == Role.OWNER and not owners.exclude(pk=staff.pk).exists()


def _link(staff: Staff) -> str:
    return entry_link.address(entry_link.issue(staff, valid_for=entry_link.INVITATION_VALID_FOR))


def _send(invitation: Invitation, *, language: str) -> None:
    """Mail the link, in the reader's language, after the account is safely stored."""
    with translation.override(language or company.company().language):
        subject = _("Your way into Shuke")
        body = render_to_string("web/mail/entry_link.txt", {"invitation": invitation, "company": company.company()})
    EmailMessage(subject, body, to=[invitation.staff.email]).send()


def _target(staff: Staff) -> str:
    return f"staff.Staff:{staff.pk}"
