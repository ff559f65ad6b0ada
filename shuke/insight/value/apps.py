"""Django application."""

from django.apps import AppConfig


class ValueConfig(AppConfig):
    """Registers the domain."""

    name = "shuke.insight.value"
    label = "value"
