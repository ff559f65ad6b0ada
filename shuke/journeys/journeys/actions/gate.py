"""The one row that is held by whoever looks at runs and events together, so that no event falls between two looks.

On SQLite every write transaction has the database to itself, and there is nothing to hold.
"""

from django.db import connection

from shuke.journeys.journeys.models import Gate


def hold() -> None:
    """Wait for the gate and keep it until the end of the transaction."""
    if connection.vendor == "sqlite":
        return
    Gate.objects.get_or_create(pk=1)
    Gate.objects.select_for_update().get(pk=1)
