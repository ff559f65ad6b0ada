"""The Django app."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """Connections to shops."""

    name = "shuke.integrations"
    label = "integrations"
