"""Django application."""

from django.apps import AppConfig


class AudiencesConfig(AppConfig):
    """Registers audiences that leave the house."""

    name = "shuke.crm.audiences"
    label = "audiences"
