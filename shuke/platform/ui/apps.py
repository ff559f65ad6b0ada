"""Django application."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Registers templates, components and template tags."""

    name = "shuke.platform.ui"
    label = "ui"
