"""Django application."""

from django.apps import AppConfig


class IngestConfig(AppConfig):
    """Registers the domain."""

    name = "shuke.cdp.ingest"
    label = "ingest"
