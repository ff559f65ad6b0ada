from django.apps import AppConfig
from typing_extensions import override


class TellingConfig(AppConfig):
    name = "tests.shops.oscar.telling"
    label = "telling"
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from tests.shops.oscar.telling import receivers

        receivers.listen()
