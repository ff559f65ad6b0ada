"""Django application."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Registers the domain."""

    name = "shuke.cdp.catalog"
    label = "catalog"
