"""Django application."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Registers the domain."""

    name = "shuke.cdp.customers"
    label = "customers"
