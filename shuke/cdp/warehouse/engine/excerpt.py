"""A few customers' part of the warehouse, in memory, asked in the same language.

What is asked again and again about few people (a hundred segments for those whom the last second touched) is read from
the large tables once; the questions then run over what was read. They are DuckDB's here, whichever engine keeps the whole.
"""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import duckdb
import ibis.expr.types as ir
import pyarrow as pa

from shuke.cdp.warehouse.engine.compiling import sql_of
from shuke.cdp.warehouse.engine.duckdb import create_statements

# More in one statement, and planning it takes longer than asking one by one.
ASKED_AT_ONCE = 32


def question(expression: ir.Expr) -> str:
    """Write down who is looked for, to be asked of many excerpts: writing takes longer than answering."""
    return sql_of(expression, "duckdb")


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

    def answers(self, questions: Sequence[str]) -> list[set[int]]:
        """Return whom each question finds: many are asked in one statement, which costs the engine less."""
        found: list[set[int]] = [set() for _ in questions]
        for start in range(0, len(questions), ASKED_AT_ONCE):
            asked = questions[start : start + ASKED_AT_ONCE]
            parts = (f"SELECT {start + n} AS n, customer_id FROM ({one})" for n, one in enumerate(asked))  # noqa: S608
            rows = self._connection.sql(" UNION ALL ".join(parts)).to_arrow_table()
            for n, customer_id in zip(rows.column(0).to_pylist(), rows.column(1).to_pylist(), strict=True):
                found[n].add(customer_id)
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
