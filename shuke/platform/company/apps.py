"""Django application."""

from django.apps import AppConfig


class CompanyConfig(AppConfig):
    """Registers the company's tables."""

    name = "shuke.platform.company"
    label = "company"
