"""Django application."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Registers the reports."""

    name = "shuke.insight.analytics"
    label = "analytics"
