"""Django application."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """Registers the domain."""

    name = "shuke.cdp.privacy"
    label = "privacy"
