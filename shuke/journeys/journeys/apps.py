"""Django application."""

from django.apps import AppConfig


class JourneysConfig(AppConfig):
    """Registers the journeys of customers."""

    name = "shuke.journeys.journeys"
    label = "journeys"
