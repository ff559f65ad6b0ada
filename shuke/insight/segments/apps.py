"""Django application."""

from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    """Registers the domain."""

    name = "shuke.insight.segments"
    label = "segments"
