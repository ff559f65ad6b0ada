"""Django application."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Registers the staff web application."""

    name = "shuke.web"
    label = "web"
