"""Writing many rows at once: ``executemany`` on SQLite, ``COPY`` on PostgreSQL.

The ORM's ``bulk_create`` builds a model instance and a SQL expression for every value; imports and the event log
write hundreds of thousands of rows and have plain tuples at hand.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models


def insert_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert ``rows`` (values in the order of ``fields``) and return how many there were.

    ``fields`` are attribute names (``customer_id`` for a foreign key). Values are what Python holds: aware
    datetimes, UUIDs, dicts for JSON. Runs in the caller's transaction. No defaults are applied.
    """
    columns = [model._meta.get_field(_field_name(model, name)) for name in fields]
    prepared = [
        tuple(column.get_db_prep_save(value, connection) for column, value in zip(columns, row, strict=True)) for row in rows
    ]
    if not prepared:
        return 0
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(column.column) for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in prepared:
                    copy.write_row([_plain(value) for value in row])
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", prepared)
    return len(prepared)


def _field_name(model: type[models.Model], attribute: str) -> str:
    for field in model._meta.concrete_fields:
        if attribute in (field.name, field.attname):
            return field.name
    raise LookupError(f"{model.__name__} has no column {attribute}")


def _plain(value: Any) -> Any:
    """Unwrap psycopg's JSON adapter, which ``COPY`` takes as text."""
    return value.dumps(value.obj) if hasattr(value, "dumps") and hasattr(value, "obj") else value


def update_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Update rows one by one, sent together; each of ``rows`` is the new values in the order of ``fields``, then the key.

    Runs in the caller's transaction and returns how many rows were given.
    """
    columns = [model._meta.get_field(_field_name(model, name)) for name in fields]
    prepared = [
        (*(column.get_db_prep_save(value, connection) for column, value in zip(columns, row[:-1], strict=True)), row[-1])
        for row in rows
    ]
    if not prepared:
        return 0
    quote = connection.ops.quote_name
    assignments = ", ".join(f"{quote(column.column)} = %s" for column in columns)
    key = model._meta.pk
    assert key is not None
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(model._meta.db_table)} SET {assignments} WHERE {quote(key.column)} = %s", prepared
        )
    return len(prepared)
