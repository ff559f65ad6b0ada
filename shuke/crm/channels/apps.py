"""Django application."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """Registers the ways to reach people."""

    name = "shuke.crm.channels"
    label = "channels"
