"""Django application."""

from django.apps import AppConfig


class ForecastsConfig(AppConfig):
    """Registers the domain."""

    name = "shuke.insight.forecasts"
    label = "forecasts"
