"""Django application."""

from django.apps import AppConfig


class PredictionsConfig(AppConfig):
    """Registers the domain."""

    name = "shuke.insight.predictions"
    label = "predictions"
