"""Addresses of our own that messages carry."""

from uuid import UUID

from django.conf import settings

from shuke.crm.messaging.rules import tokens
from shuke.platform.crypto.keys import unchanging


def secret() -> bytes:
    """Return the installation's secret behind the links of messages."""
    return unchanging("messaging.links")


def unsubscribe_url(message: UUID) -> str:
    """Return where a person ends such messages: a POST does it, a look does nothing."""
    return f"{base()}/p/u/{tokens.token(secret(), tokens.UNSUBSCRIBE, message)}/"


def preferences_url(message: UUID) -> str:
    """Return where a person chooses what they get."""
    return f"{base()}/p/preferences/{tokens.token(secret(), tokens.UNSUBSCRIBE, message)}/"


def view_url(message: UUID) -> str:
    """Return where a person looks at a message in the browser."""
    return f"{base()}/p/v/{tokens.token(secret(), tokens.VIEW, message)}/"


def open_url(message: UUID) -> str:
    """Return the picture by which an opening is noticed."""
    return f"{base()}/p/o/{tokens.token(secret(), tokens.OPEN, message)}.gif"


def click_url(message: UUID, link: int) -> str:
    """Return the address that counts a click and leads on to a link of ours."""
    return f"{base()}/p/c/{tokens.token(secret(), tokens.CLICK, message, link)}"


def base() -> str:
    """Return where we are reached from outside."""
    return str(settings.SHUKE_PUBLIC.url).rstrip("/")
