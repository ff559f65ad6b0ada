"""A few customers' part of the warehouse, in memory, asked in the same language.

What is asked again and again about few people (a hundred segments for those whom the last second touched) is read from
the large tables once; the questions then run over what was read. They are DuckDB's here, whichever engine keeps the whole.
"""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import duckdb
import ibis.expr.types as ir
import pyarrow as pa

from shuke.cdp.warehouse.engine.compiling import sql_of
from shuke.cdp.warehouse.engine.duckdb import create_statements


class Excerpt:
    """Tables of the warehouse with some of their rows; those that are not given are empty."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._connection: Any = duckdb.connect(":memory:", config={"memory_limit": "256MB", "threads": 1})
        self._connection.execute("SET GLOBAL TimeZone='UTC'")
        for statement in create_statements():
            self._connection.execute(statement)
        for name, rows in tables.items():
            if rows.num_rows:
                self._connection.register("given", rows)
                self._connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM given")  # noqa: S608
                self._connection.unregister("given")

    def rows(self, expression: ir.Expr) -> pa.Table:
        """Run an expression over the excerpt and return its rows."""
        return self._connection.sql(sql_of(expression, "duckdb")).to_arrow_table()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
