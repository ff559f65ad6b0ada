"""How django-allauth serves staff: nobody signs up, accounts are made by the owner or an administrator."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffAdapter(DefaultAccountAdapter):
    """Closes public registration."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: staff accounts come from inside."""
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Do nothing: staff have no user name, only an e-mail address."""
