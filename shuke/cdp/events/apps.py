"""Django application."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Registers the domain."""

    name = "shuke.cdp.events"
    label = "events"
