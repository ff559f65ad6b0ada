"""Django application."""

from django.apps import AppConfig


class TraitsConfig(AppConfig):
    """Registers the domain."""

    name = "shuke.insight.traits"
    label = "traits"
