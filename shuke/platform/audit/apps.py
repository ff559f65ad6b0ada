"""Django application."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Registers the audit log."""

    name = "shuke.platform.audit"
    label = "audit"
