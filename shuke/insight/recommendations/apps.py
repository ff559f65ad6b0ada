"""Django application."""

from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    """Registers the domain."""

    name = "shuke.insight.recommendations"
    label = "recommendations"
