"""Django application."""

from django.apps import AppConfig


class TeamConfig(AppConfig):
    """Registers the work of people with customers."""

    name = "shuke.crm.team"
    label = "team"
