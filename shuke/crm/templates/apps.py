"""Django application."""

from django.apps import AppConfig


class TemplatesConfig(AppConfig):
    """Registers templates of messages."""

    name = "shuke.crm.templates"
    label = "templates"
