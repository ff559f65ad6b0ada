"""Django application."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Registers the domain."""

    name = "shuke.cdp.orders"
    label = "orders"
