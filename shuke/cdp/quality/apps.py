"""Django application."""

from django.apps import AppConfig


class QualityConfig(AppConfig):
    """Registers the domain."""

    name = "shuke.cdp.quality"
    label = "quality"
