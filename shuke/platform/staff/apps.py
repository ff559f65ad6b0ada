"""Django application."""

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """Registers staff accounts."""

    name = "shuke.platform.staff"
    label = "staff"
