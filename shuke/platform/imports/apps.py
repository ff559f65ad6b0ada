"""Django application."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """Registers imports of files."""

    name = "shuke.platform.imports"
    label = "imports"
