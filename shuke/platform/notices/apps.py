"""Django application."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Registers notices to staff."""

    name = "shuke.platform.notices"
    label = "notices"
