"""Writing many rows at once: ``executemany`` on SQLite, ``COPY`` on PostgreSQL.

The ORM's ``bulk_create`` builds a model instance and a SQL expression for every value; imports and the event log
write hundreds of thousands of rows and have plain tuples at hand.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import NoneType
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

# Values that every driver takes as they are, in columns that do not transform them: spares most of the conversions.
_TAKEN_AS_THEY_ARE = frozenset({int, str, bool, NoneType})


class JsonText(str):
    """JSON that is written already: goes into a JSON column as it stands."""

    __slots__ = ()


_REPETITIVE = (models.DecimalField, models.DateField)
_UNTRANSFORMED = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey)


def insert_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert ``rows`` (values in the order of ``fields``) and return how many there were.

    ``fields`` are attribute names (``customer_id`` for a foreign key). Values are what Python holds: aware
    datetimes, UUIDs, dicts for JSON. Runs in the caller's transaction. No defaults are applied.
    """
    columns = list(zip(*rows, strict=True))
    return insert_columns(model, dict(zip(fields, columns, strict=True))) if columns else 0


def insert_columns(model: type[models.Model], given: Mapping[str, Sequence[Any]]) -> int:
    """Do what ``insert_rows`` does for values that lie column by column, by attribute name."""
    columns = [_field(model, name) for name in given]
    prepared = _prepared(columns, given.values())
    if not prepared:
        return 0
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(_quoted(column) for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in prepared:
                    copy.write_row([_plain(value) for value in row])
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", prepared)  # noqa: S608  names of our own columns
    return len(prepared)


def _prepared(columns: "Sequence[models.Field[Any, Any]]", given: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Turn columns of Python values into rows of what the driver takes."""
    database = connections[DEFAULT_DB_ALIAS]  # the object itself: the proxy looks it up at every touch
    return list(zip(*(_taken(column, of, database) for column, of in zip(columns, given, strict=True)), strict=True))


def _taken(column: "models.Field[Any, Any]", values: Sequence[Any], database: Any) -> Sequence[Any]:
    """Convert one column: not at all where the driver takes its values as they are, once per distinct number or moment."""
    if isinstance(column, _UNTRANSFORMED) and _TAKEN_AS_THEY_ARE.issuperset(map(type, values)):
        return values
    if isinstance(column, models.BinaryField) and {bytes, NoneType}.issuperset(map(type, values)):
        return values
    if isinstance(column, models.JSONField) and all(type(value) is JsonText for value in values):
        return [str(value) for value in values]
    prepare = column.get_db_prep_save
    if isinstance(column, _REPETITIVE):
        prepared = {value: prepare(value, database) for value in set(values)}
        return [prepared[value] for value in values]
    return [prepare(value, database) for value in values]


def _field(model: type[models.Model], attribute: str) -> "models.Field[Any, Any]":
    for field in model._meta.concrete_fields:
        if attribute in (field.name, field.attname):
            return field
    raise LookupError(f"{model.__name__} has no column {attribute}")


def _quoted(column: "models.Field[Any, Any]") -> str:
    assert column.column is not None
    return connection.ops.quote_name(column.column)


def _plain(value: Any) -> Any:
    """Unwrap psycopg's JSON adapter, which ``COPY`` takes as text."""
    return value.dumps(value.obj) if hasattr(value, "dumps") and hasattr(value, "obj") else value


def write_back() -> None:
    """Copy what SQLite's write-ahead log has gathered into the database file; bulk writers call it between transactions.

    Readers and writers go on meanwhile. Otherwise whoever commits when the log is full does it, before the next may write.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")


def update_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Update rows one by one, sent together; each of ``rows`` is the new values in the order of ``fields``, then the key.

    Runs in the caller's transaction and returns how many rows were given.
    """
    columns = [_field(model, name) for name in fields]
    key = model._meta.pk
    assert key is not None
    given = list(zip(*rows, strict=True))
    if not given:
        return 0
    prepared = _prepared([*columns, key], given)
    table = connection.ops.quote_name(model._meta.db_table)
    assignments = ", ".join(f"{_quoted(column)} = %s" for column in columns)
    with connection.cursor() as cursor:
        statement = f"UPDATE {table} SET {assignments} WHERE {_quoted(key)} = %s"  # noqa: S608
        cursor.executemany(statement, prepared)
    return len(prepared)


def hand_over(model: type[models.Model], column: str, heirs: Mapping[int, int], *, home: str = "") -> None:
    """Give the rows of each owner (in ``column``) to their heir, sent together; heirs are nobody's owners themselves.

    ``home`` names a column that keeps whose a row was, unless it says so already. Runs in the caller's transaction.
    """
    if not heirs:
        return
    owner = _quoted(_field(model, column))
    kept = f"{_quoted(_field(model, home))} = COALESCE({_quoted(_field(model, home))}, {owner}), " if home else ""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        statement = f"UPDATE {table} SET {kept}{owner} = %s WHERE {owner} = %s"  # noqa: S608  names of our own columns
        cursor.executemany(statement, [(heir, former) for former, heir in heirs.items()])
