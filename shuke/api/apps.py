"""Django application."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers the public API."""

    name = "shuke.api"
    label = "api"
