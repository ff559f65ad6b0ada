"""Django application."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Registers the job queue."""

    name = "shuke.platform.jobs"
    label = "jobs"
