"""Django application."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """Registers messages and the gate before them."""

    name = "shuke.crm.messaging"
    label = "messaging"
