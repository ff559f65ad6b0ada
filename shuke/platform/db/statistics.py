"""Table statistics, without which SQLite guesses how selective an index is, and guesses badly after a large import."""

from django.db import connection, transaction

# How many rows of each index are looked at: enough to tell selective from not, and a few milliseconds for any size.
_ROWS_PER_INDEX = 1_000


def refresh() -> None:
    """Let SQLite sample its tables. PostgreSQL sees to that by itself."""
    if connection.vendor != "sqlite":
        return
    # Statistics are written to the database, so this takes its turn like any other writer.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit={_ROWS_PER_INDEX}")
        cursor.execute("ANALYZE")
