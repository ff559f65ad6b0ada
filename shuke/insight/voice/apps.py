"""Django application."""

from django.apps import AppConfig


class VoiceConfig(AppConfig):
    """Registers the domain."""

    name = "shuke.insight.voice"
    label = "voice"
