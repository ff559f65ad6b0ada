"""From Ibis expressions to an engine's SQL, remembered: compiling costs 3 to 21 ms, running often less."""

from functools import lru_cache
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.sql import compilers
from ibis.config import Config
from sqlglot import exp

from shuke.cdp.warehouse.rules import TABLES

_REMEMBERED = 1_024
_ARROW = {
    "int64": pa.int64(),
    "int32": pa.int32(),
    "int16": pa.int16(),
    "float64": pa.float64(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}


class _PySparkOptions(Config):  # type: ignore[misc]
    """The one option that Ibis' PySpark compiler reads; its backend, which would declare it, wants pandas."""

    treat_nan_as_null: bool = False


def sql_of(expression: ir.Expr, dialect: str) -> str:
    """Return the SQL of ``expression`` for ``duckdb`` or ``pyspark``.

    Values inside the expression travel as literals that Ibis escapes; nobody formats SQL.
    """
    return _compiled(expression.op(), dialect)


@lru_cache(maxsize=_REMEMBERED)
def _compiled(operation: Any, dialect: str) -> str:
    if dialect == "pyspark" and ibis.options.pyspark is None:
        ibis.options.pyspark = _PySparkOptions()
    compiler = getattr(compilers, dialect).compiler
    tree = compiler.to_sqlglot(operation.to_expr().unbind())
    if dialect == "pyspark":
        tree = tree.transform(_members_of_json)
    return str(tree.sql(dialect=compiler.dialect))


def _members_of_json(node: Any) -> Any:
    """Say in Spark's words what DuckDB calls ``json_extract_string(text, '$."name"')``."""
    if isinstance(node, exp.Anonymous) and str(node.this).lower() == "json_extract_string":
        text, path = node.expressions
        name = str(path.this).removeprefix('$."').removesuffix('"')
        return exp.Anonymous(this="GET_JSON_OBJECT", expressions=[text, exp.Literal.string(f"$['{name}']")])
    return node


def as_declared(found: pa.Table, expression: ir.Expr) -> pa.Table:
    """Return an engine's answer in the types that the expression declares.

    DuckDB sums integers into 128 bits, which Arrow only knows as decimals; Ibis calls them int64, and so do we.
    Spark's timestamps carry the session's zone, which is UTC; ours are UTC without saying so.
    """
    declared = expression.as_table().schema()
    for place, field in enumerate(found.schema):
        if pa.types.is_decimal(field.type) and declared[field.name].is_integer():
            found = found.set_column(place, field.name, found.column(place).cast(pa.int64()))
        elif pa.types.is_timestamp(field.type) and field.type.tz is not None:
            found = found.set_column(place, field.name, found.column(place).cast(pa.timestamp("us")))
    return found


@lru_cache(maxsize=64)
def unbound(name: str) -> ir.Table:
    """Return a table of the warehouse as an expression to build on. Raises ``KeyError`` for an unknown name."""
    return ibis.table(dict(TABLES[name]), name=name)


@lru_cache(maxsize=64)
def arrow_schema(name: str) -> Any:
    """Return a table's columns as an Arrow schema."""
    return pa.schema([(column, _ARROW[kind]) for column, kind in TABLES[name].items()])
