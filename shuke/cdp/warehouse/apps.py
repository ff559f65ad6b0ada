"""Django application."""

from django.apps import AppConfig


class WarehouseConfig(AppConfig):
    """Registers the domain."""

    name = "shuke.cdp.warehouse"
    label = "warehouse"
