"""How django-allauth serves staff: nobody signs up, accounts are made by the owner or an administrator."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.http import HttpRequest

from shuke.kernel.clock import utcnow
from shuke.platform.audit.actions import record
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff


class StaffAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is not typed
    """Closes public registration; notes changed passwords."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth passes it by name
        """Return False: staff accounts come from inside."""
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Do nothing: staff have no user name, only an e-mail address."""

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Say what allauth wants to say, except that somebody has logged in or out: they can see that."""
        if message_template not in {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}:
            super().add_message(request, level, message_template, *args, **kwargs)

    @transaction.atomic
    def set_password(self, user: Staff, password: str) -> None:
        """Set a password the person has chosen; every other session of theirs ends."""
        super().set_password(user, password)
        record(Actor.of(user), "staff.password_changed", target=f"staff.Staff:{user.pk}", now=utcnow())
