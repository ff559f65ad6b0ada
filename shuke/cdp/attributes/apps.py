"""Django application."""

from django.apps import AppConfig


class AttributesConfig(AppConfig):
    """Registers the domain."""

    name = "shuke.cdp.attributes"
    label = "attributes"
