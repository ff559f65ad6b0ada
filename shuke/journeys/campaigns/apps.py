"""Django application."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Registers campaigns."""

    name = "shuke.journeys.campaigns"
    label = "campaigns"
